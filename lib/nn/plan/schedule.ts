import { bootstrappingInputLevel } from '../../ckks/bootstrapping.js';
import type { CompleteLiteral } from '../../ckks/parameters.js';
import { placeLevels, readersOf, readingLevelOf } from './plan.js';
import type { PlanBootstrap, PlanStep } from './plan.js';
import type { StepShape } from './step-shape.js';

/** The level of every step of a network, and what is bootstrapped between them. */
export interface Schedule {
  /** At which each step begins. */
  readonly levels: readonly number[];
  /** The highest level that the parameters have. */
  readonly top: number;
  readonly bootstraps: readonly PlanBootstrap[];
  /** Bootstraps of a batch. */
  readonly operations: number;
}

/** Without bootstraps. */
export function plainSchedule(shapes: readonly StepShape[]): Schedule {
  const levels = placeLevels(shapes);
  return { levels, top: Math.max(...levels), bootstraps: [], operations: 0 };
}

/** The same bootstraps at the levels that a set has for them: no value is bootstrapped below the set's lowest level for that. */
export const scheduleFrom = (
  schedule: Schedule,
  shapes: readonly StepShape[],
  { bootstrapping }: Pick<CompleteLiteral, 'bootstrapping'>,
): Schedule => {
  const { bootstraps, top } = schedule;
  const lowest = bootstrapping ? bootstrappingInputLevel(bootstrapping) : 0;
  if (bootstraps.length === 0 || lowest === 0) return schedule;
  const bootstrapped = new Set(bootstraps.map(({ value }) => value));
  return { ...schedule, levels: placeLevels(shapes, { bootstrapped, lowest }), top: top + lowest };
};

type Steps = readonly { readonly kind: PlanStep['kind']; readonly sources: readonly number[] }[];

/** Whether only matrices read a value. */
const isReadByMatrices = (steps: Steps, value: number): boolean =>
  readersOf(steps, value - 1).every((reader) => steps[reader]!.kind === 'linear');

/** Whether two ciphertexts of a value can be joined: they come apart doubled, and a matrix has to hold the half. */
export const canJoin = (steps: Steps, value: number): boolean =>
  steps[value - 1]!.kind === 'linear' || isReadByMatrices(steps, value);

/** What the matrices of a linear step are multiplied with for the sake of joined values. */
export interface Halves {
  /** All that makes the result. */
  readonly result: number;
  /** The matrix of each source on top. */
  readonly sources: readonly number[];
}

/**
 * Where the doubling of joined values is taken back: in the matrices that read one if nothing else does, and in the one that
 * makes it otherwise (which costs a bit of the bootstrap's precision).
 */
export function halvesOf(steps: Steps, bootstraps: readonly PlanBootstrap[], index: number): Halves {
  const joined = new Set(bootstraps.flatMap((bootstrap) => (bootstrap.joined ? [bootstrap.value] : [])));
  const half = (value: number, readers: boolean): number =>
    joined.has(value) && isReadByMatrices(steps, value) === readers ? 0.5 : 1;
  return {
    result: half(index + 1, false),
    sources: steps[index]!.sources.map((source) => half(source, true)),
  };
}

/** The highest level at which joined values come apart, by a conjugation: that of whoever reads them; null where there is none. */
export function highestSplitLevel(
  steps: Steps,
  { bootstraps, levels }: Pick<Schedule, 'bootstraps' | 'levels'>,
): number | null {
  const split = bootstraps.flatMap(({ value, joined }) =>
    joined ? [readingLevelOf(steps, levels, value)] : [],
  );
  return split.length === 0 ? null : Math.max(...split);
}
