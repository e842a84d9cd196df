import { scalarFunction } from '../../lib/nn/activations.js';
import type { TrainedModel, TrainingTask, Weights } from '../../lib/training/index.js';
import type { ReferenceOptions } from './tasks.js';

// The same networks with the activations themselves in place of polynomials, every value that is stored rounded to float32: what
// training on encrypted data is held against.

type Network = readonly Float32Array[];

/** The derivative of an activation by the value it has. */
function slopeAt(name: string, value: number): number {
  switch (name) {
    case 'sigmoid':
      return value * (1 - value);
    case 'tanh':
      return 1 - value * value;
    default:
      throw new Error(`The reference has no derivative of ${name}.`);
  }
}

const activationOf = (
  name: TrainedModel['layers'][number]['activation']['function'],
): ((x: number) => number) => (name === 'identity' ? (x) => x : scalarFunction(name));

/** Values of every layer, rows × units; the features first. */
function forward(model: TrainedModel, network: Network, features: Float32Array): Float32Array[] {
  const rows = features.length / model.inputs;
  const values = [features];
  model.layers.forEach(({ units, activation, bias = true }, l) => {
    const before = values[l]!;
    const inputs = before.length / rows;
    const weights = network[l]!;
    const width = weights.length / units;
    const apply = activationOf(activation.function);
    const after = new Float32Array(rows * units);
    for (let row = 0; row < rows; ++row) {
      for (let unit = 0; unit < units; ++unit) {
        const start = unit * width;
        let sum = bias ? weights[start + inputs]! : 0;
        for (let i = 0; i < inputs; ++i) sum += weights[start + i]! * before[row * inputs + i]!;
        after[row * units + unit] = apply(sum);
      }
    }
    values.push(after);
  });
  return values;
}

/** rows × outputs. */
export function outputsOf(model: TrainedModel, weights: Weights, features: Float64Array): Float32Array {
  const network = weights.map((layer) => Float32Array.from(layer));
  return forward(model, network, Float32Array.from(features)).at(-1)!;
}

/** Gradients of the mean loss by the weights. */
function gradients(
  task: TrainingTask,
  network: Network,
  values: Float32Array[],
  labels: Float64Array,
): Float32Array[] {
  const { model, loss } = task;
  const rows = values[0]!.length / model.inputs;
  const outputs = values.at(-1)!;
  let errors = outputs.map((value, i) => value - labels[i]!);
  const result: Float32Array[] = [];
  for (let l = model.layers.length - 1; l >= 0; --l) {
    const { units, activation, bias = true } = model.layers[l]!;
    // Cross-entropy after a sigmoid: its slope cancels.
    const last = l === model.layers.length - 1;
    if (!(last && loss === 'crossEntropy'))
      errors = errors.map((error, i) => error * slopeAt(activation.function, values[l + 1]![i]!));
    const before = values[l]!;
    const inputs = before.length / rows;
    const width = network[l]!.length / units;
    const gradient = new Float32Array(units * width);
    const errorsBefore = new Float32Array(rows * inputs);
    for (let row = 0; row < rows; ++row) {
      for (let unit = 0; unit < units; ++unit) {
        const error = errors[row * units + unit]!;
        const start = unit * width;
        for (let i = 0; i < inputs; ++i) {
          gradient[start + i]! += (error * before[row * inputs + i]!) / rows;
          errorsBefore[row * inputs + i]! += error * network[l]![start + i]!;
        }
        if (bias) gradient[start + inputs]! += error / rows;
      }
    }
    result[l] = gradient;
    errors = errorsBefore;
  }
  return result;
}

/** Trains in float32 from the same start on the same rows: full batches, Nesterov's momentum. */
export function trainFloat32(
  task: TrainingTask,
  start: Weights,
  rows: { readonly features: Float64Array; readonly labels: Float64Array },
  { learningRate, momentum, steps, decay = 0 }: ReferenceOptions,
): Weights {
  const network = start.map((layer) => Float32Array.from(layer));
  const velocities = network.map((layer) => new Float32Array(layer.length));
  const features = Float32Array.from(rows.features);
  for (let step = 0; step < steps; ++step) {
    const values = forward(task.model, network, features);
    gradients(task, network, values, rows.labels).forEach((gradient, l) => {
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
  }
  return network.map((layer) => Float64Array.from(layer));
}
