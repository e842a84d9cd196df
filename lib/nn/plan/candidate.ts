import { tailFactor } from '../../ckks/noise.js';
import { chooseParameters } from '../../ckks/parameters.js';
import { sharingBits } from '../../ckks/sharing.js';
import type { Sharing } from '../../ckks/sharing.js';
import type { CkksLiteral, KeySize, ParameterChoice, CkksParameters } from '../../ckks/parameters.js';
import { ParameterError } from '../../errors.js';
import { cheapest, requestSeconds } from './cost.js';
import type { CostShape, MachineProfile } from './cost.js';
import { predictDeviation } from './noise.js';
import type { NoisyStep } from './noise.js';
import { ciphertextsPerBatch } from './pack.js';
import { samplesOf } from './plan.js';
import type { Packing, Plan, PlanBounds, PlanKeys, PlanStep, TransformStep } from './plan.js';
import { entriesOf } from './step-shape.js';
import type { StepShape } from './step-shape.js';

// What the packings have in common: a parameter set that the predicted error fits, and its sizes.

export interface PlannerOptions {
  readonly bounds: PlanBounds;
  /** No output may be further from the clear one than this. */
  readonly maxError: number;
  readonly security: 'classical-128' | 'none';
  /** Samples of a typical request. */
  readonly samples: number;
  /** Evaluation keys take at most so many bytes in memory. */
  readonly keyBytes: number;
  /** Results that others than the key's owner may see, if any. */
  readonly sharing: Required<Sharing> | undefined;
  readonly packing: Packing['kind'] | undefined;
  readonly machine: MachineProfile;
}

/** What a packing wants of a parameter set. */
export interface SetRequest {
  readonly levels: number;
  readonly slots: number;
  /** Whether there are products, rotations or conjugations. */
  readonly keySwitching: boolean;
  /** Whether two samples may share a slot. */
  readonly pairs: boolean;
  readonly steps: readonly NoisyStep[];
}

export interface PromisedError {
  /** No output is further off but with probability 2^-40 a batch. */
  readonly error: number;
  /** The same after the noise of sharing. */
  readonly sharedError: number;
}

export interface ChosenSet extends PromisedError {
  readonly literal: CkksLiteral;
  readonly choice: ParameterChoice;
}

const kMostPrecisionBits = 50;

/** What is promised of outputs under a set of this ring and scale. */
export function promisedError(
  request: SetRequest,
  { logN, logScale }: Pick<CkksLiteral, 'logN' | 'logScale'>,
  { bounds, sharing }: PlannerOptions,
): PromisedError {
  const slots = 2 ** (logN - 1);
  const shape = { logN, logScale, digits: request.levels + 1, pairs: request.pairs };
  const error = predictDeviation(request.steps, bounds, shape) * tailFactor(slots);
  return { error, sharedError: sharing === undefined ? error : error * 2 ** sharingBits(sharing, slots) };
}

export const unreachable = (maxError: number, reachable: number): ParameterError =>
  new ParameterError(
    'PARAMETERS_INVALID',
    `An output error of ${maxError} cannot be promised for these bounds; ${reachable.toExponential(1)} can. Raise maxError, or lower hiddenNorm, outputNorm and slope.`,
    { maxError, reachable },
  );

/** The parameter set of the smallest scale whose predicted error is small enough. */
export function chooseSet(request: SetRequest, options: PlannerOptions): ChosenSet {
  const { bounds, maxError, security } = options;
  let smallest = Infinity;
  for (let precisionBits = 4; precisionBits <= kMostPrecisionBits; ++precisionBits) {
    // Level 0 has to hold the outputs; slots come with the ring, whose size the modulus decides.
    const choice = chooseParameters({
      slots: request.slots,
      levels: request.levels,
      precisionBits,
      magnitude: Math.max(bounds.output, 1),
      security,
      keySwitching: request.keySwitching,
    });
    const promised = promisedError(request, choice.literal, options);
    smallest = Math.min(smallest, promised.sharedError);
    if (promised.sharedError <= maxError)
      return { literal: { ...choice.literal, magnitude: bounds.input }, choice, ...promised };
  }
  throw unreachable(maxError, smallest);
}

export function costShapeOf(parameters: CkksParameters): CostShape {
  return {
    logN: parameters.logN,
    limbs: Array.from({ length: parameters.maxLevel + 1 }, (_, level) => parameters.limbCount(level)),
    specialLimbs: parameters.specialPrimes.length,
    digits: Array.from({ length: parameters.maxLevel + 1 }, (_, level) => parameters.digitCount(level)),
  };
}

/** Bytes of the keys of a plan, as a file and in memory. */
export const keySizeOf = (parameters: CkksParameters, keys: PlanKeys): KeySize =>
  parameters.evaluationKeySize({
    ...(keys.relinearization !== null && { relinearization: keys.relinearization }),
    rotations: [
      ...keys.rotations.map((key) => key.level),
      ...(keys.conjugation === null ? [] : [keys.conjugation]),
    ],
  });

/** What a packing has decided. */
export interface Decisions {
  readonly packing: Packing;
  readonly inputs: number;
  readonly steps: readonly PlanStep[];
  readonly keys: PlanKeys;
  readonly keySizes: KeySize;
  /** Server time of each step on one batch. */
  readonly seconds: readonly number[];
  /** Why this packing and these keys. */
  readonly reasons: readonly string[];
}

/** The plan of these decisions under a parameter set. */
export function planOf(
  decisions: Decisions,
  { literal, choice, error, sharedError }: ChosenSet,
  parameters: CkksParameters,
  options: PlannerOptions,
): Plan {
  const { packing, inputs, steps, keys, keySizes, seconds } = decisions;
  const { bounds, maxError, machine, sharing } = options;
  const levels = parameters.maxLevel;
  const outputs = steps.at(-1)!.units;
  const ciphertexts = ciphertextsPerBatch({ packing, inputs, outputs });
  const upload = ciphertexts.up * parameters.ciphertextSize({ level: levels, fresh: true });
  return Object.freeze({
    format: 'ciphernet-plan',
    version: 2,
    packing,
    samplesPerBatch: samplesOf(packing, parameters.slots),
    inputs,
    outputs,
    bounds,
    steps,
    parameters: literal,
    reasons: [
      ...decisions.reasons,
      `${levels} levels: ${steps.map((step) => step.kind).join(', ')}`,
      ...choice.reasons,
      `outputs within ${sharedError.toExponential(1)} of the clear network (${maxError} asked), for weights of norm up to ${bounds.hiddenNorm}, rows of the last layer up to ${bounds.outputNorm} and slopes up to ${bounds.slope}`,
      ...(sharing === undefined
        ? []
        : [
            `room for the noise that hides the key in ${sharing.queries} shared results, ${Math.log2(sharedError / error).toFixed(1)} bits of precision (statistical security ${sharing.statisticalSecurity})`,
          ]),
    ],
    keys,
    sharing: sharing ?? null,
    predicted: {
      levels,
      error,
      sharedError,
      bytes: {
        evaluationKeys: keySizes.serialized,
        evaluationKeysInMemory: keySizes.memory,
        upload,
        download: ciphertexts.down * parameters.ciphertextSize({ level: 0, fresh: false }),
      },
      seconds: {
        batch: seconds.reduce((sum, value) => sum + value, (upload * machine.byte) / 1e9),
        steps: seconds,
        cpuLevel: machine.cpuLevel,
        threads: machine.threads,
      },
    },
  });
}

/**
 * Of the plans that can be made the one with the least predicted server time for a request of so many samples; undefined
 * where there is none. Throws the first ParameterError where that is why.
 */
export async function fastestPlan(
  attempts: readonly (() => Promise<Plan | undefined>)[],
  samples: number,
): Promise<Plan | undefined> {
  const plans: Plan[] = [];
  const failures: ParameterError[] = [];
  for (const attempt of attempts) {
    try {
      const plan = await attempt();
      if (plan !== undefined) plans.push(plan);
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      failures.push(error);
    }
  }
  if (plans.length === 0 && failures[0] !== undefined) throw failures[0];
  return cheapest(plans, (plan) => requestSeconds(plan, samples));
}

/** The steps as a plan shows them; `transformOf` says how a linear step is done where its values lie in slots. */
export function planSteps(
  shapes: readonly StepShape[],
  levels: readonly number[],
  inputs: number,
  transformOf?: (index: number) => TransformStep,
): PlanStep[] {
  const widths = [inputs];
  return shapes.map((shape, index): PlanStep => {
    const level = levels[index]!;
    // What is not linear is as wide as its sources.
    const units = shape.kind === 'linear' ? shape.structures[0]!.rows : widths[shape.sources[0]]!;
    widths.push(units);
    if (shape.kind !== 'linear') return { ...shape, units, level };
    return {
      kind: 'linear',
      sources: shape.sources,
      units,
      entries: entriesOf(shape.structures),
      level,
      ...(transformOf && { transform: transformOf(index) }),
    };
  });
}
