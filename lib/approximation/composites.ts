/** Functions as composites, each with the domain and the error that it states. */
export { absolute, comparison, maximum, minimum, relu, sign } from './comparison.js';
export type { BoundedOptions, ComparisonOptions, PairOptions, SignOptions } from './comparison.js';
export { inverse, inverseSquareRoot, squareRoot } from './reciprocal.js';
export type { PositiveOptions } from './reciprocal.js';
export { exponential, gelu, sigmoid, silu, tanh } from './smooth.js';
export type { SmoothOptions } from './smooth.js';
