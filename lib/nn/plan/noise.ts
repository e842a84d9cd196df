import {
  encodingDeviation,
  freshDeviation,
  keySwitchDeviation,
  roundingDeviation,
  scalarDeviation,
} from '../../ckks/noise.js';
import type { PlanBounds } from './plan.js';

/** A step as far as its errors go. */
export type NoisyStep =
  | {
      readonly kind: 'linear';
      readonly sources: readonly number[];
      /** The most entries of a row, over all sources. */
      readonly rowEntries: number;
      /** What transforms and rotations add; absent where numbers multiply whole ciphertexts. */
      readonly transform?: { readonly diagonals: number; readonly giants: number; readonly folds: number };
    }
  | { readonly kind: 'square' | 'product'; readonly sources: readonly number[] }
  | { readonly kind: 'polynomial'; readonly sources: readonly number[]; readonly degree: number };

/** The ring and the gadget, before there are primes. */
export interface NoiseShape {
  readonly logN: number;
  readonly logScale: number;
  /** Digits of a key switch at most. */
  readonly digits: number;
  /** Whether hidden values are taken apart by a conjugation. */
  readonly pairs: boolean;
}

/** Digits are at most √2 · P: the widest that rlwe/parameters makes. */
const digitSquare = 2;

/**
 * The root mean square error of a slot of the last step, for any weights within the public bounds. The errors of the slots
 * of fresh ciphertexts are independent, so that a linear step stretches them by its spectral norm at most, and a row of the
 * last one by its length. Those that a step makes are independent roundings and add as squares; what an error becomes over
 * several sources adds as it is, since they may share it.
 */
export function predictDeviation(steps: readonly NoisyStep[], bounds: PlanBounds, shape: NoiseShape): number {
  const n = 2 ** shape.logN;
  const scale = 2 ** shape.logScale;
  const rounding = roundingDeviation(n, scale);
  const switching = Math.hypot(keySwitchDeviation(n, scale, digitSquare * shape.digits), rounding);
  const values = [{ deviation: freshDeviation(n, scale), magnitude: bounds.input }];
  steps.forEach((step, index) => {
    const sources = step.sources.map((source) => values[source]!);
    const before = Math.max(...sources.map((source) => source.deviation));
    let deviation: number;
    if (step.kind === 'linear') {
      const norm = index === steps.length - 1 ? bounds.outputNorm : bounds.hiddenNorm;
      const magnitude = Math.max(...sources.map((source) => source.magnitude));
      if (step.transform === undefined) {
        // A pair is taken apart into twice its parts, of halved weights: what is added here counts twice.
        const split = shape.pairs && index < steps.length - 1;
        const weights = (split ? 2 : 1) * Math.sqrt(step.rowEntries) * magnitude * scalarDeviation(scale);
        deviation = norm * before + Math.hypot(weights, (split ? Math.SQRT2 : 1) * rounding);
      } else {
        const { diagonals, giants, folds } = step.transform;
        // 2^folds parts of a sum, each from its own diagonals; baby steps' errors are multiplied by the entries.
        const own = Math.hypot(
          Math.sqrt(diagonals) * magnitude * encodingDeviation(n, scale),
          Math.sqrt(giants) * (switching / scale),
          rounding,
        );
        const rotations = Math.sqrt(2 ** folds - 1) * switching;
        const gathered = 2 ** (folds / 2) * own;
        deviation =
          norm * (before + keySwitchDeviation(n, scale, digitSquare * shape.digits)) +
          Math.hypot(gathered, rotations);
      }
    } else if (step.kind === 'polynomial') {
      // Each product on the way rounds; T_n is no steeper than n² on [-1, 1].
      deviation = bounds.slope * (before + (shape.pairs ? switching : 0)) + 2 * step.degree ** 2 * switching;
    } else {
      deviation = 2 * (before + (shape.pairs ? switching : 0)) + switching;
    }
    values.push({ deviation, magnitude: 1 });
  });
  return values.at(-1)!.deviation;
}
