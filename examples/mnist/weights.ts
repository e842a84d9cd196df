import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { activation, conv2d, dense, flatten } from '../../lib/nn/layers.js';
import type { Layer } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';
import type { Model } from '../../lib/nn/model.js';
import * as file from '../support/weights.js';
import type { Network } from './network.js';
import type { NetworkName } from './options.js';

/** Where the training was after its first steps, so that whoever repeats those can compare. */
export interface Checkpoint {
  readonly steps: number;
  /** SHA-256 of all parameters as little-endian doubles, in hexadecimal. */
  readonly sha256: string;
}

/** A trained network of the example: `mlp.json` or `cnn.json`, its values in 16 bits with one scale an array. */
export const weightsFile = (name: NetworkName): string =>
  fileURLToPath(new URL(`${name}.json`, import.meta.url));

/** The layers of a network in training as `sequential` takes them. */
export function toLayers({ architecture, layers: trained }: Network): Layer[] {
  const polynomial = [...architecture.activation];
  let flat = architecture.layers[0]!.kind === 'dense';
  return architecture.layers.flatMap((specification, index): Layer[] => {
    const { geometry, filters, weights, bias } = trained[index]!;
    const values = { weights: weights.values, bias: bias.values };
    const between = index === 0 ? [] : [activation({ polynomial })];
    if (specification.kind === 'conv2d') {
      const { kernel, stride } = specification;
      const { channels } = geometry.input;
      return [...between, conv2d({ channels, filters, kernel, stride, ...values })];
    }
    const reshape = flat ? [] : [flatten()];
    flat = true;
    return [...between, ...reshape, dense({ inputs: geometry.patch, units: filters, ...values })];
  });
}

/** The text of the weights file of a network. */
export function formatWeights(network: Network, checkpoint: Checkpoint): string {
  const { channels, height, width } = network.architecture.input;
  const inputShape =
    network.architecture.layers[0]!.kind === 'dense'
      ? [channels * height * width]
      : [channels, height, width];
  return file.formatWeights(toLayers(network), 'int16', { inputShape, checkpoint });
}

/** The network in the text of a weights file, its inputs pixels over 255, row by row. */
export function parseWeights(text: string): { readonly model: Model; readonly checkpoint: Checkpoint } {
  const { layers, facts } = file.parseWeights(text);
  const inputShape = facts.inputShape as readonly number[];
  return { model: sequential(layers, { inputShape }), checkpoint: facts.checkpoint as Checkpoint };
}

/** Reads a trained network of the example. */
export async function readWeights(name: NetworkName): Promise<Model> {
  return parseWeights(await readFile(weightsFile(name), 'utf8')).model;
}
