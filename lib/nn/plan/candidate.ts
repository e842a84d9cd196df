import type { KeyBudget } from '../../ckks/bootstrapping.js';
import type { CkksParameters, KeySize } from '../../ckks/parameters.js';
import { ParameterError } from '../../errors.js';
import type { ChosenSet, PlannerOptions } from './chosen-set.js';
import { cheapest, requestSeconds } from './cost.js';
import type { CostShape } from './cost.js';
import { ciphertextsPerBatch } from './pack.js';
import { inputLevelOf, placeLevels, samplesOf } from './plan.js';
import type { Packing, Plan, PlanKeys, PlanStep, TransformStep } from './plan.js';
import type { Schedule } from './schedule.js';
import { entriesOf } from './step-shape.js';
import type { StepShape } from './step-shape.js';

// What the packings have in common: what is in a plan, and which of several is taken.

export function costShapeOf(parameters: CkksParameters): CostShape {
  return {
    logN: parameters.logN,
    limbs: Array.from({ length: parameters.maxLevel + 1 }, (_, level) => parameters.limbCount(level)),
    specialLimbs: parameters.specialPrimes.length,
    digits: Array.from({ length: parameters.maxLevel + 1 }, (_, level) => parameters.digitCount(level)),
  };
}

/** Bytes of the keys of a plan, as a file and in memory, those of bootstrapping among them. */
export const keySizeOf = (
  parameters: CkksParameters,
  { relinearization, conjugation, rotations }: PlanKeys,
  bootstrapping: KeyBudget | undefined,
): KeySize =>
  parameters.evaluationKeySize({
    ...(relinearization !== null && { relinearization }),
    ...(conjugation !== null && { conjugation }),
    ...(bootstrapping !== undefined && { bootstrapping: { keys: bootstrapping } }),
    rotations,
  });

const kKeyBytes = 256e6;
/** Keys of bootstrapping alone take gigabytes. */
const kBootstrappingKeyBytes = 8e9;

/** The budget of evaluation keys, in memory. */
export const keyBytesOf = ({ keyBytes }: PlannerOptions, { bootstraps }: Schedule): number =>
  keyBytes ?? (bootstraps.length > 0 ? kBootstrappingKeyBytes : kKeyBytes);

export const tooManyKeyBytes = (needed: number, keyBytes: number, remedy: string): ParameterError =>
  new ParameterError(
    'PARAMETERS_INVALID',
    `The evaluation keys take at least ${needed} bytes in memory; keyBytes allows ${keyBytes}. ${remedy}`,
    { keyBytes, needed },
  );

/** What a packing has decided. */
export interface Decisions {
  readonly packing: Packing;
  readonly inputs: number;
  readonly steps: readonly PlanStep[];
  readonly keys: PlanKeys;
  readonly keySizes: KeySize;
  /** Which values are bootstrapped, and by which keys. */
  readonly schedule: Schedule;
  readonly bootstrappingKeys: KeyBudget;
  /** Server time of each step on one batch. */
  readonly seconds: readonly number[];
  /** Why this packing and these keys. */
  readonly reasons: readonly string[];
}

/** The plan of these decisions under a parameter set. */
export function planOf(
  decisions: Decisions,
  set: ChosenSet,
  parameters: CkksParameters,
  options: PlannerOptions,
): Plan {
  const { packing, inputs, steps, keys, keySizes, seconds, schedule } = decisions;
  const { literal, error, sharedError } = set;
  const { bounds, maxError, machine, sharing } = options;
  const levels = Math.max(...placeLevels(steps));
  const bootstraps = schedule.operations * set.bootstrap.seconds;
  const outputs = steps.at(-1)!.units;
  const ciphertexts = ciphertextsPerBatch({ packing, inputs, outputs });
  const upload = ciphertexts.up * parameters.ciphertextSize({ level: inputLevelOf({ steps }), fresh: true });
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
    ...(schedule.bootstraps.length > 0 && {
      bootstrapping: { keys: decisions.bootstrappingKeys, values: schedule.bootstraps },
    }),
    reasons: [
      ...decisions.reasons,
      `${levels} levels: ${steps.map((step) => step.kind).join(', ')}`,
      ...bootstrappingReasons(schedule),
      ...set.reasons,
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
        batch: seconds.reduce((sum, value) => sum + value, bootstraps + (upload * machine.byte) / 1e9),
        steps: seconds,
        ...(schedule.bootstraps.length > 0 && { bootstraps }),
        cpuLevel: machine.cpuLevel,
        threads: machine.threads,
      },
    },
  });
}

function bootstrappingReasons({ bootstraps, operations, top }: Schedule): string[] {
  if (bootstraps.length === 0) return [];
  const values = bootstraps.map(({ value }) => value).join(', ');
  const joined = bootstraps.some((bootstrap) => bootstrap.joined)
    ? ', two ciphertexts of real values at a time'
    : '';
  return [
    `${operations} bootstraps a batch, of value ${values}, each to level ${top}${joined}: the fewest for these steps`,
  ];
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

/** The first of the plans that can be made. Throws the first ParameterError where there is none. */
export async function firstPlan(attempts: readonly (() => Promise<Plan>)[]): Promise<Plan> {
  const failures: ParameterError[] = [];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error;
      failures.push(error);
    }
  }
  throw failures[0]!;
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
