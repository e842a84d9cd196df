import { refuse } from '../check.js';

/** The logistic function 1 / (1 + e^-x), without overflow at either end. */
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/**
 * The error function, to about 1e-15: the confluent series 2/√π · x · e^(-x²) · Σ (2x²)^k / (2k+1)!! (no cancellation,
 * all terms are positive) up to 5.9, beyond which erf is 1 in double precision.
 */
function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude > 5.9) return Math.sign(x);
  const square = x * x;
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); ++k) {
    term *= (2 * square) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
}

const functions = {
  square: (x: number): number => x * x,
  relu: (x: number): number => (x > 0 ? x : 0),
  sigmoid,
  tanh: (x: number): number => Math.tanh(x),
  softplus: (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  silu: (x: number): number => x * sigmoid(x),
  gelu: (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2)),
} as const;

/** An activation known by name. `gelu` is the exact one, x·Φ(x). */
export type ActivationName = keyof typeof functions;

/** A polynomial activation: power-basis coefficients, the constant first. */
export interface PolynomialActivation {
  readonly polynomial: readonly number[];
}

export type ActivationFunction = ActivationName | PolynomialActivation;

/** Every name that `activation` accepts. */
export const activationNames = Object.freeze(Object.keys(functions)) as readonly ActivationName[];

/** Whether the activation is already a polynomial, so that nothing has to be fitted. */
export const isPolynomial = (activation: ActivationFunction): boolean =>
  activation === 'square' || typeof activation === 'object';

/** The value of a power-basis polynomial (constant first) by Horner's rule. */
export function evaluatePolynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let k = coefficients.length - 1; k >= 0; --k) value = value * x + coefficients[k]!;
  return value;
}

/** The activation as a function of one real number. */
export function scalarFunction(activation: ActivationFunction): (x: number) => number {
  if (typeof activation === 'object') {
    const coefficients = activation.polynomial;
    return (x) => evaluatePolynomial(coefficients, x);
  }
  if (!Object.hasOwn(functions, activation)) {
    refuse(`one of ${activationNames.join(', ')} or { polynomial }`, 'an activation', activation);
  }
  return functions[activation];
}
