import { refuse, refuseReceived, requireFinite, requireInteger, requireNonNegative } from '../check.js';
import {
  chebyshevAngles,
  chebyshevCoefficients,
  chebyshevNodes,
  chebyshevToPower,
  evaluateChebyshev,
} from './chebyshev.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';

/** A polynomial that stands for a function on an interval. */
export interface PolynomialFit {
  readonly interval: Interval;
  readonly degree: number;
  /** Coefficients of T_0 … T_degree in t = (2x − lower − upper) / (upper − lower). */
  readonly chebyshev: readonly number[];
  /** Coefficients of 1, x, x², …: the same polynomial. Ill-conditioned above degree 20 or so; prefer `chebyshev` there. */
  readonly power: readonly number[];
  /** The largest |f − polynomial| on a grid of 4,097 points, ends included. */
  readonly maxError: number;
}

/** How {@link fitPolynomial} weighs errors. */
export interface FitOptions {
  /** How much an error at x counts (a density, not normalised); the Chebyshev density of the interval if absent. */
  readonly weights?: (x: number) => number;
}

/** Far more nodes than any degree in use, so that aliasing of the activation's own series is below rounding. */
const nodesFor = (degree: number): number => Math.max(256, 8 * (degree + 1));
const kGrid = 4096;

/** Weighted least squares at the same nodes: QR of the weighted Chebyshev columns by modified Gram–Schmidt. */
function fitWeighted(
  angles: readonly number[],
  values: readonly number[],
  rootWeights: readonly number[],
  degree: number,
): number[] {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const columns: number[][] = [];
  const triangle: number[][] = []; // triangle[k][j]: the part of column k along the orthonormal column j
  const rhs: number[] = [];
  let residual = values.map((value, i) => value * rootWeights[i]!);
  for (let k = 0; k <= degree; ++k) {
    let column = angles.map((angle, i) => Math.cos(k * angle) * rootWeights[i]!);
    const length = Math.sqrt(dot(column, column));
    const entries: number[] = [];
    columns.forEach((earlier, j) => {
      entries[j] = dot(earlier, column);
      column = column.map((value, i) => value - entries[j]! * earlier[i]!);
    });
    const norm = Math.sqrt(dot(column, column));
    if (!(norm > 1e-10 * length)) {
      refuseReceived(
        `positive weights at more than ${degree} places`,
        'the weights of a fit',
        'weights that vanish almost everywhere',
      );
    }
    const unit = column.map((value) => value / norm);
    entries[k] = norm;
    rhs[k] = dot(unit, residual);
    residual = residual.map((value, i) => value - rhs[k]! * unit[i]!);
    columns.push(unit);
    triangle.push(entries);
  }
  const solution = new Array<number>(degree + 1).fill(0);
  for (let j = degree; j >= 0; --j) {
    let value = rhs[j]!;
    for (let k = j + 1; k <= degree; ++k) value -= triangle[k]![j]! * solution[k]!;
    solution[j] = value / triangle[j]![j]!;
  }
  return solution;
}

/**
 * The polynomial of the given degree that is nearest to `f` on an interval, in least squares at its Chebyshev nodes. Throws
 * ArgumentError where the function is not finite, or the weights vanish almost everywhere.
 *
 * @example
 * ```ts
 * const fit = fitPolynomial(Math.tanh, [-3, 3], 7);
 * fit.maxError; // about 0.03
 * ```
 */
export function fitPolynomial(
  f: (x: number) => number,
  interval: Interval,
  degree: number,
  options: FitOptions = {},
): PolynomialFit {
  if (typeof f !== 'function') refuse('a function', 'the function to fit', f);
  requireInterval(interval, 'a fit');
  const [lower, upper] = interval;
  requireInteger(degree, 'the degree of a fit', 0);
  const count = nodesFor(degree);
  const nodes = chebyshevNodes(count, interval);
  const sample = (x: number): number => {
    const value = f(x);
    requireFinite(value, `the function to fit at ${x}`);
    return value;
  };
  const values = nodes.map(sample);
  const { weights } = options;
  let chebyshev: number[];
  if (weights === undefined) {
    chebyshev = chebyshevCoefficients(values, degree);
  } else {
    const angles = chebyshevAngles(count);
    // The nodes have density 1/√(1−t²) = 1/sin(angle); the factor takes it away, so that `weights` alone counts.
    const rootWeights = nodes.map((x, i) => {
      const weight = weights(x);
      requireNonNegative(weight, `the weight of a fit at ${x}`);
      return Math.sqrt(weight * Math.sin(angles[i]!));
    });
    chebyshev = fitWeighted(angles, values, rootWeights, degree);
  }
  let maxError = 0;
  for (let i = 0; i <= kGrid; ++i) {
    const x = i === kGrid ? upper : lower + ((upper - lower) * i) / kGrid;
    maxError = Math.max(maxError, Math.abs(sample(x) - evaluateChebyshev(chebyshev, [lower, upper], x)));
  }
  return Object.freeze({
    interval: Object.freeze([lower, upper] as const),
    degree,
    chebyshev: Object.freeze(chebyshev),
    power: Object.freeze(chebyshevToPower(chebyshev, [lower, upper])),
    maxError,
  });
}
