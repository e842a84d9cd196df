import { Ajv } from 'ajv';
import { CiphernetError, FormatError } from '../errors.js';
import { activationNames } from './activations.js';
import type { ActivationFunction } from './activations.js';
import { decodeDoubles, encodeDoubles } from './doubles.js';
import { activation, dense, sequential } from './model.js';
import type { DenseOptions, Layer, Model } from './model.js';

// Float models as JSON text: { format, version, inputShape, nodes: [{ from, layer }] }. Node k reads the nodes that `from`
// names, -1 being the input; the last one gives the outputs. Arrays of weights are base64 of little-endian doubles.

const count = { type: 'integer', minimum: 1, maximum: 2 ** 24 } as const;
const doubles = { type: 'string', maxLength: 2 ** 29, pattern: '^[A-Za-z0-9+/]*={0,2}$' } as const;

/** How the fields of a layer stand in the file, and the constructor that checks them when they are read. */
interface LayerForm {
  readonly fields: Readonly<Record<string, object>>;
  readonly read: (fields: never) => Layer;
}

/** Every kind of layer that a file can hold. Fields with the schema `doubles` are Float64Arrays. */
const layerForms: Readonly<Record<Layer['kind'], LayerForm>> = {
  dense: {
    fields: { inputs: count, units: count, weights: doubles, bias: doubles },
    read: (fields: DenseOptions) => dense(fields),
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
    inputShape: { type: 'array', minItems: 1, maxItems: 8, items: count },
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
            oneOf: Object.entries(layerForms).map(([kind, { fields }]) => ({
              properties: { kind: { const: kind }, ...fields },
              required: ['kind', ...Object.keys(fields)],
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
        value instanceof Float64Array ? encodeDoubles(value) : value,
      ]),
    );
  const nodes = model.layers.map((layer, index) => ({ from: [index - 1], layer: write(layer) }));
  return Buffer.from(
    JSON.stringify({ format: 'ciphernet-model', version: 1, inputShape: [model.inputs], nodes }),
    'utf8',
  );
}

/** Reads and checks what modelToBytes() wrote. Throws FormatError that names the field that is wrong. */
export function modelFromBytes(bytes: Uint8Array): Model {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch (cause) {
    throw new FormatError('FORMAT_CORRUPT', 'The bytes of the model are no JSON.', { cause: String(cause) });
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== 1) {
    throw new FormatError(
      'FORMAT_VERSION',
      `This model has version ${version}; this build reads version 1.`,
      {
        version,
      },
    );
  }
  if (!isModel(value)) {
    const error = isModel.errors?.[0];
    const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    const field = path === '' ? 'the whole' : path;
    throw new FormatError(
      'FORMAT_CORRUPT',
      `The model is not valid: ${field} ${error?.message ?? 'is wrong'}.`,
      { field },
    );
  }
  const layers = value.nodes.map(({ from, layer }, index) => {
    if (from.length !== 1 || from[0] !== index - 1) {
      throw new FormatError(
        'FORMAT_CORRUPT',
        `The model is not valid: nodes.${index}.from must be [${index - 1}].`,
        {
          field: `nodes.${index}.from`,
        },
      );
    }
    return readLayer(layer, index);
  });
  const model = checked('layers', () => sequential(layers));
  if (value.inputShape.length !== 1 || value.inputShape[0] !== model.inputs) {
    throw new FormatError('FORMAT_CORRUPT', `inputShape of the model must be [${model.inputs}].`, {
      field: 'inputShape',
    });
  }
  return model;
}

function readLayer(layer: SerializedModel['nodes'][number]['layer'], index: number): Layer {
  const { kind, ...given } = layer;
  const { fields, read } = layerForms[kind];
  const options = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      fields[name] === doubles
        ? decodeDoubles(value as string, `nodes.${index}.layer.${name} of the model`)
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
