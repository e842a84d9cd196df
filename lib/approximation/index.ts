/** Polynomials in place of functions, with their error: what encrypted evaluation computes. */
export { approximate } from './approximate.js';
export type { ApproximateOptions, Approximation } from './approximate.js';
export { evaluateChebyshev } from './chebyshev.js';
export type { Interval } from './interval.js';
export { minimax } from './minimax.js';
export type { Minimax, MinimaxOptions, Parity } from './minimax.js';
export { evaluateComposite } from './composite.js';
export type {
  Composite,
  CompositeDomain,
  CompositeStep,
  PolynomialStep,
  ProductStep,
  ScaleStep,
  SumStep,
} from './composite.js';
export * as composites from './composites.js';
