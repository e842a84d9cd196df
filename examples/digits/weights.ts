import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '../../lib/errors.js';
import { activation, dense } from '../../lib/nn/layers.js';
import type { Layer } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';
import type { ActivationName } from '../../lib/nn/activations.js';
import type { Model } from '../../lib/nn/model.js';

/**
 * A trained network as JSON: `{ schema: 1, layers }`, each layer `{ kind: 'dense', inputs, units, weights, bias }` or
 * `{ kind: 'activation', function }`; the arrays are little-endian float32 in base64, `weights` row by row, one row a unit.
 */
export const weightsFile = fileURLToPath(new URL('weights.json', import.meta.url));

/** A layer as it stands in the file; every field is checked where it is used. */
interface StoredLayer {
  readonly kind?: unknown;
  readonly function?: unknown;
  readonly inputs?: unknown;
  readonly units?: unknown;
  readonly weights?: unknown;
  readonly bias?: unknown;
}

const kBytes = Float32Array.BYTES_PER_ELEMENT;

function encodeVector(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * kBytes);
  values.forEach((value, i) => bytes.writeFloatLE(value, i * kBytes));
  return bytes.toString('base64');
}

function decodeVector(text: unknown, field: string): Float64Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length % kBytes !== 0) {
    const received = bytes === undefined ? typeof text : `${bytes.length} bytes`;
    throw new ArgumentError(`Expected float32 values in base64 for ${field} but received ${received}`, {
      field,
    });
  }
  return Float64Array.from({ length: bytes.length / kBytes }, (_, i) => bytes.readFloatLE(i * kBytes));
}

/** The text of the weights file. Weights are stored as float32: a network of other values does not come back unchanged. */
export function formatWeights(model: Model): string {
  const layers = model.nodes.map(({ layer }) =>
    layer.kind === 'dense'
      ? { ...layer, weights: encodeVector(layer.weights), bias: encodeVector(layer.bias) }
      : layer,
  );
  return `${JSON.stringify({ schema: 1, layers }, null, 2)}\n`;
}

/** The network in the text of a weights file. */
export function parseWeights(text: string): Model {
  const file = JSON.parse(text) as { readonly schema?: unknown; readonly layers?: unknown };
  if (file.schema !== 1 || !Array.isArray(file.layers)) {
    const received = `schema ${String(file.schema)}`;
    throw new ArgumentError(`Expected schema 1 with layers for a weights file but received ${received}`, {
      schema: file.schema,
    });
  }
  const layers = file.layers.map((layer: StoredLayer, index): Layer => {
    if (layer.kind === 'activation') return activation(layer.function as ActivationName);
    return dense({
      inputs: layer.inputs as number,
      units: layer.units as number,
      weights: decodeVector(layer.weights, `the weights of layer ${index}`),
      bias: decodeVector(layer.bias, `the bias of layer ${index}`),
    });
  });
  return sequential(layers);
}

/** Reads the trained network of the example. */
export async function readWeights(path = weightsFile): Promise<Model> {
  return parseWeights(await readFile(path, 'utf8'));
}
