import { Ajv } from 'ajv';
import { CiphernetError, FormatError } from '../errors.js';
import { activationNames } from './activations.js';
import type { ActivationFunction } from './activations.js';
import { decodeDoubles, encodeNumbers } from './base64.js';
import { parseJson, requireDocument } from './json-document.js';
import {
  activation,
  add,
  affine,
  averagePool2d,
  concat,
  conv2d,
  dense,
  flatten,
  globalAveragePool,
  pad,
  product,
  reshape,
  transpose,
} from './layers.js';
import type { AveragePool2dOptions, Conv2dOptions, DenseOptions, Layer } from './layers.js';
import { graph } from './model.js';
import type { Model, Tensor } from './model.js';
import type { Shape } from './shape.js';

// Float models as JSON text: { format, version, inputShape, nodes: [{ from, layer }] }. Node k reads the nodes that `from`
// names, -1 being the input; the last one gives the outputs. Arrays of weights are base64 of little-endian doubles.

const count = { type: 'integer', minimum: 1, maximum: 2 ** 24 } as const;
const sizes = (length: number, minimum: number): object => ({
  type: 'array',
  minItems: length,
  maxItems: length,
  items: { type: 'integer', minimum, maximum: 4096 },
});
const list = (item: object, most: number): object => ({ type: 'array', maxItems: most, items: item });
const shape = { type: 'array', minItems: 1, maxItems: 8, items: count } as const;
const window = { kernel: sizes(2, 1), stride: sizes(2, 1), padding: sizes(4, 0) } as const;
const doubles = { type: 'string', maxLength: 2 ** 29, pattern: '^[A-Za-z0-9+/]*={0,2}$' } as const;

/** How the fields of a layer stand in the file, and the constructor that checks them when they are read. */
interface LayerForm {
  readonly fields: Readonly<Record<string, object>>;
  /** Fields that may be absent. */
  readonly optional?: readonly string[];
  readonly read: (fields: never) => Layer;
}

/** Every kind of layer that a file can hold. Fields with the schema `doubles` are Float64Arrays. */
const layerForms: Readonly<Record<Layer['kind'], LayerForm>> = {
  dense: {
    fields: { inputs: count, units: count, weights: doubles, bias: doubles },
    read: (fields: DenseOptions) => dense(fields),
  },
  conv2d: {
    fields: {
      channels: count,
      filters: count,
      ...window,
      dilation: sizes(2, 1),
      groups: count,
      weights: doubles,
      bias: doubles,
    },
    read: (fields: Conv2dOptions) => conv2d(fields),
  },
  averagePool2d: {
    fields: { ...window, countPadding: { type: 'boolean' } },
    read: (fields: AveragePool2dOptions) => averagePool2d(fields),
  },
  globalAveragePool: { fields: {}, read: () => globalAveragePool() },
  affine: {
    fields: { scale: doubles, offset: doubles },
    read: (fields: { scale: Float64Array; offset: Float64Array }) => affine(fields),
  },
  reshape: {
    fields: { shape },
    optional: ['shape'],
    read: (fields: { shape?: Shape }) => (fields.shape === undefined ? flatten() : reshape(fields.shape)),
  },
  transpose: {
    fields: { permutation: list({ type: 'integer', minimum: 0, maximum: 7 }, 8) },
    read: (fields: { permutation: readonly number[] }) => transpose(fields.permutation),
  },
  pad: {
    fields: { before: list({ type: 'integer' }, 8), after: list({ type: 'integer' }, 8) },
    read: (fields: { before: readonly number[]; after: readonly number[] }) => pad(fields),
  },
  add: {
    fields: { coefficients: list({ type: 'number' }, 64) },
    read: (fields: { coefficients: readonly number[] }) => add(fields.coefficients),
  },
  product: { fields: {}, read: () => product() },
  concat: {
    fields: { axis: { type: 'integer', minimum: 0, maximum: 7 } },
    read: (fields: { axis: number }) => concat(fields.axis),
  },
  activation: {
    fields: {
      function: {
        anyOf: [
          { enum: activationNames },
          {
            type: 'object',
            properties: {
              polynomial: { type: 'array', minItems: 2, maxItems: 256, items: { type: 'number' } },
            },
            required: ['polynomial'],
            additionalProperties: false,
          },
        ],
      },
    },
    read: (fields: { function: ActivationFunction }) => activation(fields.function),
  },
};

interface SerializedModel {
  readonly inputShape: readonly number[];
  readonly nodes: readonly {
    readonly from: readonly number[];
    readonly layer: { readonly kind: Layer['kind'] } & Readonly<Record<string, unknown>>;
  }[];
}

const ajv = new Ajv({ allErrors: false, strict: true, strictRequired: false, discriminator: true });
const isModel = ajv.compile<SerializedModel>({
  type: 'object',
  properties: {
    format: { const: 'ciphernet-model' },
    version: { const: 1 },
    inputShape: shape,
    nodes: {
      type: 'array',
      minItems: 1,
      maxItems: 4096,
      items: {
        type: 'object',
        properties: {
          from: {
            type: 'array',
            minItems: 1,
            maxItems: 64,
            items: { type: 'integer', minimum: -1, maximum: 4095 },
          },
          layer: {
            type: 'object',
            discriminator: { propertyName: 'kind' },
            required: ['kind'],
            oneOf: Object.entries(layerForms).map(([kind, { fields, optional = [] }]) => ({
              properties: { kind: { const: kind }, ...fields },
              required: ['kind', ...Object.keys(fields).filter((name) => !optional.includes(name))],
              additionalProperties: false,
            })),
          },
        },
        required: ['from', 'layer'],
        additionalProperties: false,
      },
    },
  },
  required: ['format', 'version', 'inputShape', 'nodes'],
  additionalProperties: false,
});

/** The model as JSON text in UTF-8: what modelFromBytes() and `ciphernet compile` read. */
export function modelToBytes(model: Model): Uint8Array {
  const write = (layer: Layer): object =>
    Object.fromEntries(
      Object.entries(layer).map(([name, value]: [string, unknown]) => [
        name,
        value instanceof Float64Array ? encodeNumbers(value) : value,
      ]),
    );
  const { inputShape } = model;
  const nodes = model.nodes.map(({ from, layer }) => ({ from, layer: write(layer) }));
  return Buffer.from(JSON.stringify({ format: 'ciphernet-model', version: 1, inputShape, nodes }), 'utf8');
}

/** Reads and checks what modelToBytes() wrote. Throws FormatError that names the field that is wrong. */
export function modelFromBytes(bytes: Uint8Array): Model {
  const value = parseJson(bytes, 'model');
  const { inputShape, nodes } = requireDocument(value, isModel, { name: 'model', version: 1 });
  return graph(inputShape, (input) => {
    const values: Tensor[] = [];
    nodes.forEach(({ from, layer }, index) => {
      if (from.some((source) => source >= index)) {
        throw new FormatError(
          'FORMAT_CORRUPT',
          `The model is not valid: nodes.${index}.from must name earlier nodes.`,
          { field: `nodes.${index}.from` },
        );
      }
      const [first, ...others] = from.map((source) => values[source] ?? input);
      const made = readLayer(layer, index);
      values.push(checked(`nodes.${index}`, () => first!.apply(made, ...others)));
    });
    return values.at(-1)!;
  });
}

function readLayer(layer: SerializedModel['nodes'][number]['layer'], index: number): Layer {
  const { kind, ...given } = layer;
  const { fields, read } = layerForms[kind];
  const options = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      fields[name] === doubles
        ? decodeDoubles(value as string, `nodes.${index}.layer.${name}`, 'the model')
        : value,
    ]),
  );
  return checked(`nodes.${index}.layer`, () => read(options as never));
}

/** What a constructor refuses is here a mistake of the file. */
function checked<T>(field: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CiphernetError)) throw error;
    throw new FormatError('FORMAT_CORRUPT', `The model is not valid: ${field}: ${error.message}`, {
      field,
      ...error.details,
    });
  }
}
