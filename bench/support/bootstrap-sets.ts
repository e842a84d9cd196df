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
  /** The most memory that a program takes, in units of 10^9 bytes; the names of peers are those of ./peers.ts. */
  readonly gigabytes: Readonly<Record<string, number>> & { readonly ciphernet: number };
}

/**
 * Ours: full packing has the default circuit, 10 levels of 40 bits and more than 20 bits for constant slots; the others are what
 * `plan_bootstrapping` gives for 10 levels of 40 bits and 22 bits of precision at N = 2^16, for 2 levels of 28 bits and 12
 * bits of precision at N = 2^15. The peers take their own sets for a ring: Lattigo N16QP1546H192H32 and
 * N15QP768H192H32, OpenFHE one of its generator.
 */
export const bootstrapSets: readonly BootstrapSet[] = [
  {
    op: 'bootstrap_full',
    logSlots: 15,
    ours: {
      logN: 16,
      logQ: [57, ...repeated(40, 10), ...repeated(40, 3), ...repeated(66, 8), ...repeated(58, 3)],
      logP: repeated(50, 9),
      logScale: 40,
    },
    circuit: {
      coefficientsToSlots: 3,
      slotsToCoefficients: 3,
      logScale: 66,
      degree: 47,
      doubleAngles: 2,
      arcsineDegree: 1,
      logMessageRatio: 12,
      secretWeight: 32,
    },
    keys: 'fast',
    gigabytes: { ciphernet: 9, lattigo: 14, openfhe: 10 },
  },
  {
    op: 'bootstrap_sparse',
    logSlots: 10,
    ours: {
      logN: 16,
      logQ: [57, ...repeated(40, 10), ...repeated(37, 4), ...repeated(60, 8), ...repeated(52, 3)],
      logP: repeated(50, 10),
      logScale: 40,
    },
    circuit: {
      coefficientsToSlots: 3,
      slotsToCoefficients: 4,
      logScale: 60,
      degree: 47,
      doubleAngles: 2,
      arcsineDegree: 1,
      logMessageRatio: 13,
      secretWeight: 32,
    },
    keys: 'fast',
    gigabytes: { ciphernet: 7, lattigo: 9, openfhe: 8 },
  },
  {
    op: 'bootstrap_full',
    logSlots: 14,
    ours: {
      logN: 15,
      logQ: [40, ...repeated(28, 2), ...repeated(28, 3), ...repeated(48, 8), ...repeated(48, 3)],
      logP: repeated(50, 3),
      logScale: 28,
    },
    circuit: {
      coefficientsToSlots: 3,
      slotsToCoefficients: 3,
      logScale: 48,
      degree: 31,
      doubleAngles: 3,
      arcsineDegree: 1,
      logMessageRatio: 8,
      secretWeight: 32,
    },
    keys: 'fast',
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
  ].join(','),
});
