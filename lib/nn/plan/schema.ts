import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { FormatError } from '../../errors.js';
import type { Plan } from './plan.js';

// Plans and server models come from files and from the network: every field is checked before it is used.

const ajv = new Ajv({
  allErrors: false,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  discriminator: true,
});

const count = { type: 'integer', minimum: 1, maximum: 65536 } as const;
const level = { type: 'integer', minimum: 0, maximum: 128 } as const;
const positive = { type: 'number', exclusiveMinimum: 0, maximum: 1e12 } as const;
const bytes = { type: 'number', minimum: 0, maximum: 1e15 } as const;

const strict = (properties: Record<string, unknown>): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const steps = (
  dense: Record<string, unknown>,
  square: Record<string, unknown>,
  polynomial: Record<string, unknown>,
): object => ({
  type: 'array',
  minItems: 1,
  maxItems: 256,
  items: {
    type: 'object',
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: [
      strict({ kind: { const: 'dense' }, inputs: count, units: count, ...dense }),
      strict({ kind: { const: 'square' }, ...square }),
      strict({ kind: { const: 'polynomial' }, ...polynomial }),
    ],
  },
});

const planSchema = strict({
  format: { const: 'ciphernet-plan' },
  version: { const: 1 },
  packing: { const: 'samples' },
  samplesPerBatch: count,
  inputs: count,
  outputs: count,
  bounds: strict({ input: positive, output: positive, hiddenNorm: positive, outputNorm: positive }),
  steps: steps(
    { level },
    { units: count, level },
    { units: count, degree: { type: 'integer', minimum: 1, maximum: 255 }, level },
  ),
  parameters: {
    type: 'object',
    properties: {
      logN: { type: 'integer', minimum: 10, maximum: 17 },
      logQ: {
        type: 'array',
        minItems: 1,
        maxItems: 129,
        items: { type: 'integer', minimum: 20, maximum: 98 },
      },
      logP: { type: 'array', maxItems: 60, items: { type: 'integer', minimum: 20, maximum: 50 } },
      logScale: { type: 'integer', minimum: 10, maximum: 98 },
      logSlots: { type: 'integer', minimum: 0, maximum: 16 },
      magnitude: positive,
      security: { enum: ['classical-128', 'none'] },
    },
    required: ['logN', 'logQ', 'logP', 'logScale'],
    additionalProperties: false,
  },
  reasons: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 1000 } },
  keys: strict({
    relinearization: { type: ['integer', 'null'], minimum: 0, maximum: 128 },
    rotations: { type: 'array', maxItems: 65536, items: { type: 'integer' } },
  }),
  predicted: strict({
    levels: level,
    error: positive,
    bytes: strict({ evaluationKeys: bytes, evaluationKeysInMemory: bytes, upload: bytes, download: bytes }),
    seconds: strict({
      batch: { type: 'number', minimum: 0 },
      cpuLevel: { type: 'string', maxLength: 32 },
      threads: count,
    }),
  }),
});

const base64 = { type: 'string', maxLength: 2 ** 28, pattern: '^[A-Za-z0-9+/]*={0,2}$' } as const;
const serverModelSchema = strict({
  format: { const: 'ciphernet-server-model' },
  version: { const: 1 },
  steps: steps(
    { weights: base64, bias: base64 },
    {},
    { coefficients: { type: 'array', minItems: 2, maxItems: 256, items: { type: 'number' } } },
  ),
});

/** The steps of a server model as they stand in its JSON: arrays still base64. */
export interface SerializedServerModel {
  readonly steps: readonly (
    | {
        readonly kind: 'dense';
        readonly inputs: number;
        readonly units: number;
        readonly weights: string;
        readonly bias: string;
      }
    | { readonly kind: 'square' }
    | { readonly kind: 'polynomial'; readonly coefficients: readonly number[] }
  )[];
}

const isPlan = ajv.compile(planSchema) as ValidateFunction<Plan>;
const isServerModel = ajv.compile(serverModelSchema) as ValidateFunction<SerializedServerModel>;

function validated<T>(value: unknown, check: ValidateFunction<T>, what: string): T {
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== 1) {
    throw new FormatError(
      'FORMAT_VERSION',
      `This ${what} has version ${version}; this build reads version 1.`,
      { version },
    );
  }
  if (check(value)) return value;
  const error = check.errors?.[0];
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  const field = path === '' ? 'the whole' : path;
  throw new FormatError(
    'FORMAT_CORRUPT',
    `The ${what} is not valid: ${field} ${error?.message ?? 'is wrong'}.`,
    { field },
  );
}

/** The plan, or a FormatError that names the first wrong field. */
export function validatePlan(value: unknown): Plan {
  const plan = validated(value, isPlan, 'plan');
  const refuse = (field: string, message: string): never => {
    throw new FormatError('FORMAT_CORRUPT', `The plan is not valid: ${field} ${message}.`, { field });
  };
  // What a schema cannot say: that the parts fit together.
  let width = plan.inputs;
  let current = plan.parameters.logQ.length - 1;
  plan.steps.forEach((step, index) => {
    if (step.level !== current) refuse(`steps.${index}.level`, `must be ${current}`);
    current -= step.kind === 'polynomial' ? Math.ceil(Math.log2(step.degree + 1)) : 1;
    if (step.kind === 'dense') {
      if (step.inputs !== width) refuse(`steps.${index}.inputs`, `must be ${width}`);
      width = step.units;
    } else if (step.units !== width) refuse(`steps.${index}.units`, `must be ${width}`);
  });
  if (current < 0) refuse('steps', 'spend more levels than the parameters have');
  if (width !== plan.outputs) refuse('outputs', `must be ${width}`);
  const slots = 2 ** (plan.parameters.logSlots ?? plan.parameters.logN - 1);
  if (plan.samplesPerBatch !== slots) refuse('samplesPerBatch', `must be ${slots}`);
  return plan;
}

export function validateServerModel(value: unknown): SerializedServerModel {
  return validated(value, isServerModel, 'server model');
}
