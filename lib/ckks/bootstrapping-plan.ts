import {
  checkOptions,
  checkRun,
  refuse,
  requireFinite,
  requireInteger,
  requirePositive,
  runOptionNames,
} from '../check.js';
import { info, native, run } from '../native.js';
import type { NativeBootstrappingPlan, NativeParameters, RunOptions } from '../native.js';
import { checkKeyOptions } from './bootstrapping.js';
import type { BootstrappingKeyOptions, KeyBudget } from './bootstrapping.js';
import { assumedMachine, secondsOf } from './machine.js';
import type { MachineProfile, Work } from './machine.js';
import { requireSecurity } from '../security.js';
import type { Security } from '../security.js';
import type { CompleteLiteral } from './parameters.js';

/** What is wanted of bootstrapping. */
export interface BootstrappingIntent extends BootstrappingKeyOptions {
  /** Products one after the other from one bootstrapping to the next, 1 to 60. */
  readonly levelsAfter: number;
  /**
   * The mean of -log2 |error| over real and imaginary parts, 8 to 40: of random slots of the unit square, and of slots that are
   * all alike.
   */
  readonly precisionBits: number;
  /** At least this many values in a ciphertext, 2 to 65536; 32768 if absent. */
  readonly slots?: number;
  /**
   * 2: two passes of bootstrap() where one does not reach the precision; the plan's `passes` says what it takes. 1 if absent.
   */
  readonly passes?: 1 | 2;
  /** Bits of a level, 24 to 60; as the precision needs if absent. */
  readonly logScale?: number;
}

/** The same with what concerns the whole set. */
export interface BootstrappingPlanIntent extends BootstrappingIntent {
  /** No slot is larger in its real or imaginary part; 1 if absent. */
  readonly magnitude?: number;
  readonly security?: Security;
}

/** What one step of bootstrapping adds. */
export interface NoiseLine {
  readonly step: string;
  /** -log2 of the root mean square of a slot's error, in units of the message. */
  readonly bits: number;
}

/** A whole set, known before a key or a table of it is made. */
export interface BootstrappingPlan {
  /** CkksParameters.create() makes the set of it. */
  readonly parameters: CompleteLiteral;
  readonly keys: KeyBudget;
  /** Ciphertexts that share a bootstrap. */
  readonly batch: number;
  /** What bootstrap() is to be told for this precision. A second pass spends one of the levels after, which is there for it. */
  readonly passes: 1 | 2;
  /** log2(QP), and the largest for this N at 128 bits of security (0 for an N that the table does not list). */
  readonly logQP: number;
  readonly logQPLimit: number;
  /** The same of the modulus that the sparse secret is used with. */
  readonly logQSparse: number;
  readonly logQSparseLimit: number;
  /** That any coefficient leaves what the modular reduction takes; 0: none can. */
  readonly failureProbability: number;
  /** Line by line, in the order of the steps; variances add. */
  readonly noise: readonly NoiseLine[];
  /** Predicted, as BootstrappingIntent says it: of random slots, and of slots that are all 1 + i. */
  readonly precisionBits: number;
  readonly constantPrecisionBits: number;
  /** The root mean square error that a bootstrapping adds to a slot of a random message, in units of the message. */
  readonly deviation: number;
  /** Keys of one client, in memory and as a file. */
  readonly keyCount: number;
  readonly keyBytes: number;
  readonly keyBytesOnDisk: number;
  /** A Bootstrapper, which serves all clients. */
  readonly matrixBytes: number;
  /** Key switches of one bootstrap: of `batch` ciphertexts. */
  readonly keySwitches: number;
  /** What its time is predicted from. */
  readonly work: Work;
  /** Of one bootstrap, with all threads. */
  readonly seconds: number;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
}

export interface BootstrappingPlanOptions extends RunOptions {
  /** What time is predicted for: measureMachine(); figures of this kind of CPU if absent. */
  readonly machine?: MachineProfile;
}

/** Options of describeBootstrapping(). */
export interface BootstrappingDescriptionOptions extends BootstrappingPlanOptions, BootstrappingKeyOptions {
  /** Those of bootstrap(); 1 if absent. */
  readonly passes?: 1 | 2;
}

const intentNames = ['levelsAfter', 'precisionBits', 'slots', 'keys', 'batch', 'passes', 'logScale'] as const;
const planIntentNames = [...intentNames, 'magnitude', 'security'] as const;
const machineFields = ['threads', 'butterfly', 'streamedProduct', 'scalarProduct', 'byte'] as const;

function checkMachine(machine: MachineProfile | undefined): MachineProfile {
  if (machine === undefined) {
    const { cpuLevel, threads } = info();
    return assumedMachine(cpuLevel, threads);
  }
  if (typeof machine !== 'object' || (machine as unknown) === null)
    refuse('a profile of measureMachine()', 'machine', machine);
  for (const name of machineFields) requirePositive(machine[name], `machine.${name}`);
  return machine;
}

const describePlan = (
  { literal, logFailure, noise, ...plan }: NativeBootstrappingPlan,
  machine: MachineProfile,
): BootstrappingPlan => {
  const { transforms, streamedProducts, scalarProducts, baseConversions, ...rest } = plan;
  const work = { transforms, streamedProducts: streamedProducts + baseConversions, scalarProducts };
  return Object.freeze({
    ...rest,
    parameters: literal,
    failureProbability: 2 ** logFailure,
    noise: noise.map(({ step, deviation }) => ({ step, bits: -Math.log2(deviation) })),
    work,
    seconds: secondsOf(work, literal.logN, machine),
  });
};

/**
 * The cheapest set that bootstraps as is wanted, with what it costs and how exact it is; a second of work. Throws
 * ParameterError when no ring up to N = 2^17 holds it.
 *
 * @example
 * ```ts
 * const plan = await planBootstrapping({ levelsAfter: 10, precisionBits: 22, slots: 2 ** 15 });
 * console.log(plan.seconds, plan.keyBytes, plan.noise);
 * const parameters = await CkksParameters.create(plan.parameters);
 * ```
 */
export async function planBootstrapping(
  intent: BootstrappingPlanIntent,
  options: BootstrappingPlanOptions = {},
): Promise<BootstrappingPlan> {
  const subject = 'planBootstrapping()';
  const {
    levelsAfter,
    precisionBits,
    slots = 2 ** 15,
    keys,
    batch,
    passes = 1,
    logScale,
    magnitude = 1,
    security = 'classical-128',
  } = checkOptions(intent, planIntentNames, 'an intent for bootstrapping');
  const { machine, ...rest } = checkOptions(options, ['machine', ...runOptionNames], subject);
  requireInteger(levelsAfter, 'levelsAfter', 1, 60);
  requireFinite(precisionBits, 'precisionBits');
  if (precisionBits < 8 || precisionBits > 40)
    refuse('a number from 8 to 40', 'precisionBits', precisionBits, { value: precisionBits });
  requireInteger(slots, 'slots', 2, 2 ** 16);
  const made = checkKeyOptions({ keys, batch });
  requireInteger(passes, 'passes', 1, 2);
  if (logScale !== undefined) requireInteger(logScale, 'logScale', 24, 60);
  requirePositive(magnitude, 'magnitude');
  requireSecurity(security);
  const wanted = {
    levelsAfter,
    precisionBits,
    slots,
    ...made,
    passes,
    logScale: logScale ?? 0,
    magnitude,
    security,
  };
  const profile = checkMachine(machine);
  const plan = await run(checkRun(rest, subject), (watch) => native.planBootstrapping(wanted, watch));
  return describePlan(plan, profile);
}

/** The same figures for a set that is there. */
export async function describeBootstrapping(
  parameters: NativeParameters,
  options: BootstrappingDescriptionOptions,
): Promise<BootstrappingPlan> {
  const subject = 'bootstrappingPlan()';
  const {
    keys,
    batch,
    passes = 1,
    machine,
    ...rest
  } = checkOptions(options, ['keys', 'batch', 'passes', 'machine', ...runOptionNames], subject);
  const made = checkKeyOptions({ keys, batch });
  requireInteger(passes, 'passes', 1, 2);
  const profile = checkMachine(machine);
  const plan = await run(checkRun(rest, subject), (watch) =>
    native.describeBootstrapping(parameters, made, passes, watch),
  );
  return describePlan(plan, profile);
}

/** What CkksParameters.create() takes for planBootstrapping(). */
export interface BootstrappingParametersIntent {
  readonly bootstrapping: BootstrappingIntent;
  /** No slot is larger in its real or imaginary part; 1 if absent. */
  readonly magnitude?: number;
  readonly security?: Security;
}

/** Whether it is bootstrapping that the whole set is to be chosen for. */
export const isBootstrappingIntent = (description: object): description is BootstrappingParametersIntent =>
  'bootstrapping' in description && description.bootstrapping !== undefined && !('logN' in description);

/** The set that such an intent comes to. */
export function planParameters(description: BootstrappingParametersIntent): Promise<BootstrappingPlan> {
  const { bootstrapping, ...rest } = checkOptions(
    description,
    ['bootstrapping', 'magnitude', 'security'],
    'CKKS parameters by an intent for bootstrapping',
  );
  return planBootstrapping({ ...checkOptions(bootstrapping, intentNames, 'bootstrapping'), ...rest });
}
