import { freshDeviation, roundingDeviation, scalarDeviation } from '../../ckks/noise.js';
import type { PlanBounds, PlanStep } from './plan.js';

/**
 * The root mean square error of a slot after all steps, for any weights within the public bounds, at one scale 2^logScale.
 * Deviations add, since hidden values share the errors of the inputs.
 */
export function predictDeviation(
  steps: readonly PlanStep[],
  bounds: PlanBounds,
  logN: number,
  logScale: number,
): number {
  const n = 2 ** logN;
  const scale = 2 ** logScale;
  const rounding = roundingDeviation(n, scale);
  let deviation = freshDeviation(n, scale);
  let magnitude = bounds.input;
  steps.forEach((step, index) => {
    if (step.kind === 'dense') {
      const norm = index === steps.length - 1 ? bounds.outputNorm : bounds.hiddenNorm;
      deviation = norm * deviation + step.inputs * magnitude * scalarDeviation(scale) + rounding;
      magnitude = 1;
    } else if (step.kind === 'square') {
      deviation = 2 * deviation + 2 * rounding;
    } else {
      // Markov: a polynomial within [-1, 1] there has a derivative of at most degree²; and each product rounds.
      deviation = step.degree ** 2 * (deviation + 2 * step.degree * rounding);
    }
  });
  return deviation;
}
