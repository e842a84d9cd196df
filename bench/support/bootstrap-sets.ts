import { type CkksSet, repeated, words } from './ckks-sets.js';

/** How the levels of a set that bootstraps are spent; ckks::BootstrappingLiteral in C++ says what each number is. */
interface Circuit {
  readonly coefficientsToSlots: number;
  readonly slotsToCoefficients: number;
  readonly logScale: number;
  readonly degree: number;
  readonly doubleAngles: number;
  readonly arcsineDegree: number;
  readonly logMessageRatio: number;
  readonly secretWeight: number;
}

/** A bootstrap of ours, who does one of as many slots in the same ring beside us, and what each takes. */
export interface BootstrapSet {
  readonly op: 'bootstrap_full' | 'bootstrap_sparse';
  readonly logSlots: number;
  readonly ours: CkksSet;
  readonly circuit: Circuit;
  /** Rotations that one factor of a transform may have keys for. */
  readonly mostKeys: number;
  /** The most memory that a program takes, in units of 10^9 bytes; the names of peers are those of ./peers.ts. */
  readonly gigabytes: Readonly<Record<string, number>> & { readonly ciphernet: number };
}

const circuit: Circuit = {
  coefficientsToSlots: 3,
  slotsToCoefficients: 3,
  logScale: 64,
  degree: 31,
  doubleAngles: 3,
  arcsineDegree: 1,
  logMessageRatio: 12,
  secretWeight: 32,
};

const ring16: CkksSet = {
  logN: 16,
  logQ: [52, ...repeated(40, 10), ...repeated(40, 3), ...repeated(64, 8), ...repeated(58, 3)],
  logP: repeated(50, 9),
  logScale: 40,
};

/** The peers take their own sets for a ring: Lattigo N16QP1546H192H32 and N15QP768H192H32, OpenFHE one of its generator. */
export const bootstrapSets: readonly BootstrapSet[] = [
  {
    op: 'bootstrap_full',
    logSlots: 15,
    ours: ring16,
    circuit,
    mostKeys: 1000,
    gigabytes: { ciphernet: 11, lattigo: 14, openfhe: 10 },
  },
  {
    op: 'bootstrap_sparse',
    logSlots: 10,
    ours: ring16,
    circuit,
    mostKeys: 1000,
    gigabytes: { ciphernet: 8, lattigo: 9, openfhe: 8 },
  },
  {
    op: 'bootstrap_full',
    logSlots: 14,
    ours: {
      logN: 15,
      logQ: [44, ...repeated(28, 2), ...repeated(28, 2), ...repeated(46, 8), ...repeated(46, 2)],
      logP: repeated(50, 5),
      logScale: 28,
    },
    circuit: {
      ...circuit,
      coefficientsToSlots: 2,
      slotsToCoefficients: 2,
      logScale: 46,
      logMessageRatio: 10,
    },
    mostKeys: 1000,
    gigabytes: { ciphernet: 5, lattigo: 8 },
  },
];

/** What the core's bench is told of a set. */
export const bootstrapWords = (set: BootstrapSet): Record<string, string | number> => ({
  ...words(set.ours),
  'log-slots': set.logSlots,
  'most-keys': set.mostKeys,
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
