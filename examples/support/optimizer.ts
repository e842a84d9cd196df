import { integerPower } from './arithmetic.js';

/** One block of parameters with its gradient and its Adam moments. */
export interface ParameterBlock {
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
  /** Decoupled weight decay, per step, as a part of the learning rate. */
  readonly decay: number;
}

const kMeanDecay = 0.9;
const kSquareDecay = 0.99;
const kWarmupSteps = 50;

/** The block that starts at `values`, which it keeps and changes. */
export function parameterBlock(values: Float64Array, decay: number): ParameterBlock {
  const zeros = (): Float64Array => new Float64Array(values.length);
  return { values, gradient: zeros(), mean: zeros(), square: zeros(), decay };
}

/** One step of Adam with decoupled weight decay (Loshchilov and Hutter, 2019); `step` counts from 1. Clears the gradients. */
export function adamStep(blocks: readonly ParameterBlock[], rate: number, step: number): void {
  const meanCorrection = 1 / (1 - integerPower(kMeanDecay, step));
  const squareCorrection = 1 / (1 - integerPower(kSquareDecay, step));
  for (const { values, gradient, mean, square, decay } of blocks) {
    for (let i = 0; i < values.length; ++i) {
      const g = gradient[i]!;
      const m = (mean[i]! += (1 - kMeanDecay) * (g - mean[i]!));
      const v = (square[i]! += (1 - kSquareDecay) * (g * g - square[i]!));
      const move = (m * meanCorrection) / (Math.sqrt(v * squareCorrection) + 1e-8);
      values[i]! -= rate * (move + decay * values[i]!);
      gradient[i] = 0;
    }
  }
}

/** From 1 to 0 over the steps, flat at both ends (the cubic that looks like a cosine), after a short linear rise. */
export function schedule(step: number, steps: number): number {
  const t = step / steps;
  return (1 - t * t * (3 - 2 * t)) * Math.min(1, step / kWarmupSteps);
}
