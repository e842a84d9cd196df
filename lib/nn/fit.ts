import { refuse, refuseReceived, requireFinite, requireInteger, requireNonNegative } from '../check.js';

/** A polynomial that stands for a function on an interval. */
export interface PolynomialFit {
  readonly interval: readonly [lower: number, upper: number];
  readonly degree: number;
  /** Coefficients of T_0 … T_degree in t = (2x − lower − upper) / (upper − lower). */
  readonly chebyshev: readonly number[];
  /** Coefficients of 1, x, x², …: the same polynomial. Ill-conditioned above degree 20 or so; prefer `chebyshev` there. */
  readonly power: readonly number[];
  /** The largest |f − polynomial| on a grid of 4,097 points, ends included. */
  readonly maxError: number;
}

export interface FitOptions {
  /** How much an error at x counts (a density, not normalised); the Chebyshev density of the interval if absent. */
  readonly weights?: (x: number) => number;
}

/** Far more nodes than any degree in use, so that aliasing of the activation's own series is below rounding. */
const nodesFor = (degree: number): number => Math.max(256, 8 * (degree + 1));
const kGrid = 4096;

/** The value of a Chebyshev series on an interval, by Clenshaw's recurrence. */
export function evaluateChebyshev(
  coefficients: readonly number[],
  interval: readonly [number, number],
  x: number,
): number {
  const t = (2 * x - interval[0] - interval[1]) / (interval[1] - interval[0]);
  let next = 0;
  let afterNext = 0;
  for (let k = coefficients.length - 1; k >= 1; --k) {
    [next, afterNext] = [coefficients[k]! + 2 * t * next - afterNext, next];
  }
  return (coefficients[0] ?? 0) + t * next - afterNext;
}

/** The power-basis coefficients of a Chebyshev series on an interval, by the same recurrence on polynomials. */
export function chebyshevToPower(
  coefficients: readonly number[],
  interval: readonly [number, number],
): number[] {
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

/** Least squares at the Chebyshev nodes, where T_0 … T_degree are orthogonal: each coefficient is one inner product. */
function fitOrthogonal(angles: readonly number[], values: readonly number[], degree: number): number[] {
  return Array.from({ length: degree + 1 }, (_, k) => {
    const sum = values.reduce((total, value, i) => total + value * Math.cos(k * angles[i]!), 0);
    return ((k === 0 ? 1 : 2) * sum) / values.length;
  });
}

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
 * The polynomial of the given degree that is nearest to `f` on an interval, in least squares at its Chebyshev nodes.
 *
 * @example
 * ```ts
 * const fit = fitPolynomial(Math.tanh, [-3, 3], 7);
 * fit.maxError; // about 0.03
 * ```
 */
export function fitPolynomial(
  f: (x: number) => number,
  interval: readonly [lower: number, upper: number],
  degree: number,
  options: FitOptions = {},
): PolynomialFit {
  if (typeof f !== 'function') refuse('a function', 'the function to fit', f);
  const [lower, upper] = interval;
  requireFinite(lower, 'the lower end of a fit');
  requireFinite(upper, 'the upper end of a fit');
  if (!(lower < upper))
    refuseReceived('a lower end below the upper end', 'the interval of a fit', `[${lower}, ${upper}]`);
  requireInteger(degree, 'the degree of a fit', 0);
  const count = nodesFor(degree);
  const angles = Array.from({ length: count }, (_, i) => (Math.PI * (i + 0.5)) / count);
  const nodes = angles.map((angle) => (lower + upper + (upper - lower) * Math.cos(angle)) / 2);
  const sample = (x: number): number => {
    const value = f(x);
    requireFinite(value, `the function to fit at ${x}`);
    return value;
  };
  const values = nodes.map(sample);
  const { weights } = options;
  let chebyshev: number[];
  if (weights === undefined) {
    chebyshev = fitOrthogonal(angles, values, degree);
  } else {
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
