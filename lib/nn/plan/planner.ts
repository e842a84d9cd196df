import { ParameterError } from '../../errors.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import { fastestPlan } from './candidate.js';
import type { PlannerOptions } from './candidate.js';
import { planInterleaved } from './interleaved.js';
import type { Plan } from './plan.js';
import { planBySamples } from './samples.js';
import type { StepShape } from './step-shape.js';

/**
 * Plans the encrypted evaluation of a network of this shape: packing, parameters, levels, keys, and what it will cost. Looks
 * at no weight. Tables of parameter sets are built on the way (and forgotten), no key is made. The packing is the one with
 * the least predicted server time for a typical request.
 */
export async function planNetwork(
  shapes: readonly StepShape[],
  inputShape: Shape,
  options: PlannerOptions,
): Promise<Plan> {
  const attempts = {
    samples: () => planBySamples(shapes, sizeOf(inputShape), options),
    interleaved: () => planInterleaved(shapes, inputShape, options),
  };
  const { packing, samples } = options;
  const plan = await fastestPlan(
    packing === undefined ? Object.values(attempts) : [attempts[packing]],
    samples,
  );
  if (plan !== undefined) return plan;
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `A sample of this network does not fit the slots of one ciphertext. Use packing: 'samples'.`,
    { inputs: sizeOf(inputShape) },
  );
}
