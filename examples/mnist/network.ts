import { parameterBlock } from '../support/optimizer.js';
import type { ParameterBlock } from '../support/optimizer.js';
import type { SeededRandom } from '../support/random.js';
import { gatherPatches, geometry, scatterPatches, shapeSize } from './geometry.js';
import type { Geometry, Shape } from './geometry.js';
import { multiplyTransposed, transpose } from './matrix.js';

/** The linear layers of a network, the same polynomial between any two of them. */
export interface Architecture {
  readonly input: Shape;
  readonly layers: readonly LinearSpecification[];
  /** Coefficients c0, c1, c2 of the activation c0 + c1·z + c2·z². */
  readonly activation: readonly [number, number, number];
}

export type LinearSpecification =
  | {
      readonly kind: 'conv2d';
      readonly filters: number;
      readonly kernel: readonly [number, number];
      readonly stride: number;
    }
  | { readonly kind: 'dense'; readonly units: number };

/** A linear layer in training: a dense layer is a convolution with one position. */
export interface LinearLayer {
  readonly geometry: Geometry;
  readonly filters: number;
  /** filters × patch. */
  readonly weights: ParameterBlock;
  readonly bias: ParameterBlock;
}

export interface Network {
  readonly architecture: Architecture;
  readonly layers: readonly LinearLayer[];
}

/** What one layer keeps of a batch between the two directions, and where it computes. */
interface LayerBuffers {
  readonly patches: Float64Array;
  /** rows × positions × filters: what the layer gives, before the activation. */
  readonly outputs: Float64Array;
  readonly activated: Float64Array;
  readonly outputGradient: Float64Array;
  readonly inputGradient: Float64Array;
  readonly transposedPatches: Float64Array;
  readonly transposedGradient: Float64Array;
  readonly patchGradient: Float64Array;
  readonly transposedWeights: Float64Array;
}

/** Room for batches of up to `rows` images. */
export interface Workspace {
  readonly rows: number;
  readonly layers: readonly LayerBuffers[];
}

/** A network with random weights and biases of zero. */
export function createNetwork(
  architecture: Architecture,
  weightDecay: number,
  random: SeededRandom,
): Network {
  let shape = architecture.input;
  const layers = architecture.layers.map((layer): LinearLayer => {
    const [filters, g] =
      layer.kind === 'conv2d'
        ? [layer.filters, geometry(shape, layer.kernel, layer.stride)]
        : [layer.units, geometry(shape, [shape.height, shape.width], 1)];
    shape = { channels: filters, height: g.outputHeight, width: g.outputWidth };
    return {
      geometry: g,
      filters,
      weights: parameterBlock(random.weights(filters, g.patch), weightDecay),
      bias: parameterBlock(new Float64Array(filters), 0),
    };
  });
  return { architecture, layers };
}

/** All parameters of a network, in the order of its layers. */
export const parameterBlocks = (network: Network): readonly ParameterBlock[] =>
  network.layers.flatMap(({ weights, bias }) => [weights, bias]);

export function createWorkspace(network: Network, rows: number): Workspace {
  const layers = network.layers.map(({ geometry: g, filters }): LayerBuffers => {
    const patches = rows * g.positions * g.patch;
    const outputs = rows * g.positions * filters;
    return {
      patches: new Float64Array(patches),
      outputs: new Float64Array(outputs),
      activated: new Float64Array(outputs),
      outputGradient: new Float64Array(outputs),
      inputGradient: new Float64Array(rows * shapeSize(g.input)),
      transposedPatches: new Float64Array(patches),
      transposedGradient: new Float64Array(outputs),
      patchGradient: new Float64Array(patches),
      transposedWeights: new Float64Array(filters * g.patch),
    };
  });
  return { rows, layers };
}

/**
 * The outputs of the network for images of height × width × channels numbers, `rows` of them. They lie in the workspace, as do
 * the outputs of every layer, until the next call.
 */
export function forward(
  network: Network,
  workspace: Workspace,
  images: Float64Array,
  rows: number,
): Float64Array {
  const [c0, c1, c2] = network.architecture.activation;
  let inputs = images;
  network.layers.forEach((layer, index) => {
    const { geometry: g, filters } = layer;
    const buffers = workspace.layers[index]!;
    const { patches, outputs, activated } = buffers;
    const positions = rows * g.positions;
    gatherPatches(patches, inputs, g, rows);
    const bias = layer.bias.values;
    for (let p = 0; p < positions; ++p) {
      for (let f = 0; f < filters; ++f) outputs[p * filters + f] = bias[f]!;
    }
    const sizes = { m: positions, n: filters, k: g.patch, accumulate: true };
    multiplyTransposed(outputs, patches, layer.weights.values, sizes);
    if (index + 1 < network.layers.length) {
      for (let i = 0; i < positions * filters; ++i) {
        const z = outputs[i]!;
        activated[i] = c0 + z * (c1 + c2 * z);
      }
    }
    inputs = activated;
  });
  return workspace.layers.at(-1)!.outputs;
}

/** Where pre-activations may lie freely: beyond ±comfort the loss rises by penalty · (their mean squared excess). */
export interface Range {
  readonly comfort: number;
  readonly penalty: number;
}

/**
 * Adds the gradient of the loss to the gradients of all parameters, after {@link forward} of the same batch.
 *
 * @param lossGradient - the loss by the outputs of the network, rows × outputs.
 */
export function backward(
  network: Network,
  workspace: Workspace,
  lossGradient: Float64Array,
  rows: number,
  range: Range,
): void {
  const [, c1, c2] = network.architecture.activation;
  let gradient = lossGradient;
  for (let index = network.layers.length - 1; index >= 0; --index) {
    const { geometry: g, filters, weights, bias } = network.layers[index]!;
    const buffers = workspace.layers[index]!;
    const { patches, outputs, outputGradient, transposedPatches, transposedGradient } = buffers;
    const positions = rows * g.positions;
    if (index + 1 < network.layers.length) {
      const factor = (2 * range.penalty) / (positions * filters);
      for (let i = 0; i < positions * filters; ++i) {
        const z = outputs[i]!;
        const excess = Math.max(0, Math.abs(z) - range.comfort) * Math.sign(z);
        outputGradient[i] = gradient[i]! * (c1 + 2 * c2 * z) + factor * excess;
      }
      gradient = outputGradient;
    }
    for (let p = 0; p < positions; ++p) {
      for (let f = 0; f < filters; ++f) bias.gradient[f]! += gradient[p * filters + f]!;
    }
    transpose(transposedGradient, gradient, positions, filters);
    transpose(transposedPatches, patches, positions, g.patch);
    const sizes = { m: filters, n: g.patch, k: positions, accumulate: true };
    multiplyTransposed(weights.gradient, transposedGradient, transposedPatches, sizes);
    if (index === 0) break;
    transpose(buffers.transposedWeights, weights.values, filters, g.patch);
    multiplyTransposed(buffers.patchGradient, gradient, buffers.transposedWeights, {
      m: positions,
      n: g.patch,
      k: filters,
    });
    scatterPatches(buffers.inputGradient, buffers.patchGradient, g, rows);
    gradient = buffers.inputGradient;
  }
}
