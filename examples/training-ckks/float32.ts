import { scalarFunction } from '../../lib/nn/activations.js';
import { fitActivation, seriesAt } from '../../lib/training/activation.js';
import { completeTask } from '../../lib/training/task.js';
import type { TrainedModel, TrainingTask, Weights } from '../../lib/training/index.js';
import type { ReferenceOptions } from './tasks.js';

// The same networks trained in the clear without a plan, every value that is stored rounded to float32: with the activations
// themselves, what training on encrypted data is held against; with their polynomials, what settings are chosen by.

type Network = readonly Float32Array[];

/** What stands behind the sum of a unit. */
export interface Response {
  value(sum: number): number;
  /** The derivative at a sum, whose value is known. */
  slope(sum: number, value: number): number;
}

function exactResponse(name: TrainedModel['layers'][number]['activation']['function']): Response {
  switch (name) {
    case 'identity':
      return { value: (x) => x, slope: () => 1 };
    case 'sigmoid':
      return { value: scalarFunction(name), slope: (_, y) => y * (1 - y) };
    case 'tanh':
      return { value: scalarFunction(name), slope: (_, y) => 1 - y * y };
    default:
      throw new Error(`The reference has no derivative of ${name}.`);
  }
}

/** The activations themselves. */
export const exactResponses = ({ layers }: TrainedModel): Response[] =>
  layers.map(({ activation }) => exactResponse(activation.function));

/** The polynomials that a plan has in place of them. */
export const fittedResponses = (task: TrainingTask): Response[] =>
  completeTask(task).model.layers.map(({ activation }) => {
    const fitted = fitActivation(activation);
    if (fitted === undefined) return exactResponse('identity');
    const { interval } = activation;
    return {
      value: (x) => seriesAt(fitted.value, x / interval),
      slope: (x) => seriesAt(fitted.derivative, x / interval),
    };
  });

/** Sums of every layer and the values of them, rows × units; values begin with the features. */
interface Pass {
  readonly sums: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

function forward(
  model: TrainedModel,
  responses: readonly Response[],
  network: Network,
  features: Float32Array,
): Pass {
  const rows = features.length / model.inputs;
  const values = [features];
  const sums: Float32Array[] = [];
  model.layers.forEach(({ units, bias = true }, l) => {
    const before = values[l]!;
    const inputs = before.length / rows;
    const weights = network[l]!;
    const width = weights.length / units;
    const response = responses[l]!;
    const layerSums = new Float32Array(rows * units);
    const after = new Float32Array(rows * units);
    for (let row = 0; row < rows; ++row) {
      for (let unit = 0; unit < units; ++unit) {
        const start = unit * width;
        let sum = bias ? weights[start + inputs]! : 0;
        for (let i = 0; i < inputs; ++i) sum += weights[start + i]! * before[row * inputs + i]!;
        layerSums[row * units + unit] = sum;
        after[row * units + unit] = response.value(sum);
      }
    }
    sums.push(layerSums);
    values.push(after);
  });
  return { sums, values };
}

/** rows × outputs, with the activations themselves. */
export function outputsOf(model: TrainedModel, weights: Weights, features: Float64Array): Float32Array {
  const network = weights.map((layer) => Float32Array.from(layer));
  return forward(model, exactResponses(model), network, Float32Array.from(features)).values.at(-1)!;
}

/** Gradients of the mean loss by the weights. */
function gradients(
  task: TrainingTask,
  responses: readonly Response[],
  network: Network,
  { sums, values }: Pass,
  labels: Float64Array,
): Float32Array[] {
  const { model, loss } = task;
  const rows = values[0]!.length / model.inputs;
  let errors = values.at(-1)!.map((value, i) => value - labels[i]!);
  const result: Float32Array[] = [];
  for (let l = model.layers.length - 1; l >= 0; --l) {
    const { units, bias = true } = model.layers[l]!;
    // Cross-entropy after a sigmoid: its slope cancels.
    const last = l === model.layers.length - 1;
    if (!(last && loss === 'crossEntropy'))
      errors = errors.map((error, i) => error * responses[l]!.slope(sums[l]![i]!, values[l + 1]![i]!));
    const before = values[l]!;
    const inputs = before.length / rows;
    const weights = network[l]!;
    const width = weights.length / units;
    const gradient = new Float32Array(units * width);
    const errorsBefore = new Float32Array(rows * inputs);
    for (let row = 0; row < rows; ++row) {
      for (let unit = 0; unit < units; ++unit) {
        const error = errors[row * units + unit]!;
        const start = unit * width;
        for (let i = 0; i < inputs; ++i) {
          gradient[start + i]! += (error * before[row * inputs + i]!) / rows;
          errorsBefore[row * inputs + i]! += error * weights[start + i]!;
        }
        if (bias) gradient[start + inputs]! += error / rows;
      }
    }
    result[l] = gradient;
    errors = errorsBefore;
  }
  return result;
}

const largest = (values: Float32Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/** After a step. */
export interface ClearStep {
  readonly weights: Weights;
  /** The largest |sum| of each layer on the way there. */
  readonly sums: readonly number[];
}

/** Rows to train on, as Samples have them. */
export interface LabelledRows {
  readonly features: Float64Array;
  readonly labels: Float64Array;
}

/** Training from a start: full batches, Nesterov's momentum. Weights of a step are good until the next one. */
export function* trainingSteps(
  task: TrainingTask,
  responses: readonly Response[],
  start: Weights,
  rows: LabelledRows,
  { learningRate, momentum, steps, decay = 0 }: ReferenceOptions,
): Generator<ClearStep> {
  const network = start.map((layer) => Float32Array.from(layer));
  const velocities = network.map((layer) => new Float32Array(layer.length));
  const features = Float32Array.from(rows.features);
  for (let step = 0; step < steps; ++step) {
    const pass = forward(task.model, responses, network, features);
    gradients(task, responses, network, pass, rows.labels).forEach((gradient, l) => {
      const weights = network[l]!;
      const velocity = velocities[l]!;
      const { units, bias = true } = task.model.layers[l]!;
      const width = gradient.length / units;
      const isBias = (i: number): boolean => bias && i % width === width - 1;
      gradient.forEach((g, i) => {
        const change = learningRate * (g + (isBias(i) ? 0 : decay * weights[i]!));
        velocity[i] = momentum * velocity[i]! - change;
        weights[i]! += momentum * velocity[i] - change;
      });
    });
    yield { weights: network.map((layer) => Float64Array.from(layer)), sums: pass.sums.map(largest) };
  }
}

/** Weights after all steps, with the activations themselves. */
export function trainFloat32(
  task: TrainingTask,
  start: Weights,
  rows: LabelledRows,
  options: ReferenceOptions,
): Weights {
  let last = start;
  for (const { weights } of trainingSteps(task, exactResponses(task.model), start, rows, options))
    last = weights;
  return last;
}
