import { ArgumentError } from '../../lib/errors.js';
import type { ActivationFunction } from '../../lib/nn/activations.js';
import { activation, conv2d, dense, flatten, reshape } from '../../lib/nn/layers.js';
import type { Conv2dOptions, Layer } from '../../lib/nn/layers.js';
import type { Shape } from '../../lib/nn/shape.js';

/**
 * A trained network as JSON: `{ schema: 1, …, layers }`, the layers as `sequential` takes them. The arrays of a layer are
 * base64 of little-endian numbers: a string of float32, or `{ scale, int16 }`, whose values are scale · integer.
 */
export type Encoding = 'float32' | 'int16';

/** A layer as it stands in the file; every field is checked where it is used. */
type StoredLayer = Readonly<Record<string, unknown>>;

const kSchema = 1;
const kLargestInteger = 2 ** 15 - 1;

function encodeFloat32(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * Float32Array.BYTES_PER_ELEMENT);
  values.forEach((value, i) => bytes.writeFloatLE(value, i * Float32Array.BYTES_PER_ELEMENT));
  return bytes.toString('base64');
}

/** The smallest power of two that brings all values into 16 bits with their sign: rounding twice is rounding once. */
function integerScale(values: Float64Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 1;
  let scale = 1;
  while (Math.round(largest / scale) > kLargestInteger) scale *= 2;
  while (Math.round((2 * largest) / scale) <= kLargestInteger) scale /= 2;
  return scale;
}

function encodeInt16(values: Float64Array): { scale: number; int16: string } {
  const scale = integerScale(values);
  const bytes = Buffer.alloc(values.length * Int16Array.BYTES_PER_ELEMENT);
  values.forEach((value, i) =>
    bytes.writeInt16LE(Math.round(value / scale), i * Int16Array.BYTES_PER_ELEMENT),
  );
  return { scale, int16: bytes.toString('base64') };
}

function decodeVector(stored: unknown, field: string): Float64Array {
  const { scale, int16 } = (stored ?? {}) as { readonly scale?: unknown; readonly int16?: unknown };
  const [text, name, size] =
    int16 === undefined
      ? [stored, 'float32', Float32Array.BYTES_PER_ELEMENT]
      : [int16, 'int16', Int16Array.BYTES_PER_ELEMENT];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length % size !== 0) {
    const received = bytes === undefined ? typeof text : `${bytes.length} bytes`;
    throw new ArgumentError(`Expected ${name} values in base64 for ${field} but received ${received}`, {
      field,
    });
  }
  const length = bytes.length / size;
  if (int16 === undefined) return Float64Array.from({ length }, (_, i) => bytes.readFloatLE(i * size));
  if (typeof scale !== 'number' || !(scale > 0)) {
    throw new ArgumentError(`Expected a scale above 0 for ${field} but received ${JSON.stringify(scale)}`, {
      field,
      scale,
    });
  }
  return Float64Array.from({ length }, (_, i) => bytes.readInt16LE(i * size) * scale);
}

/**
 * The text of a weights file. A network of other values than the encoding has does not come back unchanged.
 *
 * @param facts - fields beside the layers.
 */
export function formatWeights(
  layers: readonly Layer[],
  encoding: Encoding,
  facts: Readonly<Record<string, unknown>> = {},
): string {
  const encode = encoding === 'float32' ? encodeFloat32 : encodeInt16;
  const stored = layers.map((layer) =>
    layer.kind === 'dense' || layer.kind === 'conv2d'
      ? { ...layer, weights: encode(layer.weights), bias: encode(layer.bias) }
      : layer,
  );
  return `${JSON.stringify({ schema: kSchema, ...facts, layers: stored }, null, 2)}\n`;
}

function parseLayer(layer: StoredLayer, index: number): Layer {
  const vectors = (): { weights: Float64Array; bias: Float64Array } => ({
    weights: decodeVector(layer.weights, `the weights of layer ${index}`),
    bias: decodeVector(layer.bias, `the bias of layer ${index}`),
  });
  // What the casts promise is checked by the functions that they are handed to.
  switch (layer.kind) {
    case 'activation':
      return activation(layer.function as ActivationFunction);
    case 'reshape':
      return layer.shape === undefined ? flatten() : reshape(layer.shape as Shape);
    case 'dense':
      return dense({ inputs: layer.inputs as number, units: layer.units as number, ...vectors() });
    case 'conv2d': {
      const { kind: _, ...options } = layer;
      return conv2d({ ...(options as unknown as Conv2dOptions), ...vectors() });
    }
    default:
      throw new ArgumentError(
        `Expected dense, conv2d, activation or reshape for layer ${index} of a weights file but received ${JSON.stringify(layer.kind)}`,
        { layer: index, kind: layer.kind },
      );
  }
}

/** The layers in the text of a weights file, and the fields beside them, which are not checked. */
export function parseWeights(text: string): {
  readonly layers: readonly Layer[];
  readonly facts: Readonly<Record<string, unknown>>;
} {
  const { schema, layers, ...facts } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (schema !== kSchema || !Array.isArray(layers)) {
    const received = `schema ${String(schema)}`;
    throw new ArgumentError(
      `Expected schema ${kSchema} with layers for a weights file but received ${received}`,
      { schema },
    );
  }
  return { layers: layers.map((layer: StoredLayer, index) => parseLayer(layer, index)), facts };
}
