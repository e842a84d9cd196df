import type { PlanStep } from './plan.js';

/** Nanoseconds on one thread of the reference machine of docs/benchmarks.md: what predictions of time start from. */
interface UnitCosts {
  /** One butterfly of a transform, its share of everything that goes limb by limb beside it included. */
  readonly butterfly: number;
  /** One multiply-accumulate of a residue. */
  readonly multiplyAccumulate: number;
}

const unitCosts: Readonly<Record<string, UnitCosts>> = {
  scalar: { butterfly: 3.2, multiplyAccumulate: 1.5 },
  avx2: { butterfly: 1.1, multiplyAccumulate: 0.6 },
  neon: { butterfly: 2, multiplyAccumulate: 1 }, // not measured: there was no such machine
  avx512ifma: { butterfly: 0.55, multiplyAccumulate: 0.25 },
};

/** The shape of a parameter set that cost depends on. */
export interface CostShape {
  readonly logN: number;
  /** Limbs of a ciphertext at each level. */
  readonly limbs: readonly number[];
  readonly specialLimbs: number;
  readonly digitWidth: number;
}

/** Transforms and multiply-accumulates (each over N residues) of one step on one batch. */
function count(step: PlanStep, shape: CostShape): { transforms: number; products: number } {
  const limbs = shape.limbs[step.level]!;
  const after = shape.limbs[step.level - 1]!;
  const width = limbs - after;
  const rescale = 2 * (width + after);
  if (step.kind === 'dense')
    return { transforms: step.units * rescale, products: step.units * step.inputs * 2 * limbs };
  const digits = Math.ceil(limbs / shape.digitWidth);
  const all = limbs + shape.specialLimbs;
  // Decomposition (inverse of c2, forward of each digit outside its own primes), then one division of both parts.
  const product = {
    transforms: limbs + digits * all - limbs + 2 * (shape.specialLimbs + width + after),
    products:
      4 * limbs +
      2 * digits * all +
      digits * shape.digitWidth * all +
      2 * (shape.specialLimbs + width) * after,
  };
  if (step.kind === 'square')
    return { transforms: step.units * product.transforms, products: step.units * product.products };
  const multiplications = step.degree; // powers and recombinations of the tree, scalar products counted as cheap ones
  return {
    transforms: step.units * multiplications * product.transforms,
    products: step.units * multiplications * product.products,
  };
}

/** Predicted seconds of all steps on one batch, on one thread at this CPU level. */
export function predictSeconds(steps: readonly PlanStep[], shape: CostShape, cpuLevel: string): number {
  const costs = unitCosts[cpuLevel] ?? unitCosts.scalar!;
  const n = 2 ** shape.logN;
  let nanoseconds = 0;
  for (const step of steps) {
    const { transforms, products } = count(step, shape);
    nanoseconds +=
      transforms * (n / 2) * shape.logN * costs.butterfly + products * n * costs.multiplyAccumulate;
  }
  return nanoseconds / 1e9;
}
