import { ParameterError } from '../../errors.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import { BootstrappingSets } from './bootstrapping-set.js';
import { fastestPlan } from './candidate.js';
import type { PlannerOptions } from './chosen-set.js';
import { planInterleaved, planInterleavedWithBootstraps } from './interleaved.js';
import { placeLevels } from './plan.js';
import type { Packing, Plan } from './plan.js';
import { planBySamples, planBySamplesWithBootstraps } from './samples.js';
import type { StepShape } from './step-shape.js';

/** What is planned, in any packing. */
interface Task {
  readonly shapes: readonly StepShape[];
  readonly inputShape: Shape;
  readonly inputs: number;
  readonly options: PlannerOptions;
}

type Attempts = Readonly<Record<Packing['kind'], (task: Task) => Promise<Plan | undefined>>>;

const plain: Attempts = { samples: planBySamples, interleaved: planInterleaved };
const bootstrapped: Attempts = {
  samples: planBySamplesWithBootstraps,
  interleaved: planInterleavedWithBootstraps,
};

/** The smallest ring that bootstraps: a plan in a smaller one is faster than any with bootstraps. */
const kLeastLogN = 16;

/** The fastest plan of the packings that may be taken. */
async function fastest(attempts: Attempts, task: Task): Promise<Plan> {
  const { packing, samples } = task.options;
  const kinds = packing === undefined ? (['samples', 'interleaved'] as const) : [packing];
  const plan = await fastestPlan(
    kinds.map((kind) => () => attempts[kind](task)),
    samples,
  );
  if (plan !== undefined) return plan;
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `A sample of this network does not fit the slots of one ciphertext. Use packing: 'samples'.`,
    { inputs: task.inputs },
  );
}

/** Whether bootstraps would have helped: a set was wanted with more levels than there are. */
const needsMoreLevels = (error: unknown): boolean =>
  error instanceof ParameterError && 'mostLevels' in error.details;

/**
 * Plans the encrypted evaluation of a network of this shape: packing, parameters, levels, bootstraps, keys, and what it will
 * cost. Looks at no weight. Tables of parameter sets are built on the way (and forgotten), no key is made. The packing is
 * the one with the least predicted server time for a typical request.
 */
export async function planNetwork(
  shapes: readonly StepShape[],
  inputShape: Shape,
  wanted: Omit<PlannerOptions, 'sets'>,
): Promise<Plan> {
  const options = { ...wanted, sets: new BootstrappingSets(wanted.machine) };
  const task: Task = { shapes, inputShape, inputs: sizeOf(inputShape), options };
  const { bootstrapping, samples } = options;
  if (bootstrapping === 'never') return fastest(plain, task);
  if (typeof bootstrapping === 'object') {
    const depth = Math.max(...placeLevels(shapes));
    return fastest(depth > bootstrapping.levelsAfter ? bootstrapped : plain, task);
  }
  let without: Plan;
  try {
    without = await fastest(plain, task);
  } catch (error) {
    if (!needsMoreLevels(error)) throw error;
    return fastest(bootstrapped, task);
  }
  if (without.parameters.logN < kLeastLogN) return without;
  const either = await fastestPlan(
    [() => Promise.resolve(without), () => fastest(bootstrapped, task)],
    samples,
  );
  return either!;
}
