import { checkOptions, refuse, requireFinite, requireInteger, requirePositive } from '../check.js';
import { ArgumentError } from '../errors.js';
import { chebyshevCoefficients, chebyshevNodes, evaluateChebyshev } from './chebyshev.js';
import { polynomialLevels } from './cost.js';
import { largestMagnitude } from './extrema.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';
import { measuringPoints, minimax } from './minimax.js';
import type { Parity } from './minimax.js';

/** How good or how large the polynomial of {@link approximate} shall be. */
export interface ApproximateOptions {
  /** At most this degree, to 1023. Either this or `error`. */
  readonly degree?: number;
  /** The largest error allowed: the smallest degree that keeps to it is taken. */
  readonly error?: number;
  /** The polynomial with the least maximum of the error, or the function's truncated Chebyshev series. 'minimax' if absent. */
  readonly method?: 'minimax' | 'chebyshev';
}

/** A polynomial in place of a function on an interval; Evaluator.evaluatePolynomial() takes it as it is. */
export interface Approximation {
  readonly interval: Interval;
  readonly degree: number;
  /** Coefficients of T_0 … T_degree in t = (2x − lower − upper) / (upper − lower). */
  readonly chebyshev: readonly number[];
  /**
   * The largest |f − polynomial| on the interval as these coefficients give it in doubles, measured: at 2,048 points and
   * at 16 an oscillation, refined where it is largest, raised by a part in a million
   * and by what rounding may add.
   */
  readonly maxError: number;
  readonly method: 'minimax' | 'chebyshev';
  /** Levels that an encrypted evaluation spends. */
  readonly levels: number;
}

type RealFunction = (x: number) => number;

const kMostDegree = 1023;
/** Nodes of the series: its aliasing is that of coefficients beyond 3 · 1,024. */
const kNodes = 4096;
/** What rounding may differ by between two points of one error, as a part of the coefficients. */
const kClenshaw = 2 ** -51;
/** Of a series in doubles, as a part of the function's size. */
const kRounding = 2 ** -44;
/** Twice the rounding of a library function on both sides. */
const kSymmetric = 2 ** -49;

/** A function's symmetry about 0, to rounding: an odd one may have a constant added. */
function parityOf(f: RealFunction, [lower, upper]: Interval): Parity | undefined {
  if (lower !== -upper) return undefined;
  const centre = f(0);
  const points = chebyshevNodes(129, [0, upper]).map((x) => [f(x), f(-x)] as const);
  const size = points.reduce((most, [right, left]) => Math.max(most, Math.abs(right), Math.abs(left)), 0);
  const all = (gap: (right: number, left: number) => number): boolean =>
    points.every(([right, left]) => Math.abs(gap(right, left)) <= kSymmetric * size);
  if (all((right, left) => right - left)) return 'even';
  return all((right, left) => right + left - 2 * centre) ? 'odd' : undefined;
}

/** The series of at most a degree, without zeros at its end, and its error. */
interface Candidate {
  readonly chebyshev: readonly number[];
  readonly error: number;
}

function candidate(f: RealFunction, interval: Interval, chebyshev: readonly number[]): Candidate {
  const degree = chebyshev.findLastIndex((c) => c !== 0);
  const series = chebyshev.slice(0, Math.max(0, degree) + 1);
  const error = largestMagnitude(
    (x) => f(x) - evaluateChebyshev(series, interval, x),
    [interval],
    measuringPoints(series.length - 1),
  );
  const rounding = series.slice(1).reduce((sum, c) => sum + Math.abs(c) * kClenshaw, 0);
  return { chebyshev: series, error: error + rounding };
}

/** Minimax polynomials by degree, each computed once. */
function minimaxCandidates(f: RealFunction, interval: Interval): (degree: number) => Candidate {
  const parity = parityOf(f, interval);
  const centre = parity === 'odd' ? f(0) : 0;
  const known = new Map<number, Candidate>();
  return (degree) => {
    const symmetric = parity !== undefined && degree > 0;
    const own = symmetric && degree % 2 !== (parity === 'odd' ? 1 : 0) ? degree - 1 : degree;
    let found = known.get(own);
    if (found === undefined) {
      const { chebyshev } = symmetric
        ? minimax((x) => f(x) - centre, [[0, interval[1]]], own, { parity })
        : minimax(f, [interval], own);
      const series = [...chebyshev];
      if (symmetric) series[0] = series[0]! + centre;
      found = candidate(f, interval, series);
      known.set(own, found);
    }
    return found;
  };
}

/** Truncations of one series, taken from many nodes. */
const chebyshevCandidates =
  (series: readonly number[], f: RealFunction, interval: Interval) =>
  (degree: number): Candidate =>
    candidate(f, interval, series.slice(0, degree + 1));

/** The largest error of every truncation at the nodes themselves: below what it is on the interval. */
function errorsAtNodes(series: readonly number[], values: readonly number[]): number[] {
  const count = values.length;
  const t = chebyshevNodes(count, [-1, 1]);
  let before = t;
  let term = new Array<number>(count).fill(1);
  const rest = [...values];
  return series.map((c, k) => {
    let most = 0;
    for (let i = 0; i < count; ++i) {
      rest[i] = rest[i]! - c * term[i]!;
      most = Math.max(most, Math.abs(rest[i]!));
    }
    // T_1 = t, T_(k+1) = 2 t T_k − T_(k−1), where T_(−1) = t.
    [term, before] = [
      term.map((value, i) => (k === 0 ? 1 : 2) * t[i]! * value - (k === 0 ? 0 : before[i]!)),
      term,
    ];
    return most;
  });
}

/** The smallest degree whose candidate keeps to the error. */
function smallestDegree(
  error: number,
  method: 'minimax' | 'chebyshev',
  of: (degree: number) => Candidate,
  series: readonly number[],
  values: readonly number[],
): Candidate {
  const atNodes = errorsAtNodes(series, values);
  const least = atNodes.reduce((at, value, k) => (value < atNodes[at]! ? k : at), 0);
  let reached = Infinity;
  const tried = (degree: number): number => {
    const found = of(degree).error;
    reached = Math.min(reached, found);
    return found;
  };
  if (method === 'chebyshev') {
    for (let degree = 0; degree <= kMostDegree; ++degree) {
      if (atNodes[degree]! <= error && tried(degree) <= error) return of(degree);
    }
    tried(least);
  } else {
    // The least error falls with the degree; it is at least π/4 of the next coefficient of the series (up to aliasing).
    let low = series.findLastIndex((c) => Math.abs(c) > 2 * error);
    low = Math.max(0, low - 1);
    if (tried(low) <= error) low = 0;
    // Where a series has come down to rounding, further degrees do not help.
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const most = atNodes[least]! <= kRounding * size ? least : kMostDegree;
    let high = atNodes.findIndex((value) => value <= error / 2);
    if (high < 0 || tried(high) > error) high = most;
    low = Math.min(low, high);
    if (tried(high) <= error) {
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (tried(middle) <= error) high = middle;
        else low = middle + 1;
      }
      return of(high);
    }
  }
  throw new ArgumentError(
    `Expected an error that a polynomial of degree ${kMostDegree} or less keeps to but received ${error}: the least that was reached is ${reached.toPrecision(3)}. Ask for a larger error or a shorter interval.`,
    { error, reached },
  );
}

/**
 * A polynomial in place of a continuous function on an interval, of a given degree or of the smallest that keeps to an
 * error. Errors down to about 1e-14 of the function's size can be reached in doubles. Throws ArgumentError, with the least
 * error that was reached, where no degree up to 1,023 keeps to the one asked for, and for a function that is not finite.
 *
 * @example
 * ```ts
 * const tanh = approximate(Math.tanh, [-4, 4], { error: 1e-3 });
 * const y = await evaluator.evaluatePolynomial(x, tanh); // tanh.levels lower
 * ```
 */
export function approximate(f: RealFunction, interval: Interval, options: ApproximateOptions): Approximation {
  if (typeof f !== 'function') refuse('a function', 'the function to approximate', f);
  requireInterval(interval, 'an approximation');
  const {
    degree,
    error,
    method = 'minimax',
  } = checkOptions(options, ['degree', 'error', 'method'], 'approximate()');
  if ((degree === undefined) === (error === undefined))
    refuse('either degree or error', 'the options of approximate()', options);
  if ((method as unknown) !== 'minimax' && (method as unknown) !== 'chebyshev')
    refuse("'minimax' or 'chebyshev'", 'method', method);
  if (degree !== undefined) requireInteger(degree, 'degree', 0, kMostDegree);
  if (error !== undefined) requirePositive(error, 'error');
  const [lower, upper] = interval;
  const range: Interval = Object.freeze([lower, upper] as const);
  const sample = (x: number): number => {
    const value = f(x);
    requireFinite(value, `the function to approximate at ${x}`);
    return value;
  };
  const seriesNeeded = method === 'chebyshev' || error !== undefined;
  const values = seriesNeeded ? chebyshevNodes(kNodes, range).map(sample) : [];
  const series = seriesNeeded ? chebyshevCoefficients(values, degree ?? kMostDegree) : [];
  const of =
    method === 'minimax' ? minimaxCandidates(sample, range) : chebyshevCandidates(series, sample, range);
  const chosen = degree === undefined ? smallestDegree(error!, method, of, series, values) : of(degree);
  return Object.freeze({
    interval: range,
    degree: chosen.chebyshev.length - 1,
    chebyshev: Object.freeze([...chosen.chebyshev]),
    maxError: chosen.error,
    method,
    levels: polynomialLevels(chosen.chebyshev.length - 1, range),
  });
}
