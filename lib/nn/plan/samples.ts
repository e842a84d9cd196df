import type { KeyBudget } from '../../ckks/bootstrapping.js';
import { CkksParameters } from '../../ckks/parameters.js';
import {
  costShapeOf,
  firstPlan,
  keyBytesOf,
  keySizeOf,
  planOf,
  planSteps,
  tooManyKeyBytes,
} from './candidate.js';
import type { Decisions } from './candidate.js';
import { bootstrappedSchedules, bootstrappedSlots, keyBudgets } from './bootstrapped-schedule.js';
import { chooseSet } from './chosen-set.js';
import type { PlannerOptions, SetRequest } from './chosen-set.js';
import { LevelCosts, nonlinearWork, secondsOf, sumOfWork, timesWork } from './cost.js';
import type { CostShape, Work } from './cost.js';
import type { NoisyStep } from './noise.js';
import { highestNonlinearLevel, samplesOf, slotMagnitude } from './plan.js';
import type { Plan, PlanStep, SamplesPacking } from './plan.js';
import { highestSplitLevel, plainSchedule, scheduleFrom } from './schedule.js';
import type { Schedule } from './schedule.js';
import { rowEntriesOf } from './step-shape.js';
import type { StepShape } from './step-shape.js';

// Packing by samples: a ciphertext is one feature of many samples.

const noisy = (step: StepShape): NoisyStep =>
  step.kind === 'linear' ? { kind: 'linear', sources: step.sources, rowEntries: rowEntriesOf(step) } : step;

/** What is planned. */
export interface SamplesTask {
  readonly shapes: readonly StepShape[];
  readonly inputs: number;
  readonly options: PlannerOptions;
}

/** What a step needs that begins at its level. */
function workOf(step: PlanStep, pairs: boolean, costs: CostShape): Work {
  const at = new LevelCosts(costs, step.level);
  if (step.kind === 'linear')
    return at.linear(
      step.units,
      step.entries.reduce((sum, count) => sum + count, 0),
    );
  const each = nonlinearWork(step, costs);
  if (!pairs) return timesWork(step.units, each);
  // A conjugation a source takes two samples apart.
  return sumOfWork([
    timesWork(2 * step.units, each),
    timesWork(step.sources.length * step.units, at.keySwitch),
  ]);
}

const hasProducts = (shapes: readonly StepShape[]): boolean => shapes.some((step) => step.kind !== 'linear');

/** Whether two samples share a slot: where a request fills more than the slots, and products are what costs. */
const wantsPairs = ({ shapes, options }: SamplesTask, slots: number): boolean =>
  hasProducts(shapes) && options.samples > slots;

/** What is the same for all plans, or said of those with bootstraps. */
interface Choices {
  /** Of a ciphertext; those of the ring if undefined. */
  readonly slots?: number;
  /** Of bootstrapping. */
  readonly keys: KeyBudget;
}

function requestOf(task: SamplesTask, schedule: Schedule, { slots, keys }: Choices): SetRequest {
  const products = hasProducts(task.shapes);
  return {
    schedule,
    keys,
    slots: slots ?? 1,
    keySwitching: products,
    // The slots of the ring are not known before there is a set.
    pairs: slots === undefined ? products : wantsPairs(task, slots),
    steps: task.shapes.map(noisy),
  };
}

/** The plan with these levels. */
async function planWithSchedule(task: SamplesTask, wanted: Schedule, choices: Choices): Promise<Plan> {
  const { shapes, inputs, options } = task;
  const { slots, keys: budget } = choices;
  const bootstraps = wanted.bootstraps.length > 0;
  const set = await chooseSet(requestOf(task, wanted, choices), options);
  const pairs = wantsPairs(task, slots ?? 2 ** (set.literal.logN - 1));
  const magnitude = Math.max(set.literal.magnitude!, options.bounds.input * slotMagnitude(pairs));
  const literal = { ...set.literal, magnitude };
  using parameters = await CkksParameters.create(literal);
  const schedule = scheduleFrom(wanted, shapes, parameters.literal);
  const steps = planSteps(shapes, schedule.levels, inputs);
  const costs = costShapeOf(parameters);
  const highest = highestNonlinearLevel(shapes, schedule.levels);
  const split = highestSplitLevel(steps, schedule);
  const keys = { relinearization: highest, conjugation: pairs ? highest : split, rotations: [] };
  const packing: SamplesPacking = { kind: 'samples', pairs };
  const decisions: Decisions = {
    packing,
    inputs,
    steps,
    schedule,
    keys,
    bootstrappingKeys: budget,
    keySizes: keySizeOf(parameters, keys, bootstraps ? budget : undefined),
    seconds: steps.map((step) => secondsOf(workOf(step, pairs, costs), costs.logN, options.machine)),
    reasons: [
      `packing by samples: a ciphertext holds one feature of up to ${samplesOf(packing, parameters.slots)} samples${pairs ? ', two a slot (real and imaginary part),' : ''} so weights are plain numbers and linear layers need no rotation; one sample costs as much as a full batch`,
    ],
  };
  const keyBytes = keyBytesOf(options, schedule);
  if (bootstraps && decisions.keySizes.memory > keyBytes)
    throw tooManyKeyBytes(decisions.keySizes.memory, keyBytes, 'Raise keyBytes.');
  return planOf(decisions, { ...set, literal }, parameters, options);
}

/** The plan of a network of this shape with one feature a ciphertext. */
export const planBySamples = (task: SamplesTask): Promise<Plan> =>
  planWithSchedule(task, plainSchedule(task.shapes), { keys: 'fast' });

/** The same with bootstraps. */
export async function planBySamplesWithBootstraps(task: SamplesTask): Promise<Plan> {
  const { shapes, inputs, options } = task;
  const slots = bootstrappedSlots(options.samples);
  const pairs = wantsPairs(task, slots);
  const atLevel0 = shapes.map(() => 0);
  const steps = planSteps(shapes, atLevel0, inputs);
  const unitsOf = (value: number): number => steps[value - 1]!.units;
  const schedules = await bootstrappedSchedules({
    shapes,
    options,
    // Two samples share a slot, and where they do not, two ciphertexts do.
    join: (value) => !pairs && unitsOf(value) > 1,
    operations: ({ value, joined }) => (joined ? Math.ceil(unitsOf(value) / 2) : unitsOf(value)),
    workOf: (index, level, costs) => workOf({ ...steps[index]!, level }, pairs, costs),
    request: (schedule) => requestOf(task, schedule, { slots, keys: 'fast' }),
  });
  return firstPlan(
    schedules.flatMap((schedule) =>
      keyBudgets.map((keys) => () => planWithSchedule(task, schedule, { slots, keys })),
    ),
  );
}
