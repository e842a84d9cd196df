import type { PlanBounds, PlanStep } from './plan.js';

const sigma = 3.19;

/**
 * The root mean square error of a slot after all steps, for any weights within the public bounds, at one scale 2^logScale:
 * the formulas of native/ckks/noise.hpp, before there are parameters. Deviations add, since hidden values share the
 * errors of the inputs.
 */
export function predictDeviation(
  steps: readonly PlanStep[],
  bounds: PlanBounds,
  logN: number,
  logScale: number,
): number {
  const n = 2 ** logN;
  const scale = 2 ** logScale;
  const rounding = Math.sqrt((n * (1 + (2 * n) / 3)) / 12) / scale;
  let deviation = Math.sqrt(n * (sigma * sigma + 1 / 12)) / scale; // a fresh encryption under the secret key
  let magnitude = bounds.input;
  steps.forEach((step, index) => {
    if (step.kind === 'dense') {
      const norm = index === steps.length - 1 ? bounds.outputNorm : bounds.hiddenNorm;
      deviation = norm * deviation + (step.inputs * magnitude * 0.5) / scale + rounding;
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

/** The factor from a deviation to what no slot exceeds but with probability 2^-40 (native/ckks/noise.cpp). */
export function tailFactor(slots: number): number {
  const target = Math.log(slots) + 40 * Math.LN2;
  let t = 20;
  for (let i = 0; i < 8; ++i) t = (target + 0.5 * Math.log(Math.PI * t)) / 2;
  return t;
}
