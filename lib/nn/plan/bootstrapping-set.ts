import type { KeyBudget } from '../../ckks/bootstrapping.js';
import type { CkksLiteral } from '../../ckks/parameters.js';
import type { Security } from '../../ckks/security.js';
import { ParameterError } from '../../errors.js';
import type { MachineProfile } from './cost.js';

/** What a plan wants of a set that bootstraps. */
export interface SetIntent {
  readonly slots: number;
  readonly levelsAfter: number;
  /** Of what was bootstrapped, on average over the slots. */
  readonly precisionBits: number;
  /** No slot that is bootstrapped is larger. */
  readonly magnitude: number;
  readonly keys: KeyBudget;
  readonly security: Security;
}

/** A set that bootstraps, before there are tables. */
export interface BootstrappingSet {
  readonly literal: CkksLiteral;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
  /** The root mean square error that a bootstrap adds to a slot. */
  readonly deviation: number;
  /** Of one bootstrap. */
  readonly seconds: (machine: MachineProfile) => number;
}

/** The set for an intent. Throws ParameterError where there is none. */
export function bootstrappingSet({
  slots,
  levelsAfter,
  precisionBits,
  magnitude,
  security,
}: SetIntent): BootstrappingSet {
  const logScale = 40;
  if (levelsAfter > 12 || precisionBits > 22)
    throw new ParameterError(
      'PARAMETERS_INVALID',
      `No set bootstraps to ${levelsAfter} levels with ${precisionBits} bits.`,
      {},
    );
  return {
    literal: {
      logN: security === 'none' ? Math.max(11, Math.log2(slots) + 1) : 16,
      logQ: [52, ...Array<number>(levelsAfter + 3).fill(logScale), ...Array<number>(8).fill(64), 58, 58, 58],
      logP: Array<number>(4).fill(50),
      logScale,
      logSlots: Math.max(3, Math.log2(slots)),
      magnitude,
      security,
      bootstrapping: {
        coefficientsToSlots: 3,
        slotsToCoefficients: 3,
        logScale: 64,
        degree: 31,
        doubleAngles: 3,
        arcsineDegree: 1,
        logMessageRatio: 12,
        secretWeight: 32,
      },
    },
    reasons: [],
    deviation: 2 ** -20,
    seconds: ({ butterfly }) => (butterfly / 0.16) * 5,
  };
}
