import type { Interval } from './interval.js';
import { minimax, minimaxError } from './minimax.js';
import type { Minimax } from './minimax.js';

/** The minimax polynomial of the smallest degree from 1 to `most` that keeps to a weighted error, if one does. */
export function smallestMinimax(
  f: (x: number) => number,
  interval: Interval,
  error: number,
  most: number,
  weight: (x: number) => number,
): Minimax | undefined {
  const reaches = (degree: number): boolean => minimaxError(f, [interval], degree, { weight }) <= error;
  let high = 1;
  while (high < most && !reaches(high)) high = Math.min(most, 2 * high + 1);
  let low = Math.floor(high / 2) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (reaches(middle)) high = middle;
    else low = middle + 1;
  }
  // What is measured is a little above the least error, and far above it where only rounding is left.
  for (let degree = high; degree <= Math.min(most, high + 2); ++degree) {
    const found = minimax(f, [interval], degree, { weight });
    if (found.maxError <= error) return found;
  }
  return undefined;
}
