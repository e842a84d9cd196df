import { createHash } from 'node:crypto';
import { Ajv } from 'ajv';
import { FormatError } from '../errors.js';
import { canonicalJson, parseJson, requireDocument } from '../nn/json-document.js';
import { layoutsOf } from './layouts.js';
import { derivePlan, trainingPlanFormat, trainingPlanVersion } from './plan.js';
import type { TrainingPlan } from './plan.js';
import { completeTask } from './task.js';

// Plans as JSON text. What is not checked by the schema is checked by making the program of it.

const ajv = new Ajv({ allErrors: false, strict: true, strictRequired: false });

const strict = (properties: Record<string, unknown>): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const level = { type: 'integer', minimum: 0, maximum: 128 } as const;
const count = { type: 'integer', minimum: 1, maximum: 2 ** 20 } as const;
const amount = { type: 'number', minimum: 0, maximum: 1e15 } as const;
const list = (items: object, maxItems: number): object => ({ type: 'array', items, maxItems });
const nodes = list({ type: 'integer', minimum: 0, maximum: 2 ** 16 }, 1024);
const atLevel = strict({ level });

const predictionNames = [
  'rotations',
  'products',
  'plainProducts',
  'bootstraps',
  'seconds',
  'bootstrapSeconds',
  'keyBytes',
  'keyBytesOnDisk',
  'batchBytes',
  'stateBytes',
  'bootstrapDeviation',
] as const;

const check = ajv.compile<TrainingPlan>(
  strict({
    format: { const: trainingPlanFormat },
    version: { const: trainingPlanVersion },
    // Checked by completeTask(), whose messages name the field.
    task: { type: 'object' },
    layout: strict({
      slots: { type: 'integer', minimum: 2, maximum: 2 ** 16 },
      firstInputs: count,
      expandedInputs: { type: 'boolean' },
      mergedOutputs: { type: 'boolean' },
    }),
    stepsPerRefresh: { type: 'integer', minimum: 1, maximum: 64 },
    levels: level,
    bootstrapped: strict({ training: nodes, inference: nodes }),
    // Checked by CkksParameters.create().
    parameters: { type: 'object' },
    keys: strict({
      relinearization: atLevel,
      conjugation: { anyOf: [{ const: false }, atLevel] },
      rotations: list(strict({ steps: { type: 'integer', minimum: 0, maximum: 2 ** 16 }, level }), 4096),
      bootstrapping: strict({ keys: { enum: ['small', 'fast'] } }),
    }),
    predicted: strict(Object.fromEntries(predictionNames.map((name) => [name, amount]))),
    reasons: list({ type: 'string', maxLength: 1024 }, 64),
  }),
);

const kMostBytes = 2 ** 20;

/** The plan as canonical JSON text: the same plan gives the same bytes. */
export const trainingPlanToBytes = (plan: TrainingPlan): Uint8Array =>
  Buffer.from(canonicalJson(plan), 'utf8');

/** Reads and checks a plan. Throws FormatError or ArgumentError naming the first wrong field. */
export function trainingPlanFromBytes(bytes: Uint8Array): TrainingPlan {
  if (bytes.length > kMostBytes)
    throw new FormatError(
      'FORMAT_TOO_LARGE',
      `A plan for training has at most ${kMostBytes} bytes but ${bytes.length} were given.`,
      { bytes: bytes.length },
    );
  const plan = requireDocument(parseJson(bytes, 'plan for training'), check, {
    name: 'plan for training',
    version: trainingPlanVersion,
    remedy: 'Plan again.',
  });
  const task = completeTask(plan.task);
  const known = layoutsOf(task, plan.layout.slots);
  if (!known.some((layout) => canonicalJson(layout) === canonicalJson(plan.layout)))
    throw new FormatError(
      'FORMAT_CORRUPT',
      'The plan for training is not valid: its layout is none of its task.',
      {
        field: 'layout',
      },
    );
  const checked = Object.freeze({ ...plan, task });
  const { training, inference } = derivePlan(checked);
  const deepest = Math.max(...[...training.levels, ...inference.levels]);
  if (deepest > plan.levels)
    throw new FormatError(
      'FORMAT_CORRUPT',
      `The plan for training is not valid: it spends ${deepest} levels between bootstraps that give ${plan.levels}.`,
      { field: 'bootstrapped', deepest, levels: plan.levels },
    );
  return checked;
}

/** What two sides compare: SHA-256 of what has to agree between them (predictions differ from machine to machine). */
export function trainingPlanFingerprint(plan: TrainingPlan): Buffer {
  const { predicted: _predicted, reasons: _reasons, ...agreed } = plan;
  return createHash('sha256').update(canonicalJson(agreed)).digest();
}
