import { exp } from './arithmetic.js';

/**
 * The gradient of the cross-entropy at `logits`, in place, times `factor`.
 *
 * @param smoothing - the part of the target that is spread over all classes.
 */
export function crossEntropyGradient(
  logits: Float64Array,
  label: number,
  smoothing: number,
  factor: number,
): void {
  let largest = -Infinity;
  for (const value of logits) if (value > largest) largest = value;
  let sum = 0;
  for (let k = 0; k < logits.length; ++k) sum += logits[k] = exp(logits[k]! - largest);
  for (let k = 0; k < logits.length; ++k) {
    const target = smoothing / logits.length + (k === label ? 1 - smoothing : 0);
    logits[k] = factor * (logits[k]! / sum - target);
  }
}
