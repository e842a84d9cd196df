// What predictions of time are made of.

/** How fast a machine is: what predictions of time are made of. */
export interface MachineProfile {
  readonly cpuLevel: string;
  readonly threads: number;
  /** Nanoseconds of one butterfly of a transform, its share of everything that goes limb by limb beside it included. */
  readonly butterfly: number;
  /** Nanoseconds of one product of a residue with one of a key, a diagonal or another basis: limbs stream from memory. */
  readonly streamedProduct: number;
  /** The same from N = 2^15 on, where ciphertexts and keys leave the caches; as in small rings if absent. */
  readonly largeStreamedProduct?: number;
  /** Nanoseconds of one product of a residue with a number of a linear map over ciphertexts. */
  readonly scalarProduct: number;
  /** Nanoseconds of one byte of a request that is read and checked. */
  readonly byte: number;
}

const unitCosts: Readonly<Record<string, Omit<MachineProfile, 'cpuLevel' | 'threads'>>> = {
  scalar: { butterfly: 1.5, streamedProduct: 1.6, scalarProduct: 0.6, byte: 2 },
  avx2: { butterfly: 0.36, streamedProduct: 1, scalarProduct: 0.19, byte: 1 },
  neon: { butterfly: 1, streamedProduct: 1.3, scalarProduct: 0.4, byte: 2 }, // not measured: there was no such machine
  avx512ifma: {
    butterfly: 0.16,
    streamedProduct: 0.25,
    scalarProduct: 0.06,
    byte: 0.5,
    // One thread, N = 2^16: rotations of 4 to 20 limbs with 9 and 12 special ones are within 25 %, as are bootstraps of bench/results.
    largeStreamedProduct: 0.33,
  },
};

/** Two threads are about 1.5 times as fast as one where they compute, and share memory where limbs stream. */
const kThreadGain = 0.6;
const kMemoryGain = 0.25;

/** What is assumed of a machine that was not measured: figures of the machine of docs/benchmarks.md. */
export function assumedMachine(cpuLevel: string, threads: number): MachineProfile {
  const costs = unitCosts[cpuLevel] ?? unitCosts.scalar!;
  const speed = threads ** kThreadGain;
  return {
    cpuLevel,
    threads,
    butterfly: costs.butterfly / speed,
    streamedProduct: costs.streamedProduct / speed,
    scalarProduct: costs.scalarProduct / speed,
    byte: costs.byte,
    ...(costs.largeStreamedProduct !== undefined && {
      largeStreamedProduct: costs.largeStreamedProduct / threads ** kMemoryGain,
    }),
  };
}

/** From here on rings are large. */
const kLargeLogN = 15;

/** Transforms, and products by what they are with; each over N residues. */
export interface Work {
  readonly transforms: number;
  readonly streamedProducts: number;
  readonly scalarProducts: number;
}

/** Seconds of this work on a machine. */
export function secondsOf(done: Work, logN: number, machine: MachineProfile): number {
  const n = 2 ** logN;
  const { streamedProduct: near, largeStreamedProduct: far = near } = machine;
  const nanoseconds =
    done.transforms * (n / 2) * logN * machine.butterfly +
    done.streamedProducts * n * (logN < kLargeLogN ? near : far) +
    done.scalarProducts * n * machine.scalarProduct;
  return nanoseconds / 1e9;
}
