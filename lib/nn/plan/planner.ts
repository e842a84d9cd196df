import { ParameterError } from '../../errors.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import type { PlannerOptions } from './candidate.js';
import { requestSeconds } from './cost.js';
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
  const plans: Plan[] = [];
  const failures: ParameterError[] = [];
  const attempt = async (make: () => Promise<Plan | undefined>): Promise<void> => {
    try {
      const plan = await make();
      if (plan !== undefined) plans.push(plan);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      failures.push(error);
    }
  };
  if (options.packing !== 'interleaved')
    await attempt(() => planBySamples(shapes, sizeOf(inputShape), options));
  if (options.packing !== 'samples') await attempt(() => planInterleaved(shapes, inputShape, options));
  if (plans.length === 0)
    throw (
      failures[0] ??
      new ParameterError(
        'PARAMETERS_INVALID',
        `A sample of this network does not fit the slots of one ciphertext. Use packing: 'samples'.`,
        { inputs: sizeOf(inputShape) },
      )
    );
  return plans.reduce((a, b) =>
    requestSeconds(b, options.samples) < requestSeconds(a, options.samples) ? b : a,
  );
}
