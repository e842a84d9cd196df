import type { TrainingTask } from '../../lib/training/index.js';
import type { Samples, Split } from './data.js';
import { digitFeatures, digitsModel, digitsStart, prepareDigits } from './digits.js';
import type { DigitFeatures } from './digits.js';
import { fittedResponses, outputsOf, trainingSteps } from './float32.js';
import { accuracy } from './metrics.js';
import { sliceSamples } from './prepare.js';

// How the settings of the digits were chosen: cross-validation on training rows alone, with the polynomials of the plan in the
// clear. Folds are runs of rows, since writers follow each other in the file: a network is judged on writers it has not seen, as
// the test rows do. --choose runs it.

/** What a training is run with, its start aside. */
export interface Setting {
  readonly features: DigitFeatures;
  readonly learningRate: number;
  readonly momentum: number;
}

/** What was chosen, and its mean accuracy over the folds. */
export interface Choice extends Setting {
  readonly seed: number;
  readonly steps: number;
  readonly accuracy: number;
}

/** What is chosen among. */
export interface Grid {
  readonly settings: readonly Setting[];
  readonly seeds: readonly number[];
  /** Settings are compared by so many of the seeds. */
  readonly seedsOfSettings: number;
  readonly folds: number;
  /** Trainings are compared by their mean accuracy over these steps: that of one step is noise. */
  readonly leastSteps: number;
  readonly mostSteps: number;
  /** The fewest steps are taken whose accuracy is less than this below the best. */
  readonly tolerance: number;
}

/** Rate and momentum, rate / (1 − momentum) about 10: far less takes more steps, more leaves the intervals. */
const kRates = [
  [1, 0.9],
  [2, 0.8],
  [3, 0.7],
  [4, 0.5],
] as const;

/** The grid whose choice tasks.ts has. */
export const digitsGrid: Grid = {
  settings: digitFeatures.flatMap((features) =>
    kRates.map(([learningRate, momentum]) => ({ features, learningRate, momentum })),
  ),
  seeds: Array.from({ length: 12 }, (_, i) => i + 1),
  seedsOfSettings: 3,
  folds: 4,
  leastSteps: 16,
  mostSteps: 45,
  tolerance: 0.0025,
};

/** Each run of rows for the test once, the others to train on. */
export function contiguousFolds(rows: Samples, count: number): Split[] {
  return Array.from({ length: count }, (_, k) => {
    const from = Math.floor((k * rows.rows) / count);
    const to = Math.floor(((k + 1) * rows.rows) / count);
    return { training: sliceSamples(rows, [0, from], [to, rows.rows]), test: sliceSamples(rows, [from, to]) };
  });
}

/** Accuracy on the fold after every step; undefined where a sum leaves its interval or a weight its bound. */
function validate(split: Split, setting: Setting, seed: number, steps: number): Float64Array | undefined {
  const { learningRate, momentum } = setting;
  const { training, test } = prepareDigits(split, setting.features);
  const task: TrainingTask = {
    model: digitsModel,
    loss: 'squared',
    optimizer: { kind: 'nesterov', momentum },
    learningRate,
    batch: training.rows,
  };
  const { layers } = digitsModel;
  const result = new Float64Array(steps);
  let step = 0;
  for (const { weights, sums } of trainingSteps(task, fittedResponses(task), digitsStart(seed), training, {
    learningRate,
    momentum,
    steps,
  })) {
    const left = layers.some(
      ({ activation, weightBound }, l) =>
        !(sums[l]! <= activation.interval!) || !weights[l]!.every((w) => Math.abs(w) <= weightBound!),
    );
    if (left) return undefined;
    result[step++] = accuracy(outputsOf(digitsModel, weights, test.features), test.labels, test.rows);
  }
  return result;
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** Mean accuracy over the folds after every step; undefined where one of them fails. */
function crossValidate(
  folds: readonly Split[],
  setting: Setting,
  seed: number,
  steps: number,
): Float64Array | undefined {
  const curves: Float64Array[] = [];
  for (const fold of folds) {
    const curve = validate(fold, setting, seed, steps);
    if (curve === undefined) return undefined;
    curves.push(curve);
  }
  return Float64Array.from({ length: steps }, (_, step) => mean(curves.map((curve) => curve[step]!)));
}

/** The first of the largest. */
function best<T>(candidates: readonly T[], score: (candidate: T) => number): T {
  return candidates.reduce((most, candidate) => (score(candidate) > score(most) ? candidate : most));
}

/**
 * Chooses features, rate and momentum by a few starts, then one of the starts, then the number of steps; all by accuracy on
 * the folds of the training rows, which are all that it is given. The same rows and grid give the same choice.
 */
export function choose(
  training: Samples,
  grid: Grid,
  tell: (setting: Setting, accuracy: number | undefined) => void = () => undefined,
): Choice {
  const { settings, seeds, seedsOfSettings, leastSteps, mostSteps, tolerance } = grid;
  const folds = contiguousFolds(training, grid.folds);
  const score = (curve: Float64Array): number => mean(curve.subarray(leastSteps - 1));
  const scored = settings.flatMap((setting) => {
    const scores: number[] = [];
    for (const seed of seeds.slice(0, seedsOfSettings)) {
      const curve = crossValidate(folds, setting, seed, mostSteps);
      // A setting that fails with one start may fail on all rows.
      if (curve === undefined) break;
      scores.push(score(curve));
    }
    const all = scores.length === seedsOfSettings ? mean(scores) : undefined;
    tell(setting, all);
    return all === undefined ? [] : [{ setting, score: all }];
  });
  if (scored.length === 0) throw new Error('Every training left its intervals: the grid needs lower rates.');
  const { setting } = best(scored, (candidate) => candidate.score);
  const curves = seeds.flatMap((seed) => {
    const curve = crossValidate(folds, setting, seed, mostSteps);
    return curve === undefined ? [] : [{ seed, curve }];
  });
  const { seed, curve } = best(curves, (candidate) => score(candidate.curve));
  const enough = Math.max(...curve) - tolerance;
  const steps = curve.findIndex((value, index) => index + 1 >= leastSteps && value >= enough) + 1;
  return { ...setting, seed, steps, accuracy: curve[steps - 1]! };
}
