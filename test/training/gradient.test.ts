import test from 'ava';

import { fitActivation, seriesAt } from '../../lib/training/activation.js';
import { runInClear } from '../../lib/training/clear.js';
import { inputsOf } from '../../lib/training/model.js';
import type { NetworkLayout } from '../../lib/training/network.js';
import { packBatch, packWeights, unpackOutputs, unpackWeights } from '../../lib/training/packing.js';
import { derivePlan } from '../../lib/training/plan.js';
import { completeTask } from '../../lib/training/task.js';
import type { CompleteTask, TrainingTask } from '../../lib/training/task.js';
import { largestDifference, sequence } from '../ckks/support.js';
import { rowsOf, sigmoid } from './support.js';

// Everything here is the packed program on clear slots, against the network written down directly.

/** ∫ p from 0 to a sum, by Simpson's rule: what the cross-entropy becomes where the sigmoid is a polynomial p. */
function integral(p: (x: number) => number, end: number): number {
  const pieces = 64;
  const h = end / pieces;
  const weight = (i: number): number => (i === 0 || i === pieces ? 1 : i % 2 === 1 ? 4 : 2);
  return (h / 3) * Array.from({ length: pieces + 1 }, (_, i) => weight(i) * p(i * h)).reduce((a, b) => a + b);
}

/** The mean loss of the network with its polynomials, and its outputs. */
function evaluate(
  { model, loss, batch }: CompleteTask,
  weights: readonly Float64Array[],
  features: Float64Array,
  labels: Float64Array,
): { loss: number; outputs: Float64Array } {
  const functions = model.layers.map(({ activation }) => {
    const fit = fitActivation(activation);
    return (x: number): number => (fit === undefined ? x : seriesAt(fit.value, x / activation.interval));
  });
  const outputs: number[] = [];
  let total = 0;
  for (let row = 0; row < batch; ++row) {
    let values = [...features.subarray(row * model.inputs, (row + 1) * model.inputs)];
    let sums: number[] = [];
    for (const [l, { units, bias }] of model.layers.entries()) {
      const inputs = bias ? [...values, 1] : values;
      sums = Array.from({ length: units }, (_, unit) =>
        inputs.reduce((sum, x, i) => sum + x * weights[l]![unit * inputs.length + i]!, 0),
      );
      values = sums.map(functions[l]!);
    }
    for (const [o, output] of values.entries()) {
      const label = labels[outputs.length]!;
      outputs.push(output);
      total +=
        loss === 'squared'
          ? (output - label) ** 2 / 2
          : integral(functions.at(-1)!, sums[o]!) - label * sums[o]!;
    }
  }
  return { loss: total / batch, outputs: Float64Array.from(outputs) };
}

const widths = (
  units: readonly number[],
  batch: number,
  loss: TrainingTask['loss'] = 'squared',
  bias = true,
): TrainingTask => ({
  model: {
    inputs: units[0]!,
    inputBound: 1,
    layers: units
      .slice(1)
      .map((count) => ({ units: count, activation: sigmoid(7, 4), weightBound: 3, bias })),
  },
  loss,
  optimizer: { kind: 'gradientDescent' },
  learningRate: 0.5,
  batch,
});

type Layout = Partial<NetworkLayout> & Pick<NetworkLayout, 'slots' | 'firstInputs'>;

const cases: readonly (readonly [string, TrainingTask, Layout])[] = [
  [
    'logistic regression',
    widths([5, 1], 13, 'crossEntropy'),
    { slots: 128, firstInputs: 8, mergedOutputs: false },
  ],
  ['logistic regression, gathered', widths([5, 1], 13, 'crossEntropy'), { slots: 128, firstInputs: 8 }],
  ['several ciphertexts of rows', widths([5, 1], 40), { slots: 128, firstInputs: 8, mergedOutputs: false }],
  ['several outputs', widths([5, 3], 13), { slots: 128, firstInputs: 8, mergedOutputs: false }],
  [
    'one hidden layer',
    widths([6, 7, 1], 13, 'crossEntropy'),
    { slots: 256, firstInputs: 8, mergedOutputs: false },
  ],
  ['one hidden layer, gathered', widths([6, 7, 1], 40), { slots: 256, firstInputs: 8 }],
  ['three layers', widths([6, 7, 3, 2], 40), { slots: 256, firstInputs: 8 }],
  [
    'three layers, left apart',
    widths([6, 7, 3, 2], 40),
    { slots: 256, firstInputs: 8, mergedOutputs: false },
  ],
  [
    'three layers, features with copies',
    widths([6, 7, 3, 2], 40),
    { slots: 256, firstInputs: 8, expandedInputs: true },
  ],
  ['inputs in four blocks', widths([13, 7, 3, 2], 40), { slots: 256, firstInputs: 4 }],
  ['blocks with copies', widths([13, 7, 3, 2], 21), { slots: 128, firstInputs: 4, expandedInputs: true }],
  ['more rows than slots', widths([6, 7, 3, 2], 150), { slots: 256, firstInputs: 8 }],
  ['few rows in many slots', widths([6, 7, 3, 2], 3), { slots: 1024, firstInputs: 8, mergedOutputs: false }],
  ['a layer that widens', widths([4, 3, 6, 2], 21), { slots: 256, firstInputs: 8, mergedOutputs: false }],
  ['no biases', widths([8, 8, 4, 2], 21, 'squared', false), { slots: 256, firstInputs: 8 }],
  ['no place for a second row', widths([6, 7, 3, 2], 5), { slots: 64, firstInputs: 8 }],
];

for (const [name, given, layout] of cases)
  test(`gradients are those of finite differences, outputs those of the network: ${name}`, (t) => {
    const task = completeTask(given);
    const derived = derivePlan({
      task,
      layout: { expandedInputs: false, mergedOutputs: true, ...layout },
      stepsPerRefresh: 1,
      bootstrapped: { training: [], inference: [] },
    });
    const { features, labels } = rowsOf(task, 3);
    const uniform = sequence(4);
    const weights = task.model.layers.map(({ units }, l) => uniform(units * inputsOf(task.model, l), 0.4));
    const packed = packBatch(derived, { features, labels });
    const inputs = {
      state: packWeights(derived, weights),
      features: () => packed.features,
      labels: () => packed.labels,
      rate: () => 0.5,
    };
    const [state] = runInClear(derived.training, inputs).results as [readonly Float64Array[]];
    const next = unpackWeights(derived, state);
    const h = 1e-4;
    for (const [l, layer] of weights.entries())
      for (let i = 0; i < layer.length; i += 3) {
        const at = (by: number): number => {
          const moved = weights.map((w) => Float64Array.from(w));
          moved[l]![i]! += by;
          return evaluate(task, moved, features, labels).loss;
        };
        const expected = (at(h) - at(-h)) / (2 * h);
        const got = (layer[i]! - next[l]![i]!) / 0.5;
        t.true(Math.abs(got - expected) < 1e-8, `layer ${l}, weight ${i}: ${got} for ${expected}`);
      }
    // Every copy of a weight is the same, and there is nothing where there is no weight.
    for (const [k, slots] of packWeights(derived, next).entries())
      t.true(largestDifference(slots, state[k]!) < 1e-12);
    const [outputs] = runInClear(derived.inference, inputs).results as [readonly Float64Array[]];
    const { outputs: expected } = evaluate(task, weights, features, labels);
    t.true(largestDifference(unpackOutputs(derived, outputs, task.batch), expected) < 1e-12);
  });

test('the derivative that is fitted for itself is close to that of the function', (t) => {
  const fit = fitActivation({ function: 'tanh', degree: 15, interval: 4, derivative: 'fitted' })!;
  for (let x = -4; x <= 4; x += 0.125)
    t.true(Math.abs(seriesAt(fit.derivative, x / 4) - (1 - Math.tanh(x) ** 2)) < 0.03, `${x}`);
  t.is(fitActivation({ function: 'identity', degree: 7, interval: 4, derivative: 'exact' }), undefined);
});
