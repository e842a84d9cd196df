// Fits of activations; the mathematics is in lib/approximation.
export { chebyshevToPower, evaluateChebyshev } from '../approximation/chebyshev.js';
export { fitPolynomial } from '../approximation/least-squares.js';
export type { FitOptions, PolynomialFit } from '../approximation/least-squares.js';
