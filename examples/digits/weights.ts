import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sequential } from '../../lib/nn/model.js';
import type { Model } from '../../lib/nn/model.js';
import * as file from '../support/weights.js';

/** The trained network of the example, its values in float32. */
export const weightsFile = fileURLToPath(new URL('weights.json', import.meta.url));

/** The text of the weights file. Weights are stored as float32: a network of other values does not come back unchanged. */
export function formatWeights(model: Model): string {
  return file.formatWeights(
    model.nodes.map(({ layer }) => layer),
    'float32',
  );
}

/** The network in the text of a weights file. */
export function parseWeights(text: string): Model {
  return sequential(file.parseWeights(text).layers);
}

/** Reads the trained network of the example. */
export async function readWeights(path = weightsFile): Promise<Model> {
  return parseWeights(await readFile(path, 'utf8'));
}
