import type { KeyBudget } from '../../ckks/bootstrapping.js';
import { ParameterError } from '../../errors.js';
import { bootstrappedSet, neededPrecision } from './chosen-set.js';
import type { PlannerOptions, SetRequest } from './chosen-set.js';
import { roughCosts, secondsOf } from './cost.js';
import type { CostShape, Work } from './cost.js';
import { powerAbove } from './layout.js';
import { placeBootstraps } from './placement.js';
import { levelsOf, placeLevels } from './plan.js';
import type { PlanBootstrap } from './plan.js';
import { canJoin } from './schedule.js';
import type { Schedule } from './schedule.js';
import type { StepShape } from './step-shape.js';

// Which levels a bootstrap is to give, and where bootstraps stand then.

/** What schedules with bootstraps are made for. */
export interface ScheduleTask {
  readonly shapes: readonly StepShape[];
  /** Whether the ciphertexts of a value are to be bootstrapped two at a time, if they can be. */
  readonly join: (value: number) => boolean;
  /** Bootstraps of a value in a batch. */
  readonly operations: (bootstrap: PlanBootstrap) => number;
  /** Work of a step that begins at a level. */
  readonly workOf: (index: number, level: number, costs: CostShape) => Work;
  /** What a schedule wants of a set. */
  readonly request: (schedule: Schedule) => SetRequest;
  readonly options: PlannerOptions;
}

/** Key budgets of bootstrapping, in the order in which they are tried. */
export const keyBudgets: readonly KeyBudget[] = ['fast', 'small'];

/** Rings of 2^16 are those that bootstrap; fewer slots take less time, down to where nothing is left to save. */
const kMostSlots = 2 ** 15;
const kLeastSlots = 2 ** 4;

/** Slots of a ciphertext that is bootstrapped, for requests of so many samples of so many slots. */
export const bootstrappedSlots = (samples: number, length = 1): number =>
  Math.max(kLeastSlots, length, Math.min(length * powerAbove(samples), kMostSlots));

/** No set has more after a bootstrap. */
const kMostLevelsAfter = 60;

/** A ring and its key-switching primes. */
interface RoughRing {
  readonly logN: number;
  readonly specialLimbs: number;
}

/** Steps are compared here, before there is a set. */
const kUsualRing: RoughRing = { logN: 16, specialLimbs: 8 };

const roughSeconds = (
  { workOf, options }: ScheduleTask,
  { logN, specialLimbs }: RoughRing,
  index: number,
  level: number,
): number => secondsOf(workOf(index, level, roughCosts(logN, level, specialLimbs)), logN, options.machine);

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
    secondsOf: (index, level) => roughSeconds(task, kUsualRing, index, level),
  });
  const { levels, bootstraps } = placed;
  return { levels, top, bootstraps: placed.values.map(bootstrapAt), operations: bootstraps };
}

/** Predicted for the steps of a batch, without bootstraps. */
const stepSeconds = (task: ScheduleTask, ring: RoughRing, { levels }: Schedule): number =>
  levels.reduce((sum, level, index) => sum + roughSeconds(task, ring, index, level), 0);

/** As much as is asked of the set that a schedule would have. */
interface RoughSet extends RoughRing {
  /** Predicted, of one bootstrap. */
  readonly seconds: number;
}

/** The set, or why there is none. */
async function roughSet(task: ScheduleTask, schedule: Schedule): Promise<RoughSet | ParameterError> {
  const { options } = task;
  try {
    const request = task.request(schedule);
    const { literal, bootstrap } = await bootstrappedSet(request, neededPrecision(request, options), options);
    return { logN: literal.logN, specialLimbs: literal.logP.length, seconds: bootstrap.seconds };
  } catch (error) {
    if (error instanceof ParameterError) return error;
    throw error;
  }
}

/** The last place of a list before which a property holds, beginning with `first`, where it does. */
async function lastWhere(
  first: number,
  length: number,
  holds: (index: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [first, length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** One schedule for every number of bootstraps that there can be: the one with the fewest levels after each. */
function distinctSchedules(task: ScheduleTask, least: number): Schedule[] {
  const depth = Math.max(...placeLevels(task.shapes));
  const schedules: Schedule[] = [];
  for (let top = least; top < depth && top <= kMostLevelsAfter; ++top) {
    const schedule = scheduleAt(task, top);
    if (schedules.every(({ operations }) => schedule.operations < operations)) schedules.push(schedule);
  }
  if (schedules.length > 0) return schedules;
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `This network spends ${depth} levels in one step: there is no place for a bootstrap.`,
    { levels: depth },
  );
}

/**
 * Schedules with bootstraps, those of the least predicted time first. With more levels after each there are fewer bootstraps,
 * of which each takes longer, as do steps at higher levels. To find a set takes long, so the times of bootstraps are
 * interpolated between the fewest levels and the most that the same ring has room for; of those in larger rings, only the one
 * with the fewest bootstraps is looked at. With `options.bootstrapping.levelsAfter` there is one schedule. Throws
 * ParameterError where no set has the levels of a step.
 */
export async function bootstrappedSchedules(task: ScheduleTask): Promise<Schedule[]> {
  const { shapes, options } = task;
  const least = Math.max(...shapes.map(levelsOf));
  if (typeof options.bootstrapping === 'object') {
    const { levelsAfter } = options.bootstrapping;
    if (levelsAfter >= least) return [scheduleAt(task, levelsAfter)];
    throw new ParameterError(
      'PARAMETERS_INVALID',
      `A step of this network spends ${least} levels at once; bootstrapping: { levelsAfter: ${levelsAfter} } gives fewer. Pass at least ${least}, or lower the degree of activations.`,
      { levelsAfter, needed: least },
    );
  }
  const schedules = distinctSchedules(task, least);
  const known = new Map<number, Promise<RoughSet | ParameterError>>();
  const setOf = (index: number): Promise<RoughSet | ParameterError> => {
    const set = known.get(index) ?? roughSet(task, schedules[index]!);
    known.set(index, set);
    return set;
  };
  const first = await setOf(0);
  if (first instanceof ParameterError) throw first;
  const inRing = await lastWhere(0, schedules.length, async (index) => {
    const set = await setOf(index);
    return !(set instanceof ParameterError) && set.logN === first.logN;
  });
  const atAll = await lastWhere(
    inRing,
    schedules.length,
    async (index) => !((await setOf(index)) instanceof ParameterError),
  );
  const widest = (await setOf(inRing)) as RoughSet;
  const [low, high] = [schedules[0]!.top, schedules[inRing]!.top];
  const rated = schedules.slice(0, inRing + 1).map((schedule) => {
    const part = (schedule.top - low) / Math.max(1, high - low);
    const each = first.seconds + part * (widest.seconds - first.seconds);
    return { schedule, seconds: stepSeconds(task, widest, schedule) + schedule.operations * each };
  });
  if (atAll > inRing) {
    const schedule = schedules[atAll]!;
    const set = (await setOf(atAll)) as RoughSet;
    const seconds = stepSeconds(task, set, schedule) + schedule.operations * set.seconds;
    rated.push({ schedule, seconds });
  }
  return rated.sort((a, b) => a.seconds - b.seconds).map(({ schedule }) => schedule);
}
