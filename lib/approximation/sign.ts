import { requirePositive } from '../check.js';
import { ArgumentError } from '../errors.js';
import { polynomialLevels, polynomialProducts } from './cost.js';
import { kMargin } from './extrema.js';
import { minimax, minimaxError } from './minimax.js';

// The sign function as a composition of odd minimax polynomials: each brings [gap, 1], up to a factor, to an interval
// around 1 that is nearer to a point, the last one within the error. Degrees by dynamic programming: the fewest levels,
// then the fewest products (Lee, Lee, No, Kim, "Minimax approximation of sign function by composite polynomial for
// homomorphic comparison", 2021).

/** One odd polynomial on [-1, 1]; all but the last have values in [-1, 1]. */
export interface SignStage {
  readonly degree: number;
  readonly chebyshev: readonly number[];
}

export interface SignStages {
  readonly stages: readonly SignStage[];
  /** The largest | |value| − 1 | for gap ≤ |x| ≤ 1. */
  readonly error: number;
  readonly levels: number;
  readonly products: number;
}

const kMostStage = 63;
const kMostLevels = 60;

/** Of every number of levels and products the largest degree. */
const choices: readonly { degree: number; levels: number; products: number }[] = (() => {
  const best = new Map<string, { degree: number; levels: number; products: number }>();
  for (let degree = 3; degree <= kMostStage; degree += 2) {
    const levels = polynomialLevels(degree, [-1, 1]);
    const products = polynomialProducts(degree);
    best.set(`${levels} ${products}`, { degree, levels, products });
  }
  return [...best.values()];
})();

const one = (): number => 1;
const stageError = (degree: number, gap: number): number =>
  minimaxError(one, [[gap, 1]], degree, { parity: 'odd' });
/** What is left of an interval [1 − error, 1 + error] once its end is brought to 1; 0 where rounding is all that is. */
const gapAfter = (error: number): number => Math.max(0, (1 - error) / (1 + error));

/** The largest gap that full stages reach within 0, 1, … levels, up to those that bring the error down to what is asked. */
function reachableGaps(gap: number, error: number): readonly number[] | undefined {
  const full = choices.filter(({ degree }) => Number.isInteger(Math.log2(degree + 1)));
  const gaps = [gap];
  while (gaps.length <= kMostLevels) {
    let least = 1;
    for (const { degree, levels } of full) {
      const before = gaps[gaps.length - levels];
      if (before !== undefined) least = Math.min(least, stageError(degree, before));
    }
    if (least <= error) return gaps;
    gaps.push(Math.max(gaps.at(-1)!, gapAfter(least)));
  }
  return undefined;
}

interface State {
  readonly gap: number;
  readonly error: number;
  readonly products: number;
  readonly degrees: readonly number[];
}

/** The degrees with the fewest products within the fewest levels. */
function fewestProducts(gap: number, error: number): State | undefined {
  const gaps = reachableGaps(gap, error);
  if (gaps === undefined) return undefined;
  const mostLevels = gaps.length;
  const states: State[][] = Array.from({ length: mostLevels + 1 }, () => []);
  states[0]!.push({ gap, error: 1, products: 0, degrees: [] });
  let best: State | undefined;
  for (let level = 0; level < mostLevels; ++level) {
    // From what full stages reach a level earlier, the levels left would not be enough, or all would take fewer. And
    // whoever has no more products and no smaller gap leaves a state without use.
    const tooSmall = level === 0 ? 0 : gaps[level - 1]! * (1 - kMargin);
    const kept = states[level]!.filter((state) => state.gap > tooSmall)
      .toSorted((a, b) => a.products - b.products || b.gap - a.gap)
      .filter((state, i, all) => all.slice(0, i).every((other) => other.gap < state.gap));
    for (const state of kept) {
      for (const { degree, levels, products } of choices) {
        const after = level + levels;
        if (after > mostLevels || (best !== undefined && state.products + products >= best.products))
          continue;
        const left = stageError(degree, state.gap);
        const next = {
          gap: gapAfter(left),
          error: left,
          products: state.products + products,
          degrees: [...state.degrees, degree],
        };
        if (left <= error) best = next;
        else if (next.gap > 0) states[after]!.push(next);
      }
    }
  }
  return best;
}

/** Stages for gap ≤ |x| ≤ 1 within the error. */
export function signStages(gap: number, error: number): SignStages {
  requirePositive(gap, 'gap');
  requirePositive(error, 'error');
  const refuse = (): never => {
    throw new ArgumentError(
      `Expected a gap and an error that polynomials in doubles reach but received ${gap} and ${error}. Ask for larger ones.`,
      { gap, error },
    );
  };
  if (gap >= 1 || error >= 1) refuse();
  // Measured errors are a little above those of the search.
  const aim = error * (1 - 2 ** -16);
  const { degrees, products } = fewestProducts(gap, aim) ?? refuse();
  const levels = degrees.reduce((sum, degree) => sum + polynomialLevels(degree, [-1, 1]), 0);
  let left = gap;
  let reached = 1;
  const stages = degrees.map((degree, i) => {
    const { chebyshev, maxError } = minimax(one, [[left, 1]], degree, { parity: 'odd' });
    reached = maxError;
    if (i === degrees.length - 1) return { degree, chebyshev };
    // The margin of what was measured belongs to the part above the gap, which may be far smaller than the error.
    const found = maxError / (1 + kMargin);
    const spread = found + kMargin * (1 - found);
    left = gapAfter(spread);
    return { degree, chebyshev: chebyshev.map((c) => c / (1 + spread)) };
  });
  return reached <= error ? { stages, error: reached, levels, products } : refuse();
}
