import type { Interval } from './interval.js';

/** Where a function is largest in magnitude within a bracket, and its value there. */
export interface Extremum {
  readonly x: number;
  readonly value: number;
}

const kGolden = (Math.sqrt(5) - 1) / 2;
/** Brackets shrink to 2^-21: at a smooth extremum of the function, whose slope is 0, far below rounding. */
const kSections = 30;

/** The largest of |e| between lower and upper, no smaller than at x, by golden sections. */
function refine(
  e: (x: number) => number,
  { x, value }: Extremum,
  lower: number,
  upper: number,
  sections: number,
): Extremum {
  const sign = Math.sign(value);
  let best: Extremum = { x, value };
  const height = (at: number): number => {
    const found = e(at);
    if (sign * found > sign * best.value) best = { x: at, value: found };
    return sign * found;
  };
  let left = upper - kGolden * (upper - lower);
  let right = lower + kGolden * (upper - lower);
  let heightLeft = height(left);
  let heightRight = height(right);
  for (let i = 0; i < sections && lower < left && right < upper; ++i) {
    if (heightLeft > heightRight) {
      [upper, right, heightRight] = [right, left, heightLeft];
      left = upper - kGolden * (upper - lower);
      heightLeft = height(left);
    } else {
      [lower, left, heightLeft] = [left, right, heightRight];
      right = lower + kGolden * (upper - lower);
      heightRight = height(right);
    }
  }
  return best;
}

/**
 * The alternating extrema of e: between two changes of sign on ascending grids (one an interval; between two intervals e
 * is nowhere looked at) the largest one.
 */
export function alternatingExtrema(
  e: (x: number) => number,
  grids: readonly (readonly number[])[],
  sections = kSections,
): Extremum[] {
  const found: Extremum[] = [];
  for (const grid of grids) {
    const values = grid.map(e);
    let run: { at: number; value: number } | undefined;
    const close = (): void => {
      if (run === undefined) return;
      const { at, value } = run;
      run = undefined;
      const next = refine(
        e,
        { x: grid[at]!, value },
        grid[Math.max(0, at - 1)]!,
        grid[Math.min(grid.length - 1, at + 1)]!,
        sections,
      );
      const last = found.at(-1);
      if (last !== undefined && Math.sign(last.value) === Math.sign(next.value)) {
        // The same sign on both sides of a gap.
        if (Math.abs(next.value) > Math.abs(last.value)) found[found.length - 1] = next;
      } else {
        found.push(next);
      }
    };
    values.forEach((value, at) => {
      if (value === 0) return;
      if (run !== undefined && Math.sign(run.value) !== Math.sign(value)) close();
      if (run === undefined || Math.abs(value) > Math.abs(run.value)) run = { at, value };
    });
    close();
  }
  return found;
}

/** What a refined extremum may still miss, as a part of it. */
export const kMargin = 2 ** -20;

/**
 * The largest |e| on the intervals: at `points` Chebyshev points each, where it is largest refined by golden sections,
 * and raised by a part in a million. A measurement: it holds where e has no feature between neighbouring points.
 */
export function largestMagnitude(
  e: (x: number) => number,
  intervals: readonly Interval[],
  points: number,
): number {
  let largest = 0;
  for (const [lower, upper] of intervals) {
    const grid = Array.from({ length: points + 1 }, (_, i) =>
      i === points ? upper : lower + (upper - lower) * Math.sin((Math.PI * i) / (2 * points)) ** 2,
    );
    const values = grid.map(e);
    const top = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    largest = Math.max(largest, top);
    values.forEach((value, i) => {
      const height = Math.abs(value);
      const before = Math.abs(values[i - 1] ?? 0);
      const after = Math.abs(values[i + 1] ?? 0);
      if (height < 0.9 * top || height < before || height < after || height === 0) return;
      const { value: peak } = refine(
        e,
        { x: grid[i]!, value },
        grid[Math.max(0, i - 1)]!,
        grid[Math.min(points, i + 1)]!,
        kSections,
      );
      largest = Math.max(largest, Math.abs(peak));
    });
  }
  return largest * (1 + kMargin);
}
