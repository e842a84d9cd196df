import type { TrainedModel, Weights } from '../../lib/training/index.js';
import type { Split } from './data.js';
import { orientations, orientationCount } from './orientations.js';
import { centre, normalizeRows } from './prepare.js';
import { startWeights } from './start.js';

// The network on digits: what is given. What was chosen among is in choose.ts.

/** The side of an image, in pixels. */
const kSide = 8;
/** Pixels, or histograms of orientations: 64 of either. */
const kInputs = orientationCount;
/** The Euclidean length of a row, before the mean is taken off and it is enlarged. */
const kLength = 4.5;
const kFactor = 2.5;

const tanh = { function: 'tanh', interval: 8, degree: 15 } as const;

export const digitsModel: TrainedModel = {
  inputs: kInputs,
  inputBound: 8,
  layers: [
    { units: 32, activation: tanh, bias: false, weightBound: 2, errorBound: 0.5 },
    { units: 16, activation: tanh, bias: false, weightBound: 2, errorBound: 0.5 },
    {
      units: 10,
      activation: { function: 'sigmoid', interval: 14, degree: 15 },
      weightBound: 5,
      errorBound: 0.25,
    },
  ],
};

/** The start of a seed. */
export const digitsStart = (seed: number): Weights =>
  startWeights(seed, kInputs, [
    { units: 32, spread: 0.3 },
    { units: 16, spread: 1 },
    { units: 10, spread: 2.5, bias: -2.2 },
  ]);

/** What stands for an image: its pixels, a histogram of orientations, the square roots of one. */
export const digitFeatures = ['pixels', 'orientations', 'rootOrientations'] as const;
export type DigitFeatures = (typeof digitFeatures)[number];

/** Features brought to one length, less the mean of the training rows, enlarged. */
export function prepareDigits(split: Split, features: DigitFeatures): Split {
  const made =
    features === 'pixels' ? split : orientations(split, kSide, features === 'orientations' ? 1 : 0.5);
  return centre(normalizeRows(made, kInputs, kLength), kInputs, kFactor);
}
