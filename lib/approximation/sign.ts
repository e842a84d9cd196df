import { requirePositive } from '../check.js';
import { ArgumentError } from '../errors.js';
import { polynomialLevels, polynomialProducts } from './cost.js';
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
/** What is left of an interval [1 − error, 1 + error] once its end is brought to 1. */
const gapAfter = (error: number): number => (1 - error) / (1 + error);

/** The least error that full stages reach with so many levels, level by level, until it is small enough. */
function fewestLevels(gap: number, error: number): number | undefined {
  const full = choices.filter(({ degree }) => Number.isInteger(Math.log2(degree + 1)));
  const gaps = [gap];
  for (let level = 1; level <= kMostLevels; ++level) {
    let least = 1;
    for (const { degree, levels } of full) {
      const before = gaps[level - levels];
      if (before !== undefined && before > 0) least = Math.min(least, stageError(degree, before));
    }
    if (least <= error) return level;
    gaps[level] = least < 1 ? gapAfter(least) : 0;
  }
  return undefined;
}

interface State {
  readonly gap: number;
  readonly error: number;
  readonly products: number;
  readonly degrees: readonly number[];
}

/** The degrees with the fewest products within the levels. */
function fewestProducts(gap: number, error: number, mostLevels: number): State | undefined {
  const states: State[][] = Array.from({ length: mostLevels + 1 }, () => []);
  states[0]!.push({ gap, error: 1, products: 0, degrees: [] });
  let best: State | undefined;
  for (let level = 0; level < mostLevels; ++level) {
    // Whoever has no more products and no smaller gap leaves a state without use.
    const kept = states[level]!.toSorted((a, b) => a.products - b.products || b.gap - a.gap).filter(
      (state, i, all) => all.slice(0, i).every((other) => other.gap < state.gap),
    );
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
        else if (left < 1) states[after]!.push(next);
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
  const levels = fewestLevels(gap, aim) ?? refuse();
  const { degrees, products } = fewestProducts(gap, aim, levels) ?? refuse();
  let left = gap;
  let reached = 1;
  const stages = degrees.map((degree, i) => {
    const { chebyshev, maxError } = minimax(one, [[left, 1]], degree, { parity: 'odd' });
    left = gapAfter(maxError);
    reached = maxError;
    const last = i === degrees.length - 1;
    return { degree, chebyshev: last ? chebyshev : chebyshev.map((c) => c / (1 + maxError)) };
  });
  return reached <= error ? { stages, error: reached, levels, products } : refuse();
}
