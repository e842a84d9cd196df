import { batchCount } from './pack.js';
import type { Plan, PolynomialStep, ProductStep, SquareStep } from './plan.js';

/** How fast a machine is: what predictions of time are made of. */
export interface MachineProfile {
  readonly cpuLevel: string;
  readonly threads: number;
  /** Nanoseconds of one butterfly of a transform, its share of everything that goes limb by limb beside it included. */
  readonly butterfly: number;
  /** Nanoseconds of one product of a residue with one of a key or an encoded diagonal, which stream from memory. */
  readonly streamedProduct: number;
  /** Nanoseconds of one product of a residue with a number of a linear map over ciphertexts. */
  readonly scalarProduct: number;
  /** Nanoseconds of one byte of a request that is read and checked. */
  readonly byte: number;
}

const unitCosts: Readonly<Record<string, Omit<MachineProfile, 'cpuLevel' | 'threads'>>> = {
  scalar: { butterfly: 1.5, streamedProduct: 1.6, scalarProduct: 0.6, byte: 2 },
  avx2: { butterfly: 0.36, streamedProduct: 1, scalarProduct: 0.19, byte: 1 },
  neon: { butterfly: 1, streamedProduct: 1.3, scalarProduct: 0.4, byte: 2 }, // not measured: there was no such machine
  avx512ifma: { butterfly: 0.16, streamedProduct: 0.25, scalarProduct: 0.06, byte: 0.5 },
};

/** What is assumed of a machine that was not measured: figures of the machine of docs/benchmarks.md. */
export function assumedMachine(cpuLevel: string, threads: number): MachineProfile {
  const costs = unitCosts[cpuLevel] ?? unitCosts.scalar!;
  const speed = threads ** 0.75;
  return {
    cpuLevel,
    threads,
    butterfly: costs.butterfly / speed,
    streamedProduct: costs.streamedProduct / speed,
    scalarProduct: costs.scalarProduct / speed,
    byte: costs.byte,
  };
}

/** The shape of a parameter set that cost depends on. */
export interface CostShape {
  readonly logN: number;
  /** Limbs of a ciphertext at each level. */
  readonly limbs: readonly number[];
  readonly specialLimbs: number;
  /** Digits of the gadget decomposition at each level. */
  readonly digits: readonly number[];
}

/** The shape of a set that nobody has chosen yet, of one prime a level: what is compared before there is one. */
export function roughCosts(logN: number, top: number): CostShape {
  const limbs = Array.from({ length: top + 1 }, (_, level) => level + 1);
  return { logN, limbs, specialLimbs: 1, digits: limbs };
}

/** Transforms, and products by what they are with; each over N residues. */
export interface Work {
  readonly transforms: number;
  readonly streamedProducts: number;
  readonly scalarProducts: number;
}

const work = (part: Partial<Work>): Work => ({
  transforms: 0,
  streamedProducts: 0,
  scalarProducts: 0,
  ...part,
});

export const sumOfWork = (parts: readonly Work[]): Work => ({
  transforms: parts.reduce((sum, part) => sum + part.transforms, 0),
  streamedProducts: parts.reduce((sum, part) => sum + part.streamedProducts, 0),
  scalarProducts: parts.reduce((sum, part) => sum + part.scalarProducts, 0),
});

export const timesWork = (count: number, each: Work): Work => ({
  transforms: count * each.transforms,
  streamedProducts: count * each.streamedProducts,
  scalarProducts: count * each.scalarProducts,
});

/** Seconds of this work on a machine. */
export function secondsOf(done: Work, logN: number, machine: MachineProfile): number {
  const n = 2 ** logN;
  const nanoseconds =
    done.transforms * (n / 2) * logN * machine.butterfly +
    done.streamedProducts * n * machine.streamedProduct +
    done.scalarProducts * n * machine.scalarProduct;
  return nanoseconds / 1e9;
}

/** What the operations of docs/performance.md need at one level of a parameter set. */
export class LevelCosts {
  readonly #limbs: number;
  readonly #all: number;
  readonly #digits: number;

  constructor(shape: CostShape, level: number) {
    this.#limbs = shape.limbs[level]!;
    this.#all = this.#limbs + shape.specialLimbs;
    this.#digits = shape.digits[level]!;
  }

  /** Both parts divided by the primes of the level. */
  get rescale(): Work {
    return work({ transforms: 2 * this.#limbs });
  }
  /** One polynomial into its digits, over Q and P. */
  get #decomposition(): number {
    return this.#digits * this.#all;
  }
  get #keys(): number {
    return 2 * this.#digits * this.#all;
  }
  /** A rotation, a conjugation. */
  get keySwitch(): Work {
    return work({ transforms: this.#decomposition + 2 * this.#all, streamedProducts: this.#keys });
  }
  /** A product of ciphertexts, relinearized and rescaled in one division. */
  get product(): Work {
    return work({
      transforms: this.#decomposition + 2 * this.#all,
      streamedProducts: this.#keys + 2 * this.#limbs,
    });
  }
  /** Rescaled sums of ciphertexts times numbers. */
  linear(rows: number, entries: number): Work {
    return sumOfWork([work({ scalarProducts: 2 * this.#limbs * entries }), timesWork(rows, this.rescale)]);
  }
  /** Diagonals times the slots, with so many rotations of the operand and of sums. */
  transform(diagonals: number, babies: number, giants: number): Work {
    const giant = work({
      transforms: this.#all + this.#decomposition,
      streamedProducts: this.#keys + this.#all,
    });
    return sumOfWork([
      work({
        transforms: this.#decomposition + 2 * this.#all,
        streamedProducts: babies * (this.#keys + this.#all) + 2 * this.#all * diagonals,
      }),
      timesWork(giants, giant),
    ]);
  }
}

/** What a step other than a linear one needs for one ciphertext. */
export function nonlinearWork(
  step: Pick<SquareStep | ProductStep, 'kind' | 'level'> | Pick<PolynomialStep, 'kind' | 'level' | 'degree'>,
  shape: CostShape,
): Work {
  if (step.kind !== 'polynomial') return new LevelCosts(shape, step.level).product;
  // Paterson–Stockmeyer: about 2 √degree products, most of them at the first levels.
  const products = step.degree < 3 ? step.degree : Math.ceil(2 * Math.sqrt(step.degree));
  return timesWork(products, new LevelCosts(shape, step.level).product);
}

/** Server time of a request of so many samples under a plan. */
export const requestSeconds = (plan: Plan, samples: number): number =>
  batchCount(plan, samples) * plan.predicted.seconds.batch;

/** The candidate that costs least, the first of them where several do; undefined where there is none. */
export function cheapest<T>(candidates: readonly T[], cost: (candidate: T) => number): T | undefined {
  let best: T | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const own = cost(candidate);
    if (best !== undefined && own >= least) continue;
    best = candidate;
    least = own;
  }
  return best;
}
