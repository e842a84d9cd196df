import { erf, gelu, sigmoid, silu } from '../approximation/special.js';
import { refuse } from '../check.js';

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const hardSigmoid = (x: number): number => Math.min(Math.max(x / 6 + 0.5, 0), 1);

/** What the exact gelu was first computed by: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). (Hendrycks, Gimpel, 2016.) */
const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const functions = {
  square: (x: number): number => x * x,
  relu: (x: number): number => (x > 0 ? x : 0),
  sigmoid,
  tanh: (x: number): number => Math.tanh(x),
  softplus,
  silu,
  gelu,
  geluTanh,
  elu: (x: number): number => (x > 0 ? x : Math.expm1(x)),
  erf,
  hardSigmoid,
  hardSwish: (x: number): number => x * hardSigmoid(x),
  mish: (x: number): number => x * Math.tanh(softplus(x)),
} as const;

/**
 * An activation known by name. `gelu` is the exact one, x·Φ(x), and `geluTanh` its approximation by tanh; `hardSigmoid` is
 * x/6 + 1/2 clipped to [0, 1], and `hardSwish` x times that.
 */
export type ActivationName = keyof typeof functions;

/** A polynomial activation: power-basis coefficients, the constant first. */
export interface PolynomialActivation {
  readonly polynomial: readonly number[];
}

/** An activation by name, or as a polynomial. */
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
