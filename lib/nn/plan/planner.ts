import { tailFactor } from '../../ckks/noise.js';
import { chooseParameters, CkksParameters } from '../../ckks/parameters.js';
import type { ParameterChoice } from '../../ckks/parameters.js';
import { ParameterError } from '../../errors.js';
import { info } from '../../native.js';
import { predictSeconds } from './cost.js';
import { predictDeviation } from './noise.js';
import { levelsOf } from './plan.js';
import type { Plan, PlanBounds, PlanStep } from './plan.js';

/** The shape of a folded network: all that planning may look at. */
export type StepShape =
  | { readonly kind: 'dense'; readonly inputs: number; readonly units: number }
  | { readonly kind: 'square' }
  | { readonly kind: 'polynomial'; readonly degree: number };

export interface PlannerOptions {
  readonly bounds: PlanBounds;
  /** No output may be further from the clear one than this. */
  readonly maxError: number;
  readonly security: 'classical-128' | 'none';
}

const kMostPrecisionBits = 45;

/** Levels are given from the last step (which leaves level 0) backwards. */
function placeLevels(shapes: readonly StepShape[]): PlanStep[] {
  let level = shapes.reduce((sum, shape) => sum + levelsOf(shape), 0);
  let units = 0;
  return shapes.map((shape): PlanStep => {
    if (shape.kind === 'dense') units = shape.units;
    const step = { ...shape, ...(shape.kind !== 'dense' && { units }), level } as PlanStep;
    level -= levelsOf(shape);
    return step;
  });
}

/** The parameter set of the smallest scale whose predicted error is small enough. */
function choose(
  steps: readonly PlanStep[],
  options: PlannerOptions,
): { choice: ParameterChoice; error: number } {
  const levels = steps[0]!.level;
  const products = steps.some((step) => step.kind !== 'dense');
  let smallest = Infinity;
  for (let precisionBits = 8; precisionBits <= kMostPrecisionBits; ++precisionBits) {
    // Level 0 has to hold the outputs; slots come with the ring, whose size the modulus decides.
    const choice = chooseParameters({
      slots: 1,
      levels,
      precisionBits,
      magnitude: Math.max(options.bounds.output, 1),
      security: options.security,
      keySwitching: products,
    });
    const { logN, logScale } = choice.literal;
    const error = predictDeviation(steps, options.bounds, logN, logScale) * tailFactor(2 ** (logN - 1));
    smallest = Math.min(smallest, error);
    if (error <= options.maxError) return { choice, error };
  }
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `An output error of ${options.maxError} cannot be promised for these bounds; ${smallest.toExponential(1)} can. Raise maxError, or lower hiddenNorm and outputNorm.`,
    { maxError: options.maxError, reachable: smallest },
  );
}

/**
 * Plans the encrypted evaluation of a network of this shape: parameters, levels, packing, and what it will cost. Looks at
 * no weight. The parameters' tables are built on the way (and forgotten), no key is made.
 */
export async function planNetwork(shapes: readonly StepShape[], options: PlannerOptions): Promise<Plan> {
  const steps = placeLevels(shapes);
  const first = shapes[0];
  const last = shapes.at(-1);
  if (first?.kind !== 'dense' || last?.kind !== 'dense') {
    throw new ParameterError('PARAMETERS_INVALID', 'A plan begins and ends with a dense layer.');
  }
  const { choice, error } = choose(steps, options);
  const literal = { ...choice.literal, magnitude: options.bounds.input };
  using parameters = await CkksParameters.create(literal);
  const { cpuLevel } = info();
  const relinearization = steps.find((step) => step.kind !== 'dense')?.level ?? null;
  const top = parameters.maxLevel;
  const keySizes =
    relinearization === null
      ? { serialized: 0, memory: 0 }
      : parameters.evaluationKeySize({ relinearization, rotations: 0 });
  const seconds = predictSeconds(
    steps,
    {
      logN: literal.logN,
      limbs: Array.from({ length: top + 1 }, (_, level) => parameters.limbCount(level)),
      specialLimbs: literal.logP.length,
      digitWidth: parameters.digitWidth,
    },
    cpuLevel,
  );
  return Object.freeze({
    format: 'ciphernet-plan',
    version: 1,
    packing: 'samples',
    samplesPerBatch: parameters.slots,
    inputs: first.inputs,
    outputs: last.units,
    bounds: options.bounds,
    steps,
    parameters: literal,
    reasons: [
      `packing by samples: a ciphertext holds one feature of up to ${parameters.slots} samples, so weights are plain numbers and no rotation is needed; one sample costs as much as a full batch`,
      `${top} levels: ${steps.map((step) => `${step.kind} ${levelsOf(step)}`).join(', ')}`,
      ...choice.reasons,
      `outputs within ${error.toExponential(1)} of the clear network (${options.maxError} asked), for rows of weights up to ${options.bounds.hiddenNorm} and ${options.bounds.outputNorm} in sum`,
    ],
    keys: { relinearization, rotations: [] },
    predicted: {
      levels: top,
      error,
      bytes: {
        evaluationKeys: keySizes.serialized,
        evaluationKeysInMemory: keySizes.memory,
        upload: first.inputs * parameters.ciphertextSize({ level: top, fresh: true }),
        download: last.units * parameters.ciphertextSize({ level: 0, fresh: false }),
      },
      seconds: { batch: seconds, cpuLevel, threads: 1 },
    },
  });
}
