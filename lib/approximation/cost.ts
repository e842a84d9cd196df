import type { Interval } from './interval.js';

// What Evaluator.evaluatePolynomial() spends on a Chebyshev series.

/** Levels: ⌈log2(degree + 1)⌉, and one for the change of variable from another interval than [-1, 1]. */
export function polynomialLevels(degree: number, [lower, upper]: Interval): number {
  return Math.ceil(Math.log2(degree + 1)) + (lower === -1 && upper === 1 ? 0 : 1);
}

/**
 * About as many products of ciphertexts: k − 1 small terms, one large term a doubling of k, and one product for every
 * further k coefficients, for the best power of two k.
 */
export function polynomialProducts(degree: number): number {
  let fewest = Infinity;
  for (let k = 2; k <= 2 * (degree + 1); k *= 2) {
    const terms =
      Math.min(k - 1, degree) - 1 + Math.max(0, Math.floor(Math.log2(Math.max(1, degree) / k)) + 1);
    fewest = Math.min(fewest, terms + Math.ceil((degree + 1) / k) - 1);
  }
  return Math.max(0, fewest);
}
