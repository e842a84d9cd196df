import type { KeyBudget } from '../../ckks/bootstrapping.js';
import { ParameterError } from '../../errors.js';
import { bootstrappingSet } from './bootstrapping-set.js';
import type { PlannerOptions } from './chosen-set.js';
import { roughCosts, secondsOf } from './cost.js';
import type { CostShape, Work } from './cost.js';
import { powerAbove } from './layout.js';
import { placeBootstraps } from './placement.js';
import { levelsOf, placeLevels, readersOf, readingLevelOf } from './plan.js';
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

/** What schedules with bootstraps are made for. */
export interface ScheduleTask {
  readonly shapes: readonly StepShape[];
  /** Whether the ciphertexts of a value are to be bootstrapped two at a time, if they can be. */
  readonly join: (value: number) => boolean;
  /** Bootstraps of a value in a batch. */
  readonly operations: (bootstrap: PlanBootstrap) => number;
  /** Work of a step that begins at a level. */
  readonly workOf: (index: number, level: number, costs: CostShape) => Work;
  readonly options: PlannerOptions;
  /** Of a ciphertext. */
  readonly slots: number;
}

/** Key budgets of bootstrapping, in the order in which they are tried. */
export const keyBudgets: readonly KeyBudget[] = ['fast', 'small'];

/** Rings of 2^16 are those that bootstrap; fewer slots take less time. */
const kMostSlots = 2 ** 15;

/** Slots of a ciphertext that is bootstrapped, for requests of so many samples of so many slots. */
export const bootstrappedSlots = (samples: number, length = 1): number =>
  Math.max(2, length, Math.min(length * powerAbove(samples), kMostSlots));

/** The precision that sets are compared at, before errors are known. */
const kUsualPrecisionBits = 16;

/** Schedules are compared in this ring. */
const kUsualLogN = 16;

const roughSeconds = ({ workOf, options }: ScheduleTask, index: number, level: number): number =>
  secondsOf(workOf(index, level, roughCosts(kUsualLogN, level)), kUsualLogN, options.machine);

function scheduleAt(task: ScheduleTask, top: number): Schedule {
  const { shapes, join, operations } = task;
  const bootstrapAt = (value: number): PlanBootstrap => ({
    value,
    joined: join(value) && canJoin(shapes, value),
  });
  const placed = placeBootstraps({
    steps: shapes,
    levelsAfter: top,
    bootstrapsOf: (value) => operations(bootstrapAt(value)),
    secondsOf: (index, level) => roughSeconds(task, index, level),
  });
  const { levels, bootstraps } = placed;
  return { levels, top, bootstraps: placed.values.map(bootstrapAt), operations: bootstraps };
}

/** Seconds of a bootstrap to this level; undefined where no set has it. */
function bootstrapSeconds({ slots, options }: ScheduleTask, top: number): number | undefined {
  try {
    const set = bootstrappingSet({
      slots,
      levelsAfter: top,
      precisionBits: kUsualPrecisionBits,
      magnitude: Math.SQRT2,
      keys: 'fast',
      security: options.security,
    });
    return set.seconds(options.machine);
  } catch (error) {
    if (error instanceof ParameterError) return undefined;
    throw error;
  }
}

/**
 * Schedules with bootstraps, the one of the least predicted time first: of those with as many bootstraps the one with the
 * fewest levels after each; or the one of `options.bootstrapping.levelsAfter`. Throws ParameterError where no set has the
 * levels of a step.
 */
export function bootstrappedSchedules(task: ScheduleTask): Schedule[] {
  const { shapes, options } = task;
  const least = Math.max(...shapes.map(levelsOf));
  const tooFew = (what: string, remedy: string): ParameterError =>
    new ParameterError(
      'PARAMETERS_INVALID',
      `A step of this network spends ${least} levels at once; ${what}. ${remedy}`,
      { needed: least },
    );
  if (typeof options.bootstrapping === 'object') {
    const { levelsAfter } = options.bootstrapping;
    if (levelsAfter < least)
      throw tooFew(
        `bootstrapping: { levelsAfter: ${levelsAfter} } gives fewer`,
        `Pass at least ${least}, or lower the degree of activations.`,
      );
    return [scheduleAt(task, levelsAfter)];
  }
  const depth = Math.max(...placeLevels(shapes));
  const rated: { readonly schedule: Schedule; readonly seconds: number }[] = [];
  for (let top = least; top < depth; ++top) {
    const each = bootstrapSeconds(task, top);
    if (each === undefined) break;
    const schedule = scheduleAt(task, top);
    const { levels, operations } = schedule;
    if (rated.some((other) => other.schedule.operations <= operations)) continue;
    const steps = levels.map((level, index) => roughSeconds(task, index, level));
    rated.push({ schedule, seconds: steps.reduce((sum, seconds) => sum + seconds, operations * each) });
  }
  if (rated.length === 0)
    throw tooFew('no parameter set has so many left after a bootstrap', 'Lower the degree of activations.');
  return rated.sort((a, b) => a.seconds - b.seconds).map(({ schedule }) => schedule);
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
