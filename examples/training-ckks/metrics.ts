import type { Loss } from '../../lib/training/index.js';

/** The mean loss over rows; outputs of a sigmoid that is used for cross-entropy are strictly between 0 and 1. */
export function meanLoss(loss: Loss, outputs: ArrayLike<number>, labels: Float64Array, rows: number): number {
  // float32 rounds outputs near 0 and 1 to them.
  const kLeast = 1e-7;
  const log = (p: number): number => Math.log(Math.max(kLeast, p));
  let sum = 0;
  labels.forEach((label, i) => {
    const output = outputs[i]!;
    sum +=
      loss === 'squared' ? (output - label) ** 2 / 2 : -label * log(output) - (1 - label) * log(1 - output);
  });
  return sum / rows;
}

/** The part of the rows that are answered rightly: the largest output of several, above ½ or not of one. */
export function accuracy(outputs: ArrayLike<number>, labels: Float64Array, rows: number): number {
  const width = labels.length / rows;
  const largest = (values: ArrayLike<number>, start: number): number => {
    let at = 0;
    for (let k = 1; k < width; ++k) if (values[start + k]! > values[start + at]!) at = k;
    return at;
  };
  const answer = (values: ArrayLike<number>, row: number): number =>
    width === 1 ? Number(values[row]! > 0.5) : largest(values, row * width);
  let right = 0;
  for (let row = 0; row < rows; ++row) if (answer(outputs, row) === answer(labels, row)) ++right;
  return right / rows;
}

/**
 * The area under the receiver operating characteristic: the probability that a row with label 1 scores above one with label 0,
 * ties counted half (Mann and Whitney's U).
 */
export function areaUnderCurve(scores: ArrayLike<number>, labels: Float64Array): number {
  const order = Array.from({ length: labels.length }, (_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
  let below = 0;
  let pairs = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    let ones = 0;
    for (; end < order.length && scores[order[end]!] === scores[order[start]!]; ++end)
      ones += labels[order[end]!]!;
    const zeros = end - start - ones;
    pairs += ones * (below + zeros / 2);
    below += zeros;
    start = end;
  }
  return pairs / (below * (labels.length - below));
}
