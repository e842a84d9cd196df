import type { Work } from '../../ckks/machine.js';
import { batchCount } from './pack.js';
import type { Plan, PolynomialStep, ProductStep, SquareStep } from './plan.js';

export { assumedMachine, secondsOf } from '../../ckks/machine.js';
export type { MachineProfile, Work } from '../../ckks/machine.js';

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
export function roughCosts(logN: number, top: number, specialLimbs = 1): CostShape {
  const limbs = Array.from({ length: top + 1 }, (_, level) => level + 1);
  return { logN, limbs, specialLimbs, digits: limbs.map((count) => Math.ceil(count / specialLimbs)) };
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

/** At N = 2^16, measured: 1.1 ms beside 0.08 ms. */
const kFourierTransforms = 14;

/** What the operations of docs/performance.md need at one level of a parameter set. */
export class LevelCosts {
  readonly #limbs: number;
  readonly #all: number;
  readonly #digits: number;
  readonly #special: number;

  constructor(shape: CostShape, level: number) {
    this.#limbs = shape.limbs[level]!;
    this.#special = shape.specialLimbs;
    this.#all = this.#limbs + shape.specialLimbs;
    this.#digits = shape.digits[level]!;
  }

  /** Both parts divided by the primes of the level: limbs are read and written beside their transforms. */
  get rescale(): Work {
    return work({ transforms: 2 * this.#limbs, streamedProducts: 4 * this.#limbs });
  }
  /** A sum of two ciphertexts: as long as four limbs stream for each of the result's pairs. */
  get sum(): Work {
    return work({ streamedProducts: 4 * this.#limbs });
  }
  /** A ciphertext times an encoded vector. */
  get plainProduct(): Work {
    return work({ streamedProducts: 6 * this.#limbs });
  }
  /** The three parts of a product, not relinearized. */
  get tensor(): Work {
    return work({ streamedProducts: 8 * this.#limbs });
  }
  /** A vector of numbers as a plaintext: its Fourier transform takes as long as so many transforms of a limb. */
  get encoding(): Work {
    return work({ transforms: this.#limbs + kFourierTransforms });
  }
  /** One polynomial into its digits, over Q and P. */
  get #decomposition(): number {
    return this.#digits * this.#all;
  }
  get #keys(): number {
    return 2 * this.#digits * this.#all;
  }
  /**
   * Base conversions of a decomposition: the limbs of every digit, here of equal width, to all others. With digits as wide as P,
   * which bootstrapping has, they and those of the division by P take longer than the transforms.
   */
  get #conversions(): number {
    return this.#limbs * (this.#all - this.#limbs / this.#digits);
  }
  /** Base conversions of one polynomial divided by P. */
  get #division(): number {
    return this.#special * this.#limbs;
  }
  /** A rotation, a conjugation. */
  get keySwitch(): Work {
    return work({
      transforms: this.#decomposition + 2 * this.#all,
      streamedProducts: this.#keys + this.#conversions + 2 * this.#division,
    });
  }
  /** A product of ciphertexts, relinearized and rescaled in one division. */
  get product(): Work {
    return sumOfWork([this.keySwitch, this.tensor]);
  }
  /** Rescaled sums of ciphertexts times numbers. */
  linear(rows: number, entries: number): Work {
    return sumOfWork([work({ scalarProducts: 2 * this.#limbs * entries }), timesWork(rows, this.rescale)]);
  }
  /** Diagonals times the slots, with so many rotations of the operand and of sums. */
  transform(diagonals: number, babies: number, giants: number): Work {
    const giant = work({
      transforms: this.#all + this.#decomposition,
      streamedProducts: this.#keys + this.#all + this.#conversions + this.#division,
    });
    return sumOfWork([
      work({
        transforms: this.#decomposition + 2 * this.#all,
        streamedProducts:
          babies * (this.#keys + this.#all) +
          2 * this.#all * diagonals +
          this.#conversions +
          2 * this.#division,
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
