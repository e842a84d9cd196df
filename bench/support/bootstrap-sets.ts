import type { BootstrappingLiteral } from '../../lib/ckks/bootstrapping.js';
import { type CkksSet, repeated, words } from './ckks-sets.js';

/** A bootstrap of ours, who does one of as many slots in the same ring beside us, and what each takes. */
export interface BootstrapSet {
  readonly op: 'bootstrap_full' | 'bootstrap_sparse';
  readonly logSlots: number;
  readonly ours: CkksSet;
  readonly circuit: Required<BootstrappingLiteral>;
  /** Fewer keys cost time. */
  readonly keys: 'fast' | 'small';
  /** Over how many fresh keys precision is measured, unless the command line says otherwise. */
  readonly freshKeys: number;
  /** The most memory that a program takes, in units of 10^9 bytes; the names of peers are those of ./peers.ts. */
  readonly gigabytes: Readonly<Record<string, number>> & { readonly ciphernet: number };
}

/**
 * Ours: full packing has 12 levels of 40 bits, those of the first transform not counted, and more than 24 bits for constant slots;
 * the others are what `plan_bootstrapping` gives for 10 levels of 40 bits and 22 bits of precision at N = 2^16, for 2 levels
 * of 28 bits and 14 bits of precision at N = 2^15. The peers take their own sets for a ring: Lattigo N16QP1546H192H32 and
 * N15QP768H192H32, OpenFHE one of its generator.
 */
export const bootstrapSets: readonly BootstrapSet[] = [
  {
    op: 'bootstrap_full',
    logSlots: 15,
    ours: {
      logN: 16,
      logQ: [54, ...repeated(40, 14), 67, ...repeated(59, 7), ...repeated(49, 3), 54],
      logP: repeated(50, 9),
      logScale: 40,
    },
    circuit: {
      order: 'slots-to-coefficients-first',
      coefficientsToSlots: 4,
      slotsToCoefficients: 2,
      logScale: 59,
      degree: 47,
      doubleAngles: 2,
      arcsineDegree: 1,
      logMessageRatio: 14,
      secretWeight: 32,
    },
    keys: 'fast',
    freshKeys: 10,
    gigabytes: { ciphernet: 7, lattigo: 14, openfhe: 10 },
  },
  {
    op: 'bootstrap_sparse',
    logSlots: 10,
    ours: {
      logN: 16,
      logQ: [57, ...repeated(40, 10), ...repeated(36, 4), ...repeated(58, 8), ...repeated(51, 4)],
      logP: repeated(50, 9),
      logScale: 40,
    },
    circuit: {
      order: 'coefficients-to-slots-first',
      coefficientsToSlots: 4,
      slotsToCoefficients: 4,
      logScale: 58,
      degree: 55,
      doubleAngles: 2,
      arcsineDegree: 1,
      logMessageRatio: 13,
      secretWeight: 32,
    },
    keys: 'fast',
    freshKeys: 1,
    gigabytes: { ciphernet: 6, lattigo: 9, openfhe: 8 },
  },
  {
    op: 'bootstrap_full',
    logSlots: 14,
    ours: {
      logN: 15,
      logQ: [37, ...repeated(28, 4), 62, ...repeated(48, 10)],
      logP: repeated(50, 3),
      logScale: 28,
    },
    circuit: {
      order: 'slots-to-coefficients-first',
      coefficientsToSlots: 3,
      slotsToCoefficients: 2,
      logScale: 48,
      degree: 31,
      doubleAngles: 3,
      arcsineDegree: 1,
      logMessageRatio: 9,
      secretWeight: 32,
    },
    keys: 'fast',
    freshKeys: 1,
    gigabytes: { ciphernet: 4, lattigo: 8 },
  },
];

/** What the core's bench is told of a set. */
export const bootstrapWords = (set: BootstrapSet): Record<string, string | number> => ({
  ...words(set.ours),
  'log-slots': set.logSlots,
  'small-keys': set.keys === 'small' ? 1 : 0,
  bootstrapping: [
    set.circuit.coefficientsToSlots,
    set.circuit.slotsToCoefficients,
    set.circuit.logScale,
    set.circuit.degree,
    set.circuit.doubleAngles,
    set.circuit.arcsineDegree,
    set.circuit.logMessageRatio,
    set.circuit.secretWeight,
    set.circuit.order === 'slots-to-coefficients-first' ? 1 : 0,
  ].join(','),
});
