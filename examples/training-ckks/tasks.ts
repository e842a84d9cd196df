import { ArgumentError } from '../../lib/errors.js';
import type { TrainingTask, Weights } from '../../lib/training/index.js';
import { refuse } from '../../lib/check.js';
import { readDigitSamples, readIcu, readMnistSamples, readWdbc } from './data.js';
import type { Split } from './data.js';
import { digitsModel, digitsStart, prepareDigits } from './digits.js';
import { shift, standardize } from './prepare.js';
import { startWeights } from './start.js';

/** How the same network is trained in float32, for comparison: nothing is held back there. */
export interface ReferenceOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly steps: number;
  /** L2 regularization of all weights but biases; 0 if absent. */
  readonly decay?: number;
}

/** One of the example's trainings. README.md says how its numbers were found. */
export interface ExampleTask {
  readonly title: string;
  readonly task: TrainingTask;
  readonly steps: number;
  readonly weights: Weights;
  readonly reference: ReferenceOptions;
  /** What is reported of answers beside their loss. */
  readonly measure: 'accuracy' | 'auc';
  /** Reads and prepares the data, as its owner does. */
  readonly data: (folder: string | undefined) => Promise<Split>;
}

const kSeed = 11;
/** Deviations from the mean beyond which a feature is clipped. */
const kWdbcClip = 2;
const kIcuClip = 5;
/** Of all pixels of all training images. */
const kMnistMean = 0.1307;
const kMnistBatch = 60;
const kMnistTested = 60;

const sigmoid = (interval: number, degree: number) => ({ function: 'sigmoid', interval, degree }) as const;
const tanh = (interval: number, degree: number) => ({ function: 'tanh', interval, degree }) as const;

function folderOf(folder: string | undefined, what: string): string {
  if (folder !== undefined) return folder;
  throw new ArgumentError(`This task needs --data FOLDER, the folder of ${what}.`);
}

const wdbc: ExampleTask = {
  title: 'Tumours, 30 features: logistic regression',
  task: {
    model: {
      inputs: 30,
      inputBound: kWdbcClip,
      layers: [{ units: 1, activation: sigmoid(20, 7), weightBound: 2, errorBound: 1.5 }],
    },
    loss: 'crossEntropy',
    optimizer: { kind: 'nesterov', momentum: 0.5 },
    learningRate: 0.8,
    batch: 455,
  },
  steps: 12,
  weights: startWeights(kSeed, 30, [{ units: 1, spread: 0, bias: 0 }]),
  reference: { learningRate: 0.3, momentum: 0.9, steps: 400, decay: 1 / 455 },
  measure: 'accuracy',
  data: async (folder) => standardize(await readWdbc(folder), 30, kWdbcClip),
};

const wdbcNetwork: ExampleTask = {
  ...wdbc,
  title: 'Tumours, 30 features: network 30–29–1',
  task: {
    model: {
      inputs: 30,
      inputBound: kWdbcClip,
      layers: [
        { units: 29, activation: tanh(6, 7), weightBound: 2, errorBound: 0.75 },
        { units: 1, activation: sigmoid(12, 7), weightBound: 2, errorBound: 1.5 },
      ],
    },
    loss: 'crossEntropy',
    optimizer: { kind: 'nesterov', momentum: 0.5 },
    learningRate: 0.4,
    batch: 455,
  },
  steps: 16,
  weights: startWeights(kSeed, 30, [
    { units: 29, spread: 0.3, bias: 0 },
    { units: 1, spread: 1, bias: 0 },
  ]),
  reference: { learningRate: 0.1, momentum: 0.9, steps: 400, decay: 1 / 455 },
};

/** What choose() makes of digitsGrid and the training rows. */
export const digitsChoice = {
  features: 'rootOrientations',
  learningRate: 3,
  momentum: 0.7,
  seed: 5,
  steps: 24,
} as const;

const digits: ExampleTask = {
  title: 'Digits of 8 × 8 pixels: network 64–32–16–10',
  task: {
    model: digitsModel,
    loss: 'squared',
    optimizer: { kind: 'nesterov', momentum: digitsChoice.momentum },
    learningRate: digitsChoice.learningRate,
    batch: 1437,
  },
  steps: digitsChoice.steps,
  weights: digitsStart(digitsChoice.seed),
  reference: {
    learningRate: digitsChoice.learningRate,
    momentum: digitsChoice.momentum,
    steps: digitsChoice.steps,
  },
  measure: 'accuracy',
  data: async (folder) => prepareDigits(await readDigitSamples(folder), digitsChoice.features),
};

const mnist: ExampleTask = {
  title: 'MNIST: network 784–128–32–10, mini-batches of 60',
  task: {
    model: {
      inputs: 784,
      inputBound: 1,
      layers: [
        { units: 128, activation: tanh(6, 7), bias: false, weightBound: 1, errorBound: 0.25 },
        { units: 32, activation: tanh(6, 7), bias: false, weightBound: 2, errorBound: 0.25 },
        { units: 10, activation: sigmoid(12, 7), weightBound: 4, errorBound: 0.25 },
      ],
    },
    loss: 'squared',
    optimizer: { kind: 'gradientDescent' },
    learningRate: 0.6,
    batch: kMnistBatch,
  },
  steps: 1,
  weights: startWeights(kSeed, 784, [
    { units: 128, spread: 1.5 },
    { units: 32, spread: 1.4 },
    { units: 10, spread: 2.5, bias: -1.5 },
  ]),
  reference: { learningRate: 0.6, momentum: 0, steps: 1 },
  measure: 'accuracy',
  data: async (folder) => {
    const from = folderOf(folder, 'the four gzipped idx files of MNIST');
    return shift(await readMnistSamples(from, kMnistBatch, kMnistTested), kMnistMean);
  },
};

const icu: ExampleTask = {
  title: 'Stays in intensive care, ten features: logistic regression',
  task: {
    model: {
      inputs: 10,
      inputBound: kIcuClip,
      layers: [{ units: 1, activation: sigmoid(10, 3), weightBound: 4, errorBound: 1.5 }],
    },
    loss: 'crossEntropy',
    optimizer: { kind: 'nesterov', momentum: 0.5 },
    learningRate: 3,
    batch: 4000,
  },
  steps: 8,
  weights: startWeights(kSeed, 10, [{ units: 1, spread: 0, bias: 0 }]),
  reference: { learningRate: 1, momentum: 0.9, steps: 400 },
  measure: 'auc',
  data: async (folder) => standardize(await readIcu(folderOf(folder, 'icu_mortality10.csv')), 10, kIcuClip),
};

/** Every training of the example by its name. */
export const exampleTasks = { wdbc, 'wdbc-network': wdbcNetwork, digits, mnist, icu } as const;

export type TaskName = keyof typeof exampleTasks;

/** The training of this name; refuses others. */
export function taskNamed(name: string): ExampleTask {
  if (!Object.hasOwn(exampleTasks, name)) refuse(Object.keys(exampleTasks).join(', '), '--task', name);
  return exampleTasks[name as TaskName];
}
