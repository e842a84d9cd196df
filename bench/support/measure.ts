import { median } from '../../examples/support/median.js';

/** Wall-clock milliseconds of the runs of one contender. */
export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly runs: number;
}

/** Runs its operation once and says how many milliseconds it took. */
export type Contender = () => Promise<number>;

const leastRuns = 9;
const mostRuns = 41;
const slowRuns = 3;
const slowMilliseconds = 10_000;
/** Short operations run more often than they must, as long as all of them together take no longer than this. */
const budgetMilliseconds = 3_000;

/** The value below which this part of them lies (0: the smallest, 1: the largest); the nearest one that is there. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((x, y) => x - y)[Math.round(part * (values.length - 1))]!;

export function summarize(milliseconds: readonly number[]): Timing {
  return { median: median(milliseconds), min: Math.min(...milliseconds), runs: milliseconds.length };
}

/**
 * Times contenders against each other, round by round: what else the machine does at a time meets all of them, and so
 * leaves their ratio nearly as it is. The order turns from round to round.
 */
export async function interleave(contenders: readonly Contender[]): Promise<Timing[]> {
  const first: number[] = [];
  for (const contender of contenders) first.push(await contender()); // compilers and caches warm up; not counted
  const slowest = Math.max(...first);
  const round = first.reduce((sum, x) => sum + x, 0);
  const wanted = Math.floor(budgetMilliseconds / (2 * round)); // each answer holds an untimed run too
  const rounds = slowest > slowMilliseconds ? slowRuns : Math.min(mostRuns, Math.max(leastRuns, wanted));
  const times: number[][] = contenders.map(() => []);
  for (let i = 0; i < rounds; i++) {
    for (let j = 0; j < contenders.length; j++) {
      const k = (i + j) % contenders.length;
      times[k]!.push(await contenders[k]!());
    }
  }
  return times.map(summarize);
}
