import { levelsOf, placeLevels } from './plan.js';
import type { Leveled } from './plan.js';

// Where the bootstraps of a network stand: the fewest, and of those the ones that leave the steps at the cheapest levels.

/** What is placed. */
export interface PlacementTask {
  readonly steps: readonly (Leveled & { readonly sources: readonly number[] })[];
  /** The level of inputs and of what was bootstrapped, above the lowest for that. No step spends more. */
  readonly levelsAfter: number;
  /** Bootstraps that a value takes. */
  readonly bootstrapsOf: (value: number) => number;
  /** Seconds of a step that begins at a level; no less at a higher one. */
  readonly secondsOf: (index: number, level: number) => number;
}

/** Where bootstraps stand. */
export interface Placement {
  /** The values that are bootstrapped, ascending: neither inputs nor outputs. */
  readonly values: readonly number[];
  /** At which level each step begins. */
  readonly levels: readonly number[];
  /** Bootstraps of all values. */
  readonly bootstraps: number;
}

/** What steps from some step on need, the decisions about their values made. */
interface State {
  /** For each value before: the highest level that a reader asks of it, 0 for none yet. Inputs are fresh: theirs stays 0. */
  readonly needs: readonly number[];
  readonly bootstraps: number;
  readonly seconds: number;
  /** The last decision, and those before it. */
  readonly decided: { readonly value: number; readonly rest: State['decided'] } | undefined;
}

/** So many states are kept. Chains have as many as levels, residual networks few more; only dense graphs ever have others. */
const kMostStates = 256;

const byCost = (a: State, b: State): number => a.bootstraps - b.bootstraps || a.seconds - b.seconds;

/** Those that no other state beats in cost and in every need at once: what follows costs no less with higher needs. */
function undominated(states: State[]): State[] {
  const kept: State[] = [];
  for (const state of states.sort(byCost)) {
    if (kept.some(({ needs }) => needs.every((need, value) => need <= state.needs[value]!))) continue;
    kept.push(state);
    if (kept.length === kMostStates) break;
  }
  return kept;
}

/**
 * Where to bootstrap: a dynamic program from the last step to the first. A state is what the steps so far ask of the values
 * before them; a step asks of its sources what its own result is asked for, and the levels that it spends, or those alone
 * where the result is bootstrapped, once for all that read it. The least number of bootstraps, and then of seconds, is exact
 * as long as kMostStates states are not exceeded (the problem is NP-hard); beyond that, the cheapest go on, each of which
 * can be completed.
 */
export function placeBootstraps(task: PlacementTask): Placement {
  const { steps, levelsAfter, bootstrapsOf, secondsOf } = task;
  let states: State[] = [
    { needs: new Array<number>(steps.length + 1).fill(0), bootstraps: 0, seconds: 0, decided: undefined },
  ];
  for (let index = steps.length - 1; index >= 0; --index) {
    const step = steps[index]!;
    const value = index + 1;
    const begin = (state: State, after: number): State[] => {
      const level = after + levelsOf(step);
      if (level > levelsAfter) return [];
      const needs = state.needs.slice(0, value);
      for (const source of step.sources) if (source > 0) needs[source] = Math.max(needs[source]!, level);
      return [{ ...state, needs, seconds: state.seconds + secondsOf(index, level) }];
    };
    states = undominated(
      states.flatMap((state) => {
        const need = state.needs[value]!;
        if (need === 0) return begin(state, 0);
        const refreshed: State = {
          ...state,
          bootstraps: state.bootstraps + bootstrapsOf(value),
          decided: { value, rest: state.decided },
        };
        return [...begin(state, need), ...begin(refreshed, 0)];
      }),
    );
  }
  const [best] = states;
  if (best === undefined) throw new Error('A step spends more levels than a bootstrap gives.');
  const values: number[] = [];
  for (let { decided } = best; decided !== undefined; decided = decided.rest) values.push(decided.value);
  return {
    values,
    levels: placeLevels(steps, { bootstrapped: new Set(values), lowest: 0 }),
    bootstraps: best.bootstraps,
  };
}
