import { refuse, refuseReceived, requireFinite, requireInteger, requirePositive } from '../check.js';
import { chebyshevCoefficients, chebyshevNodes, evaluateChebyshev } from './chebyshev.js';
import { alternatingExtrema, largestMagnitude } from './extrema.js';
import type { Extremum } from './extrema.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';

// The second algorithm of Remez on a union of intervals, in barycentric form (Pachón, Trefethen, "Barycentric-Remez
// algorithms for best polynomial approximation in the chebfun system", 2009). An even polynomial is one in u = x², an odd
// one is x times such a one, so that symmetric problems are solved on the positive half with half the unknowns.

/** A symmetry about 0 that function and polynomial have. */
export type Parity = 'even' | 'odd';

/** What {@link minimax} knows of the function and holds against the polynomial. */
export interface MinimaxOptions {
  /** Take an even or odd polynomial: f is even or odd, and the intervals, all positive, stand for both signs. */
  readonly parity?: Parity | undefined;
  /** How much an error at x counts, above 0; 1 if absent. 1 / |f| gives relative errors. */
  readonly weight?: ((x: number) => number) | undefined;
}

/** The polynomial of at most a given degree whose largest weighted error is the least. */
export interface Minimax {
  /** From the first to the last of the intervals, or symmetric for a parity: what the Chebyshev series refers to. */
  readonly interval: Interval;
  readonly degree: number;
  /** Coefficients of T_0 … T_degree on `interval`. */
  readonly chebyshev: readonly number[];
  /** The largest weighted error on the intervals, measured. */
  readonly maxError: number;
  /** No polynomial of this degree has a smaller one (de la Vallée Poussin), but for rounding. */
  readonly leastError: number;
  /** Where the error alternates: at least degree + 2 points, half of them for a parity. */
  readonly reference: readonly number[];
}

const kMostExchanges = 60;
/** When an exchange has converged, and how far extrema are refined. */
interface Care {
  /** The largest error above the levelled one, as a part of it. */
  readonly converged: number;
  /** Golden sections of the bracket of an extremum. */
  readonly sections: number;
}
const kFull: Care = { converged: 1e-9, sections: 30 };
/** For the error alone, which the square of this part is about right to. */
const kQuick: Care = { converged: 1e-4, sections: 8 };
/** Exchanges without a smaller error after which rounding is all that is left. */
const kPatience = 8;
/** Points looked at between two of the reference. */
const kBetween = 10;

interface Problem {
  readonly f: (x: number) => number;
  readonly weight: (x: number) => number;
  readonly intervals: readonly Interval[];
  readonly parity: Parity | undefined;
  /** Of the polynomial in u. */
  readonly degree: number;
}

/** u(x) − u(y), without cancellation. */
const difference = (parity: Parity | undefined, x: number, y: number): number =>
  parity === undefined ? x - y : (x - y) * (x + y);

/**
 * Chebyshev extrema of the whole spread over the intervals by their share of the length, drawn to the lower end by a skew
 * above 1.
 */
function firstReference({ intervals, degree, parity }: Problem, skew: number): number[] {
  const count = degree + 2;
  const total = intervals.reduce((sum, [lower, upper]) => sum + upper - lower, 0);
  const place = (s: number): number => {
    let left = s ** skew * total;
    for (const [lower, upper] of intervals) {
      if (left <= upper - lower) return Math.min(upper, lower + left);
      left -= upper - lower;
    }
    return intervals.at(-1)![1];
  };
  // Of the whole of [-1, 1] under a parity; there an odd error is 0 at 0.
  if (parity !== undefined) {
    const n = parity === 'odd' ? 2 * count - 1 : 2 * count - 2;
    return Array.from({ length: count }, (_, i) => place(Math.cos((Math.PI * (count - 1 - i)) / n)));
  }
  return Array.from({ length: count }, (_, i) => place(Math.sin((Math.PI * i) / (2 * (count - 1))) ** 2));
}

/** The polynomial whose weighted error at the reference is ±level in turn. */
interface Levelled {
  readonly level: number;
  readonly value: (x: number) => number;
}

function levelled({ f, weight, parity }: Problem, reference: readonly number[]): Levelled {
  // Barycentric weights by their logarithms: products of 1,025 differences leave the range of a double.
  const logs = reference.map((x, i) =>
    reference.reduce((sum, y, j) => (i === j ? sum : sum - Math.log(Math.abs(difference(parity, x, y)))), 0),
  );
  const top = logs.reduce((most, value) => Math.max(most, value), -Infinity);
  // Ascending points: the signs alternate.
  const lambda = logs.map((value, i) => (i % 2 === 0 ? 1 : -1) * Math.exp(value - top));
  const factor = (x: number): number => (parity === 'odd' ? x : 1);
  const targets = reference.map((x) => f(x) / factor(x));
  const scales = reference.map((x) => 1 / (weight(x) * factor(x)));
  let numerator = 0;
  let denominator = 0;
  lambda.forEach((l, i) => {
    numerator += l * targets[i]!;
    denominator += Math.abs(l) * scales[i]!;
  });
  const level = numerator / denominator;
  const values = targets.map((target, i) => target - (i % 2 === 0 ? level : -level) * scales[i]!);
  const value = (x: number): number => {
    let above = 0;
    let below = 0;
    for (let i = 0; i < reference.length; ++i) {
      const distance = difference(parity, x, reference[i]!);
      if (distance === 0) return factor(x) * values[i]!;
      const term = lambda[i]! / distance;
      above += term * values[i]!;
      below += term;
    }
    return (factor(x) * above) / below;
  };
  return { level: Math.abs(level), value };
}

/** Ascending points of each interval, some between every two of the reference. */
function gridsOf(intervals: readonly Interval[], reference: readonly number[]): number[][] {
  return intervals.map(([lower, upper]) => {
    const inside = reference.filter((x) => x > lower && x < upper);
    const corners = [lower, ...inside, upper];
    const grid: number[] = [];
    corners.slice(1).forEach((right, i) => {
      const left = corners[i]!;
      for (let k = 0; k < kBetween; ++k) grid.push(left + ((right - left) * k) / kBetween);
    });
    grid.push(upper);
    return grid;
  });
}

/** `count` alternating extrema with the largest one among them, left out where they are smallest. */
function chooseReference(extrema: readonly Extremum[], count: number): Extremum[] {
  const chosen = [...extrema];
  const size = (i: number): number => Math.abs(chosen[i]?.value ?? Infinity);
  while (chosen.length > count) {
    const last = chosen.length - 1;
    if (chosen.length === count + 1) {
      chosen.splice(size(0) < size(last) ? 0 : last, 1);
      break;
    }
    let least = 0;
    for (let i = 1; i <= last; ++i) if (size(i) < size(least)) least = i;
    if (least === 0 || least === last) chosen.splice(least, 1);
    // With one neighbour, so that what is left alternates.
    else chosen.splice(size(least - 1) < size(least + 1) ? least - 1 : least, 2);
  }
  return chosen;
}

function exchange(
  problem: Problem,
  { converged, sections }: Care,
): { best: Levelled; reference: readonly number[]; leastError: number } {
  const { f, weight, intervals, degree } = problem;
  let skew = 1;
  let reference = firstReference(problem, skew);
  let best: Levelled | undefined;
  let bestReference: readonly number[] = reference;
  let bestError = Infinity;
  let leastError = 0;
  for (let round = 0, sinceBest = 0; round < kMostExchanges && sinceBest < kPatience; ++round, ++sinceBest) {
    const current = levelled(problem, reference);
    if (!Number.isFinite(current.level)) break;
    const error = (x: number): number => weight(x) * (f(x) - current.value(x));
    const extrema = alternatingExtrema(error, gridsOf(intervals, reference), sections);
    const largest = extrema.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
    leastError = Math.max(leastError, current.level);
    if (largest < bestError) {
      [best, bestReference, bestError] = [current, reference, largest];
      sinceBest = 0;
    }
    if (largest - current.level <= converged * largest) break;
    if (extrema.length >= degree + 2) {
      reference = chooseReference(extrema, degree + 2).map(({ x }) => x);
      continue;
    }
    // Fewer alternations than the reference has: its level is 0 by symmetry, or rounding is all that is left.
    if (skew > 1.5) break;
    skew += 0.25;
    reference = firstReference(problem, skew);
  }
  if (best === undefined)
    refuse('a function of moderate values', 'the function to approximate', f, { degree });
  return { best, reference: bestReference, leastError: Math.min(leastError, bestError) };
}

/**
 * The series whose error at the reference is ±level in turn, as a linear system: within gaps the values of a polynomial
 * are those of an extrapolation, too inexact to interpolate there; what elimination leaves at the reference is small
 * though the coefficients be ill-conditioned.
 */
function seriesAcrossGaps(
  { f, weight, parity }: Problem,
  reference: readonly number[],
  interval: Interval,
  degree: number,
): number[] {
  const orders = Array.from({ length: degree + 1 }, (_, k) => k).filter(
    (k) => parity === undefined || k % 2 === degree % 2,
  );
  const [lower, upper] = interval;
  const rows = reference.map((x, i) => {
    const t = (2 * x - lower - upper) / (upper - lower);
    const terms = [1, t];
    for (let k = 2; k <= degree; ++k) terms.push(2 * t * terms[k - 1]! - terms[k - 2]!);
    return [...orders.map((k) => terms[k]!), (i % 2 === 0 ? 1 : -1) / weight(x), f(x)];
  });
  const solution = solve(rows);
  const chebyshev = new Array<number>(degree + 1).fill(0);
  orders.forEach((k, i) => (chebyshev[k] = solution[i]!));
  return chebyshev;
}

/** Solves a linear system, given as rows with their right-hand sides, by elimination with partial pivoting. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let k = 0; k < n; ++k) {
    let pivot = k;
    for (let i = k + 1; i < n; ++i) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const above = rows[k]!;
    for (let i = k + 1; i < n; ++i) {
      const row = rows[i]!;
      const factor = row[k]! / above[k]!;
      for (let j = k + 1; j <= n; ++j) row[j] = row[j]! - factor * above[j]!;
    }
  }
  const solution = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; --k) {
    let value = rows[k]![n]!;
    for (let j = k + 1; j < n; ++j) value -= rows[k]![j]! * solution[j]!;
    solution[k] = value / rows[k]![k]!;
  }
  return solution;
}

/** Refuses what is no ascending list of disjoint intervals. */
function checkIntervals(intervals: readonly Interval[], parity: Parity | undefined): void {
  if (!Array.isArray(intervals) || intervals.length === 0)
    refuse('a list of at least one interval', 'the intervals of an approximation', intervals);
  let from = parity === undefined ? -Infinity : 0;
  (intervals as readonly Interval[]).forEach((interval, i) => {
    requireInterval(interval, 'an approximation');
    if (interval[0] < from || (i > 0 && interval[0] === from))
      refuseReceived(
        i === 0
          ? 'positive numbers (they stand for both signs)'
          : 'ascending intervals with gaps between them',
        `the intervals of ${parity === undefined ? 'an' : `an ${parity}`} approximation`,
        `[${interval.join(', ')}]`,
      );
    [, from] = interval;
  });
}

/** Checks what was asked for; the degree that the parity leaves. */
function pose(
  f: (x: number) => number,
  intervals: readonly Interval[],
  degree: number,
  options: MinimaxOptions,
): { problem: Problem; actual: number } {
  if (typeof f !== 'function') refuse('a function', 'the function to approximate', f);
  const { parity, weight = () => 1 } = options;
  if (parity !== undefined && (parity as unknown) !== 'even' && (parity as unknown) !== 'odd')
    refuse("'even' or 'odd'", 'parity', parity);
  checkIntervals(intervals, parity);
  requireInteger(degree, 'the degree of an approximation', parity === 'odd' ? 1 : 0, 1023);
  const sample = (x: number): number => {
    const value = f(x);
    requireFinite(value, `the function to approximate at ${x}`);
    return value;
  };
  const weigh = (x: number): number => {
    const value = weight(x);
    requirePositive(value, `the weight of an approximation at ${x}`);
    return value;
  };
  const inner =
    parity === undefined ? degree : parity === 'even' ? Math.floor(degree / 2) : Math.floor((degree - 1) / 2);
  const actual = parity === undefined ? degree : parity === 'even' ? 2 * inner : 2 * inner + 1;
  return { problem: { f: sample, weight: weigh, intervals, parity, degree: inner }, actual };
}

/** The least error alone, from below and to seven digits or so: a fraction of the work. */
export function minimaxError(
  f: (x: number) => number,
  intervals: readonly Interval[],
  degree: number,
  options: MinimaxOptions = {},
): number {
  return exchange(pose(f, intervals, degree, options).problem, kQuick).leastError;
}

/**
 * The minimax polynomial of a continuous function on intervals with gaps between them, lower ones first, by Remez
 * exchange. Throws ArgumentError for others, and where the function is not finite or the weight not above 0.
 *
 * @param degree - at most this; an even or odd polynomial has the next lower even or odd one.
 *
 * @example
 * ```ts
 * // The sign function outside of (-0.1, 0.1), by an odd polynomial.
 * minimax(() => 1, [[0.1, 1]], 7, { parity: 'odd' }).maxError; // 0.45
 * ```
 */
export function minimax(
  f: (x: number) => number,
  intervals: readonly Interval[],
  degree: number,
  options: MinimaxOptions = {},
): Minimax {
  const { problem, actual } = pose(f, intervals, degree, options);
  const { parity, f: sample, weight: weigh } = problem;
  const { best, reference, leastError } = exchange(problem, kFull);

  const upper = intervals.at(-1)![1];
  const interval: Interval = Object.freeze([
    parity === undefined ? intervals[0]![0] : -upper,
    upper,
  ] as const);
  const gaps = intervals.length > 1 || (parity !== undefined && intervals[0]![0] > 0);
  const chebyshev = gaps
    ? seriesAcrossGaps(problem, reference, interval, actual)
    : chebyshevCoefficients(chebyshevNodes(actual + 1, interval).map(best.value), actual).map((c, k) =>
        parity !== undefined && k % 2 !== actual % 2 ? 0 : c,
      );
  const error = (x: number): number => weigh(x) * (sample(x) - evaluateChebyshev(chebyshev, interval, x));
  const maxError = largestMagnitude(error, intervals, measuringPoints(actual));
  return Object.freeze({
    interval,
    degree: actual,
    chebyshev: Object.freeze(chebyshev),
    maxError,
    leastError: Math.min(leastError, maxError),
    reference: Object.freeze([...reference]),
  });
}

/** Sixteen points at least between two extrema of the error. */
export const measuringPoints = (degree: number): number => Math.max(2048, 16 * (degree + 2));
