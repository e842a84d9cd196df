import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import {
  bootstrappingInputLevel,
  bootstrappingNumbers,
  bootstrappingOrders,
} from '../../ckks/bootstrapping.js';
import { FormatError } from '../../errors.js';
import { requireDocument } from '../json-document.js';
import { sizeOf } from '../shape.js';
import type { FoldedLinear, FoldedStep } from './fold.js';
import { places } from './layout.js';
import type { Layout } from './layout.js';
import {
  hasPairs,
  highestNonlinearLevel,
  layoutOf,
  placeLevels,
  readersOf,
  samplesOf,
  widthsOf,
} from './plan.js';
import type { Plan } from './plan.js';
import { canJoin, highestSplitLevel } from './schedule.js';

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

/** These properties and no others; all of them but the optional ones. */
const strict = (properties: Record<string, unknown>, optional: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const oneOf = (items: readonly object[], tag: string): object => ({
  type: 'object',
  discriminator: { propertyName: tag },
  required: [tag],
  oneOf: items,
});
const list = (items: object, most: number): object => ({
  type: 'array',
  minItems: 1,
  maxItems: most,
  items,
});
const value = { type: 'integer', minimum: 0, maximum: 256 } as const;
const sources = (count: number): object => ({
  type: 'array',
  minItems: count,
  maxItems: count,
  items: value,
});
const anySources = { type: 'array', minItems: 1, maxItems: 64, items: value, uniqueItems: true } as const;
const pairOf = (items: object): object => ({ type: 'array', minItems: 2, maxItems: 2, items });

/** The steps of a plan or of a server model, each kind with what else it holds. */
const steps = (
  parts: Record<'linear' | 'square' | 'polynomial' | 'product', Record<string, unknown>>,
): object => {
  return list(
    oneOf(
      [
        strict({ kind: { const: 'linear' }, sources: anySources, ...parts.linear }, ['transform']),
        strict({ kind: { const: 'square' }, sources: sources(1), ...parts.square }),
        strict({ kind: { const: 'polynomial' }, sources: sources(1), ...parts.polynomial }),
        strict({ kind: { const: 'product' }, sources: sources(2), ...parts.product }),
      ],
      'kind',
    ),
    256,
  );
};

const layout = strict({
  shape: { type: 'array', minItems: 3, maxItems: 3, items: count },
  pitch: count,
  plane: count,
  gap: pairOf(count),
  period: count,
});
const packing = oneOf(
  [
    strict({ kind: { const: 'samples' }, pairs: { type: 'boolean' } }),
    strict({ kind: { const: 'interleaved' }, length: count, samples: count, input: layout }),
  ],
  'kind',
);

/** The core knows the ranges that go together. */
const bootstrappingLiteral = strict({
  order: { enum: bootstrappingOrders },
  ...Object.fromEntries(
    bootstrappingNumbers.map((name) => [name, { type: 'integer', minimum: 0, maximum: 1024 }] as const),
  ),
});

const planSchema = strict(
  {
    format: { const: 'ciphernet-plan' },
    version: { const: 2 },
    packing,
    samplesPerBatch: { type: 'integer', minimum: 1, maximum: 131072 },
    inputs: count,
    outputs: count,
    bounds: strict(
      {
        input: positive,
        output: positive,
        hiddenNorm: positive,
        outputNorm: positive,
        slope: positive,
        amplification: positive,
      },
      ['amplification'],
    ),
    steps: steps({
      linear: {
        units: count,
        entries: list({ type: 'integer', minimum: 0, maximum: 2 ** 31 }, 64),
        level,
        transform: strict({ layout, babySteps: list(count, 64) }),
      },
      square: { units: count, level },
      polynomial: { units: count, degree: { type: 'integer', minimum: 1, maximum: 255 }, level },
      product: { units: count, level },
    }),
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
        bootstrapping: bootstrappingLiteral,
      },
      required: ['logN', 'logQ', 'logP', 'logScale'],
      additionalProperties: false,
    },
    bootstrapping: strict({
      keys: { enum: ['small', 'fast'] },
      values: list(strict({ value: { ...value, minimum: 1 }, joined: { type: 'boolean' } }), 255),
    }),
    reasons: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 2 ** 16 } },
    keys: strict({
      relinearization: { type: ['integer', 'null'], minimum: 0, maximum: 128 },
      conjugation: { type: ['integer', 'null'], minimum: 0, maximum: 128 },
      rotations: {
        type: 'array',
        maxItems: 65536,
        items: strict({ steps: { type: 'integer', minimum: 1, maximum: 65535 }, level }),
      },
    }),
    sharing: {
      type: ['object', 'null'],
      properties: {
        queries: { type: 'integer', minimum: 1, maximum: 2 ** 40 },
        statisticalSecurity: { type: 'number', minimum: 30, maximum: 128 },
      },
      required: ['queries', 'statisticalSecurity'],
      additionalProperties: false,
    },
    predicted: strict({
      // With bootstraps no parameter set bounds them: 256 steps do.
      levels: { type: 'integer', minimum: 1, maximum: 2048 },
      error: positive,
      sharedError: positive,
      bytes: strict({ evaluationKeys: bytes, evaluationKeysInMemory: bytes, upload: bytes, download: bytes }),
      seconds: strict(
        {
          batch: { type: 'number', minimum: 0 },
          steps: list({ type: 'number', minimum: 0 }, 256),
          cpuLevel: { type: 'string', maxLength: 32 },
          threads: count,
          bootstraps: { type: 'number', minimum: 0 },
        },
        ['bootstraps'],
      ),
    }),
  },
  ['bootstrapping'],
);

const base64 = { type: 'string', maxLength: 2 ** 28, pattern: '^[A-Za-z0-9+/]*={0,2}$' } as const;
const matrix = strict({ rows: count, columns: count, values: base64, offsets: base64, indices: base64 }, [
  'offsets',
  'indices',
]);
const serverModelSchema = strict({
  format: { const: 'ciphernet-server-model' },
  version: { const: 2 },
  steps: steps({
    linear: {
      matrices: list(matrix, 64),
      bias: base64,
      shape: { type: 'array', minItems: 1, maxItems: 8, items: count },
    },
    square: {},
    polynomial: { chebyshev: { type: 'array', minItems: 2, maxItems: 256, items: { type: 'number' } } },
    product: {},
  }),
});

/** A matrix as it stands in the JSON of a server model: without offsets and indices every entry is there. */
export interface SerializedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: string;
  readonly offsets?: string;
  readonly indices?: string;
}

/** The steps of a server model as they stand in its JSON: arrays still base64. */
export interface SerializedServerModel {
  readonly steps: readonly (
    | (Pick<FoldedLinear, 'kind' | 'sources' | 'shape'> & {
        readonly matrices: readonly SerializedMatrix[];
        readonly bias: string;
      })
    | Exclude<FoldedStep, FoldedLinear>
  )[];
}

const isPlan = ajv.compile(planSchema) as ValidateFunction<Plan>;
const isServerModel = ajv.compile(serverModelSchema) as ValidateFunction<SerializedServerModel>;

const remedy = 'Compile the network again.';

/** The plan, or a FormatError that names the first wrong field. */
export function validatePlan(value: unknown): Plan {
  const plan = requireDocument(value, isPlan, { name: 'plan', version: 2, remedy });
  const refuse = (field: string, message: string): never => {
    throw new FormatError('FORMAT_CORRUPT', `The plan is not valid: ${field} ${message}.`, { field });
  };
  // What a schema cannot say: that the parts fit together.
  const widths = widthsOf(plan);
  plan.steps.forEach((step, index) => {
    if (step.sources.some((source) => source > index))
      refuse(`steps.${index}.sources`, 'must be earlier values');
  });
  const bootstraps = plan.bootstrapping?.values ?? [];
  requireBootstraps(plan, refuse);
  const levels = placeLevels(plan.steps, {
    bootstrapped: new Set(bootstraps.map(({ value }) => value)),
    lowest: plan.parameters.bootstrapping ? bootstrappingInputLevel(plan.parameters.bootstrapping) : 0,
  });
  plan.steps.forEach((step, index) => {
    const field = `steps.${index}`;
    if (step.level !== levels[index]) refuse(`${field}.level`, `must be ${levels[index]}`);
    const units = widths[step.sources[0]]!;
    if (step.kind === 'linear') {
      if (step.entries.length !== step.sources.length) refuse(`${field}.entries`, 'must be one a source');
    } else if (step.sources.some((source) => widths[source] !== step.units))
      refuse(`${field}.units`, `must be ${units}`);
  });
  if (plan.steps.at(-1)?.kind !== 'linear') refuse('steps', 'must end with a linear one');
  const top = plan.parameters.logQ.length - 1;
  const spent = Math.max(...levels);
  // The uppermost levels of a set that bootstraps are its own; it knows how many.
  if (plan.bootstrapping ? spent > top : spent !== top)
    refuse('steps', `must spend the ${top} levels of the parameters`);
  if (widths.at(-1) !== plan.outputs) refuse('outputs', `must be ${widths.at(-1)}`);
  if (plan.predicted.seconds.steps.length !== plan.steps.length)
    refuse('predicted.seconds.steps', 'must be one a step');
  requirePacking(plan, refuse);
  requireKeyList(plan, levels, refuse);
  return plan;
}

/** That hidden values are bootstrapped, under parameters for it, and joined only where matrices can hold the halves. */
function requireBootstraps(
  { bootstrapping, parameters, predicted, steps }: Plan,
  refuse: (field: string, message: string) => never,
): void {
  const is = bootstrapping !== undefined;
  if (is !== (parameters.bootstrapping !== undefined))
    refuse('parameters.bootstrapping', `must ${is ? 'be there for' : 'go with'} bootstraps`);
  if (is !== (predicted.seconds.bootstraps !== undefined))
    refuse('predicted.seconds.bootstraps', `must ${is ? 'be there for' : 'go with'} bootstraps`);
  bootstrapping?.values.forEach(({ value, joined }, k) => {
    const field = `bootstrapping.values.${k}`;
    if (value <= (bootstrapping.values[k - 1]?.value ?? 0)) refuse(`${field}.value`, 'must ascend');
    if (value >= steps.length || readersOf(steps, value - 1).length === 0)
      refuse(`${field}.value`, 'must be a value between two steps');
    if (joined && !canJoin(steps, value)) refuse(`${field}.joined`, 'must be next to a linear step');
  });
}

/** That the keys are those that the steps could need. */
function requireKeyList(
  plan: Plan,
  levels: readonly number[],
  refuse: (field: string, message: string) => never,
): void {
  const { relinearization, conjugation, rotations } = plan.keys;
  const schedule = { levels, bootstraps: plan.bootstrapping?.values ?? [] };
  const split = highestSplitLevel(plan.steps, schedule) ?? -1;
  if ((conjugation ?? -1) < split) refuse('keys.conjugation', `must be ${split} for joined values`);
  const highest = highestNonlinearLevel(plan.steps, levels) ?? -1;
  if ((relinearization ?? -1) < highest) refuse('keys.relinearization', `must be ${highest}`);
  if (hasPairs(plan.packing) && (conjugation ?? -1) < highest)
    refuse('keys.conjugation', `must be ${highest} for pairs`);
  if (plan.packing.kind === 'samples' && rotations.length > 0)
    refuse('keys.rotations', 'must be empty for packing by samples');
  const steps = rotations.map((key) => key.steps);
  if (new Set(steps).size !== steps.length || steps.some((count) => count >= 2 ** (plan.parameters.logN - 1)))
    refuse('keys.rotations', 'must be different ones below the slots');
}

/** That the packing fits the slots, and every layout the packing. */
function requirePacking(plan: Plan, refuse: (field: string, message: string) => never): void {
  const { packing } = plan;
  const slots = 2 ** (plan.parameters.logSlots ?? plan.parameters.logN - 1);
  const linear = plan.steps.flatMap((step, index) => (step.kind === 'linear' ? [{ step, index }] : []));
  if (packing.kind === 'interleaved' && packing.length * packing.samples !== slots)
    refuse('packing', `must fill ${slots} slots`);
  const samples = samplesOf(packing, slots);
  if (plan.samplesPerBatch !== samples) refuse('samplesPerBatch', `must be ${samples}`);
  if (packing.kind === 'samples') {
    if (packing.pairs && plan.keys.conjugation === null)
      refuse('keys.conjugation', 'must be there for pairs');
    for (const { step, index } of linear)
      if (step.transform !== undefined) refuse(`steps.${index}.transform`, 'is for interleaved packing');
    return;
  }
  const { length } = packing;
  const requireLayout = (layout: Layout, units: number, field: string): void => {
    if (sizeOf(layout.shape) !== units) refuse(`${field}.shape`, `must have ${units} places`);
    if (layout.period > length || !Number.isInteger(Math.log2(layout.period)))
      refuse(`${field}.period`, `must be a power of two up to ${length}`);
    const at = places(layout);
    if (at.some((place) => place < 0 || place >= layout.period) || new Set(at).size !== units)
      refuse(field, `must put its places into different ones of its period of ${layout.period} slots`);
  };
  requireLayout(packing.input, plan.inputs, 'packing.input');
  for (const { step, index } of linear) {
    const field = `steps.${index}.transform`;
    if (step.transform === undefined) return refuse(field, 'must be there for interleaved packing');
    requireLayout(step.transform.layout, step.units, `${field}.layout`);
    if (step.transform.babySteps.some((count) => count > length))
      refuse(`${field}.babySteps`, `must be at most ${length}`);
    if (step.transform.babySteps.length !== step.sources.length)
      refuse(`${field}.babySteps`, 'must be one a source');
  }
  plan.steps.forEach((step, index) => {
    if (step.kind !== 'product') return;
    const [a, b] = step.sources.map((source) => JSON.stringify(layoutOf(plan.steps, packing.input, source)));
    if (a !== b) refuse(`steps.${index}.sources`, 'must lie alike');
  });
}

export function validateServerModel(value: unknown): SerializedServerModel {
  return requireDocument(value, isServerModel, { name: 'server model', version: 2, remedy });
}
