import type { KeyBudget } from '../../ckks/bootstrapping.js';
import { tailFactor } from '../../ckks/noise.js';
import { chooseParameters } from '../../ckks/parameters.js';
import type { CkksLiteral, CompleteLiteral } from '../../ckks/parameters.js';
import { sharingBits } from '../../ckks/sharing.js';
import type { Sharing } from '../../ckks/sharing.js';
import { ParameterError } from '../../errors.js';
import { precisionRange, scaleRange, usualDeviation } from './bootstrapping-set.js';
import type { BootstrappingSets } from './bootstrapping-set.js';
import type { MachineProfile } from './cost.js';
import { predictDeviation } from './noise.js';
import type { NoisyStep } from './noise.js';
import type { Packing, PlanBounds } from './plan.js';
import { halvesOf } from './schedule.js';
import type { Schedule } from './schedule.js';

// The parameter set that a plan's predicted error fits.

/** What a plan is made for. */
export interface PlannerOptions {
  readonly bounds: PlanBounds;
  /** No output may be further from the clear one than this. */
  readonly maxError: number;
  readonly security: 'classical-128' | 'none';
  /** Samples of a typical request. */
  readonly samples: number;
  /** Evaluation keys take at most so many bytes in memory; by what has to be in them if undefined. */
  readonly keyBytes: number | undefined;
  /** Results that others than the key's owner may see, if any. */
  readonly sharing: Required<Sharing> | undefined;
  readonly packing: Packing['kind'] | undefined;
  readonly bootstrapping: BootstrappingChoice;
  readonly machine: MachineProfile;
  readonly sets: BootstrappingSets;
}

/**
 * Whether plans bootstrap: where no parameter set has the levels, or where that is faster ('auto'); not at all; or as soon
 * as a network spends more than so many levels.
 */
export type BootstrappingChoice = 'auto' | 'never' | { readonly levelsAfter: number };

/** What a packing wants of a parameter set. */
export interface SetRequest {
  readonly schedule: Schedule;
  /** Of bootstrapping, if there is any. */
  readonly keys: KeyBudget;
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

/** A parameter set before it has tables. */
export interface BareSet {
  readonly literal: CkksLiteral;
  readonly reasons: readonly string[];
  /** What a bootstrap adds to a slot, and what it takes; zeros where there is none. */
  readonly bootstrap: { readonly deviation: number; readonly seconds: number };
}

export interface ChosenSet extends BareSet, PromisedError {}

const kMostPrecisionBits = 50;

/** As much of a set as errors depend on. */
type ErrorShape = Pick<BareSet, 'bootstrap'> & {
  readonly literal: Pick<CkksLiteral, 'logN' | 'logScale'>;
};

/** What is promised of outputs under a set. */
export function promisedError(
  { schedule, pairs, steps }: SetRequest,
  { literal: { logN, logScale }, bootstrap }: ErrorShape,
  { bounds, sharing }: PlannerOptions,
): PromisedError {
  const slots = 2 ** (logN - 1);
  const shape = {
    logN,
    logScale,
    digits: schedule.top + 1,
    pairs,
    bootstraps: schedule.bootstraps.map(({ value, joined }) => ({
      value,
      joined,
      halved:
        halvesOf(steps, schedule.bootstraps, value - 1).result !== 1 ||
        (pairs && steps[value - 1]!.kind === 'linear'),
    })),
    bootstrapDeviation: bootstrap.deviation,
  };
  const error = predictDeviation(steps, bounds, shape) * tailFactor(slots);
  return { error, sharedError: sharing === undefined ? error : error * 2 ** sharingBits(sharing, slots) };
}

export const unreachable = (maxError: number, reachable: number): ParameterError =>
  new ParameterError(
    'PARAMETERS_INVALID',
    `An output error of ${maxError} cannot be promised for these bounds; ${reachable.toExponential(1)} can. Raise maxError, lower hiddenNorm, outputNorm and slope, or bound the amplification.`,
    { maxError, reachable },
  );

/** No set is looked for with more. */
const kMostLevels = 120;

function requireLevels(levels: number): void {
  if (levels <= kMostLevels) return;
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `${levels} levels do not fit any parameter set. Use at most ${kMostLevels}, or bootstrapping.`,
    { levels, mostLevels: kMostLevels },
  );
}

/** The set of the smallest scale without bootstraps whose predicted error is small enough. */
function choosePlainSet(request: SetRequest, options: PlannerOptions): ChosenSet {
  const { schedule, slots, keySwitching } = request;
  const { bounds, maxError, security } = options;
  requireLevels(schedule.top);
  let smallest = Infinity;
  for (let precisionBits = 4; precisionBits <= kMostPrecisionBits; ++precisionBits) {
    // Level 0 has to hold the outputs; slots come with the ring, whose size the modulus decides.
    const { literal, reasons } = chooseParameters({
      slots,
      levels: schedule.top,
      precisionBits,
      magnitude: Math.max(bounds.output, 1),
      security,
      keySwitching,
    });
    const bootstrap = { deviation: 0, seconds: 0 };
    const set: BareSet = { literal: { ...literal, magnitude: bounds.input }, reasons, bootstrap };
    const promised = promisedError(request, set, options);
    smallest = Math.min(smallest, promised.sharedError);
    if (promised.sharedError <= maxError) return { ...set, ...promised };
  }
  throw unreachable(maxError, smallest);
}

/** Bits of level 0 above the scale and the outputs: a sign, and what coefficients exceed slots by. */
const kHeadroom = 3;

/** Level 0 of a set that bootstraps is made for hidden values; outputs have to fit it too. */
function requireRoom({ logQ, logScale }: CompleteLiteral, output: number): void {
  const room = 2 ** (logQ[0]! - logScale - kHeadroom);
  if (output <= room) return;
  throw new ParameterError(
    'PARAMETERS_INVALID',
    `Outputs up to ${output} do not fit level 0 of a parameter set that bootstraps, which holds ${room}. Pass bounds: { output: ${room} } and scale the last layer down.`,
    { output, room },
  );
}

/** What bootstraps and levels are to be like for an error to be kept. */
export interface Precision {
  readonly precisionBits: number;
  readonly logScale: number;
}

/** Before there is a set: the ring that nearly all have. */
const kUsual: { readonly least: number; readonly logN: number } = { least: precisionRange.least, logN: 16 };

/**
 * The least precision of bootstraps from `least` bits on, and the smallest scale in this ring, that keep to maxError.
 * Roundings of the steps get what is left beside bootstraps of √2 the precision that would do if nothing else had an error.
 * Throws ParameterError where there are none.
 */
export function neededPrecision(
  request: SetRequest,
  options: PlannerOptions,
  { least, logN } = kUsual,
): Precision {
  const errorOf = (precisionBits: number, logScale: number): number => {
    const bootstrap = { deviation: usualDeviation(precisionBits), seconds: 0 };
    return promisedError(request, { literal: { logN, logScale }, bootstrap }, options).sharedError;
  };
  const { maxError } = options;
  for (let bits = least; bits <= precisionRange.most; ++bits) {
    if (errorOf(bits, scaleRange.most) > maxError / Math.SQRT2) continue;
    for (let logScale: number = scaleRange.least; logScale <= scaleRange.most; ++logScale)
      if (errorOf(bits, logScale) <= maxError) return { precisionBits: bits, logScale };
  }
  throw unreachable(maxError, errorOf(precisionRange.most, scaleRange.most) * Math.SQRT2);
}

/** The set of this precision. Throws ParameterError where there is none. */
export async function bootstrappedSet(
  { schedule, slots, keys }: SetRequest,
  precision: Precision,
  { bounds, security, sets }: PlannerOptions,
): Promise<BareSet> {
  const intent = { slots, levelsAfter: schedule.top, ...precision, keys, security };
  const { literal, reasons, ...bootstrap } = await sets.find(intent);
  requireRoom(literal, Math.max(bounds.output, 1));
  return { literal, reasons, bootstrap };
}

/** The set of the least precision whose predicted error is small enough. */
async function chooseBootstrappedSet(request: SetRequest, options: PlannerOptions): Promise<ChosenSet> {
  let { least, logN } = kUsual;
  for (;;) {
    const precision = neededPrecision(request, options, { least, logN });
    const set = await bootstrappedSet(request, precision, options);
    const promised = promisedError(request, set, options);
    if (promised.sharedError <= options.maxError) return { ...set, ...promised };
    // In a larger ring roundings are larger, too; otherwise it was the bootstraps.
    if (set.literal.logN > logN) logN = set.literal.logN;
    else least = precision.precisionBits + 1;
  }
}

/** The cheapest parameter set whose predicted error is small enough. */
export const chooseSet = async (request: SetRequest, options: PlannerOptions): Promise<ChosenSet> =>
  request.schedule.bootstraps.length === 0
    ? choosePlainSet(request, options)
    : chooseBootstrappedSet(request, options);
