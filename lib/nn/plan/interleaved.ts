import type { KeyBudget } from '../../ckks/bootstrapping.js';
import { CkksParameters } from '../../ckks/parameters.js';
import type { KeySize } from '../../ckks/parameters.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import { arrange, linearWork, noisySteps, rotationKeys } from './arrangement.js';
import type { Arrangement } from './arrangement.js';
import { bootstrappedSchedules, bootstrappedSlots, keyBudgets } from './bootstrapped-schedule.js';
import {
  costShapeOf,
  fastestPlan,
  firstPlan,
  keyBytesOf,
  keySizeOf,
  planOf,
  planSteps,
  tooManyKeyBytes,
} from './candidate.js';
import type { Decisions } from './candidate.js';
import { chooseSet, promisedError, unreachable } from './chosen-set.js';
import type { ChosenSet, PlannerOptions, SetRequest } from './chosen-set.js';
import { nonlinearWork, roughCosts, secondsOf } from './cost.js';
import { powerAbove } from './layout.js';
import { highestNonlinearLevel } from './plan.js';
import type { Plan, PlanKeys, TransformStep } from './plan.js';
import { highestSplitLevel, plainSchedule, scheduleFrom } from './schedule.js';
import type { Schedule } from './schedule.js';
import type { StepShape } from './step-shape.js';

// Interleaved packing: a ciphertext is all features of a few samples, linear steps are transforms of its slots.

/** What is planned. */
export interface InterleavedTask {
  readonly shapes: readonly StepShape[];
  readonly inputShape: Shape;
  readonly options: PlannerOptions;
}

/** One way to do it. */
interface Task extends InterleavedTask {
  readonly schedule: Schedule;
  /** Of bootstrapping, if there is any. */
  readonly bootstrappingKeys: KeyBudget;
  /** Slots of a sample. */
  readonly length: number;
  /** Slots of a ciphertext at least. */
  readonly slots: number;
}

/** A key's weight starts at a fraction of a step's time and doubles until the keys fit their budget. */
const kFirstSecondsPerKey = 1e-6;
const kDoublings = 24;

interface Budgeted {
  readonly arrangement: Arrangement;
  readonly keys: PlanKeys;
  readonly keySizes: KeySize;
}

/** The cheapest arrangement under a parameter set whose keys fit their budget. */
function arrangeInBudget(task: Task, parameters: CkksParameters): Budgeted {
  const { shapes, schedule, length, options } = task;
  const { levels, bootstraps } = schedule;
  const costs = costShapeOf(parameters);
  const keyBytes = keyBytesOf(options, schedule);
  const budget = bootstraps.length > 0 ? task.bootstrappingKeys : undefined;
  let secondsPerKey = 0;
  for (let attempt = 0; ; ++attempt) {
    const weights = { costs, machine: options.machine, secondsPerKey };
    const arrangement = arrange({ ...task, levels }, weights)!;
    const keys = {
      relinearization: highestNonlinearLevel(shapes, levels),
      conjugation: highestSplitLevel(shapes, schedule),
      rotations: rotationKeys(arrangement, levels, parameters.slots / length),
    };
    const keySizes = keySizeOf(parameters, keys, budget);
    if (keySizes.memory <= keyBytes) return { arrangement, keys, keySizes };
    if (attempt === kDoublings)
      throw tooManyKeyBytes(keySizes.memory, keyBytes, "Raise keyBytes, or use packing: 'samples'.");
    secondsPerKey = secondsPerKey === 0 ? kFirstSecondsPerKey : 2 * secondsPerKey;
  }
}

/** Arrangements of one set hardly differ in their errors from those of the set before: the first round is nearly always the last. */
const kMostRounds = 8;

/** An arrangement for a set that errors did not choose; undefined where a sample needs more slots. */
const roughArrangement = (task: Task): Arrangement | undefined =>
  arrange(
    { ...task, levels: task.schedule.levels },
    {
      costs: roughCosts(Math.log2(task.length) + 1, task.schedule.top),
      machine: task.options.machine,
      secondsPerKey: 0,
    },
  );

const requestOf = (
  { shapes, schedule, slots, bootstrappingKeys }: Task,
  arrangement: Arrangement,
): SetRequest => ({
  schedule,
  keys: bootstrappingKeys,
  slots,
  keySwitching: true,
  pairs: false,
  steps: noisySteps(shapes, arrangement),
});

/** The plan for an arrangement that is about the one it will have: costs need a set, a set needs the errors, errors need the arrangement. */
async function planFrom(task: Task, rough: Arrangement): Promise<Plan> {
  const { options } = task;
  let { maxError } = options;
  let before = rough;
  for (let round = 0; round < kMostRounds; ++round) {
    const set = await chooseSet(requestOf(task, before), { ...options, maxError });
    using parameters = await CkksParameters.create(set.literal);
    const placed = { ...task, schedule: scheduleFrom(task.schedule, task.shapes, parameters.literal) };
    const budgeted = arrangeInBudget(placed, parameters);
    const promised = promisedError(requestOf(task, budgeted.arrangement), set, options);
    if (promised.sharedError <= options.maxError)
      return assemble(placed, budgeted, { ...set, ...promised }, parameters);
    before = budgeted.arrangement;
    maxError /= 2;
  }
  throw unreachable(options.maxError, maxError);
}

function assemble(
  { shapes, schedule, bootstrappingKeys, inputShape, length, options }: Task,
  { arrangement, keys, keySizes }: Budgeted,
  set: ChosenSet,
  parameters: CkksParameters,
): Plan {
  const costs = costShapeOf(parameters);
  const samples = parameters.slots / length;
  const inputs = sizeOf(inputShape);
  const steps = planSteps(shapes, schedule.levels, inputs, (index): TransformStep => {
    const { layout, transforms } = arrangement.linear.get(index)!;
    return { layout, babySteps: transforms.map((part) => part.split.babySteps) };
  });
  const seconds = steps.map((step, index) =>
    secondsOf(
      step.kind === 'linear' ? arrangement.linear.get(index)!.work : nonlinearWork(step, costs),
      costs.logN,
      options.machine,
    ),
  );
  const diagonals = [...arrangement.linear.values()].map((plan) =>
    plan.transforms.map((part) => String(part.diagonals)).join(' + '),
  );
  const decisions: Decisions = {
    packing: { kind: 'interleaved', length, samples, input: arrangement.input },
    inputs,
    steps,
    schedule,
    keys,
    bootstrappingKeys,
    keySizes,
    seconds,
    reasons: [
      `interleaved packing: a ciphertext holds all ${inputs} features of ${samples} samples, ${length} slots each; linear layers are transforms of the slots by ${diagonals.join(', ')} diagonals`,
      `${keys.rotations.length} rotation keys, each up to the level where it is used`,
    ],
  };
  return planOf(decisions, set, parameters, options);
}

/** Room beyond the widest value lets convolutions leave their results in place; the shortest length needs the least, so that its failure is the one to tell. */
function lengthsOf({ shapes, inputShape }: InterleavedTask): number[] {
  const widest = Math.max(
    sizeOf(inputShape),
    ...shapes.map((step) => (step.kind === 'linear' ? sizeOf(step.shape) : 1)),
  );
  const least = powerAbove(widest);
  return [least, 2 * least, 4 * least].filter((length) => length <= 2 ** 16);
}

/** The cheapest plan of a network of this shape with all features of a sample in one ciphertext; undefined if it is too wide. */
export function planInterleaved(given: InterleavedTask): Promise<Plan | undefined> {
  const schedule = plainSchedule(given.shapes);
  return fastestPlan(
    lengthsOf(given).map((length) => async () => {
      const task: Task = { ...given, schedule, bootstrappingKeys: 'fast', length, slots: length };
      const rough = roughArrangement(task);
      return rough && planFrom(task, rough);
    }),
    given.options.samples,
  );
}

/** The same with bootstraps. */
export function planInterleavedWithBootstraps(given: InterleavedTask): Promise<Plan | undefined> {
  const { shapes, options } = given;
  const attempt = async (length: number): Promise<Plan | undefined> => {
    const slots = bootstrappedSlots(options.samples, length);
    const plain: Task = {
      ...given,
      schedule: plainSchedule(shapes),
      bootstrappingKeys: 'fast',
      length,
      slots,
    };
    const rough = roughArrangement(plain);
    if (rough === undefined) return undefined;
    const schedules = await bootstrappedSchedules({
      shapes,
      options,
      // A value is one ciphertext: those of two batches go together.
      join: () => options.samples > slots / length,
      operations: ({ joined }) => (joined ? 0.5 : 1),
      workOf: (index, level, costs) => {
        const step = shapes[index]!;
        return step.kind === 'linear'
          ? linearWork(rough.linear.get(index)!, level, costs)
          : nonlinearWork({ ...step, level }, costs);
      },
      request: (schedule) => requestOf({ ...plain, schedule }, rough),
    });
    return firstPlan(
      schedules.flatMap((schedule) =>
        keyBudgets.map(
          (bootstrappingKeys) => () => planFrom({ ...plain, schedule, bootstrappingKeys }, rough),
        ),
      ),
    );
  };
  return fastestPlan(
    lengthsOf(given).map((length) => () => attempt(length)),
    options.samples,
  );
}
