// Series in Chebyshev polynomials on an interval (Trefethen, "Approximation Theory and Approximation Practice", 2013).

import type { Interval } from './interval.js';

/** The value of a Chebyshev series on an interval, by Clenshaw's recurrence. */
export function evaluateChebyshev(coefficients: readonly number[], interval: Interval, x: number): number {
  const t = (2 * x - interval[0] - interval[1]) / (interval[1] - interval[0]);
  let next = 0;
  let afterNext = 0;
  for (let k = coefficients.length - 1; k >= 1; --k) {
    const current = coefficients[k]! + 2 * t * next - afterNext;
    afterNext = next;
    next = current;
  }
  return (coefficients[0] ?? 0) + t * next - afterNext;
}

/** The power-basis coefficients of a Chebyshev series on an interval, by the same recurrence on polynomials. */
export function chebyshevToPower(coefficients: readonly number[], interval: Interval): number[] {
  const slope = 2 / (interval[1] - interval[0]);
  const shift = -(interval[0] + interval[1]) / (interval[1] - interval[0]);
  const degree = coefficients.length - 1;
  const timesT = (p: readonly number[]): number[] =>
    p.map((value, k) => shift * value + (k > 0 ? slope * p[k - 1]! : 0));
  let next = new Array<number>(degree + 1).fill(0);
  let afterNext = next;
  for (let k = degree; k >= 1; --k) {
    const product = timesT(next);
    const current = product.map((value, i) => 2 * value - afterNext[i]! + (i === 0 ? coefficients[k]! : 0));
    [next, afterNext] = [current, next];
  }
  return timesT(next).map((value, i) => value - afterNext[i]! + (i === 0 ? coefficients[0]! : 0));
}

/** The n zeros of T_n as angles: t = cos(angle), from 1 downwards. */
export const chebyshevAngles = (n: number): number[] =>
  Array.from({ length: n }, (_, i) => (Math.PI * (i + 0.5)) / n);

/** The same zeros on an interval, from its upper end downwards. */
export const chebyshevNodes = (n: number, [lower, upper]: Interval): number[] =>
  chebyshevAngles(n).map((angle) => (lower + upper + (upper - lower) * Math.cos(angle)) / 2);

/**
 * Coefficients of T_0 … T_degree from values at `chebyshevNodes(values.length)`: interpolation for as many values as
 * coefficients, least squares for more. T_k are orthogonal there, so that each coefficient is one inner product.
 */
export function chebyshevCoefficients(values: readonly number[], degree: number): number[] {
  const angles = chebyshevAngles(values.length);
  return Array.from({ length: degree + 1 }, (_, k) => {
    const sum = values.reduce((total, value, i) => total + value * Math.cos(k * angles[i]!), 0);
    return ((k === 0 ? 1 : 2) * sum) / values.length;
  });
}
