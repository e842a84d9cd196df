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

/** A bootstrap as far as errors go. */
export interface NoisyBootstrap {
  readonly value: number;
  readonly joined: boolean;
  /** Whether the ciphertexts hold half of the value before it. */
  readonly halved: boolean;
}

/** The ring and the gadget, before there are primes. */
export interface NoiseShape {
  readonly logN: number;
  readonly logScale: number;
  /** Digits of a key switch at most. */
  readonly digits: number;
  /** Whether hidden values are taken apart by a conjugation. */
  readonly pairs: boolean;
  readonly bootstraps: readonly NoisyBootstrap[];
  /** What a bootstrap adds to a slot. */
  readonly bootstrapDeviation: number;
}

/** Digits are at most √2 · P: the widest that rlwe/parameters makes. */
const digitSquare = 2;

/** Deviations of single operations in a ring. */
interface Deviations {
  readonly rounding: number;
  readonly keySwitch: number;
  /** A key switch with its rounding. */
  readonly switching: number;
  readonly encoding: number;
  readonly scalar: number;
}

function deviationsOf({ logN, logScale, digits }: NoiseShape): Deviations {
  const n = 2 ** logN;
  const scale = 2 ** logScale;
  const rounding = roundingDeviation(n, scale);
  const keySwitch = keySwitchDeviation(n, scale, digitSquare * digits);
  return {
    rounding,
    keySwitch,
    switching: Math.hypot(keySwitch, rounding),
    encoding: encodingDeviation(n, scale),
    scalar: scalarDeviation(scale),
  };
}

/** What a step makes of an error, and what it adds. */
interface StepNoise {
  readonly gain: number;
  readonly own: number;
}

/** Where a step stands, as far as its errors go. */
interface Surroundings {
  readonly bounds: PlanBounds;
  readonly shape: NoiseShape;
  readonly each: Deviations;
  readonly last: boolean;
  /** No source is larger. */
  readonly magnitude: number;
  /** Whether the result is half of the value, so that what is added counts twice. */
  readonly halved: boolean;
}

function linearNoise(step: NoisyStep & { readonly kind: 'linear' }, surroundings: Surroundings): StepNoise {
  const { bounds, shape, each, last, magnitude } = surroundings;
  const gain = last ? bounds.outputNorm : bounds.hiddenNorm;
  const times = surroundings.halved ? 2 : 1;
  if (step.transform === undefined) {
    const weights = Math.sqrt(step.rowEntries) * magnitude * each.scalar;
    // A pair is taken apart into twice its parts, of halved weights: what is added here counts twice.
    const split = shape.pairs && !last;
    const own = split
      ? Math.hypot(2 * weights, Math.SQRT2 * each.rounding)
      : times * Math.hypot(weights, each.rounding);
    return { gain, own };
  }
  const { diagonals, giants, folds } = step.transform;
  // 2^folds parts of a sum, each from its own diagonals; baby steps' errors are multiplied by the entries.
  const part = Math.hypot(
    Math.sqrt(diagonals) * magnitude * each.encoding,
    Math.sqrt(giants) * (each.switching / 2 ** shape.logScale),
    each.rounding,
  );
  const rotations = Math.sqrt(2 ** folds - 1) * each.switching;
  const gathered = 2 ** (folds / 2) * part;
  return { gain, own: gain * each.keySwitch + times * Math.hypot(gathered, rotations) };
}

function stepNoise(step: NoisyStep, surroundings: Surroundings): StepNoise {
  const { bounds, shape, each } = surroundings;
  if (step.kind === 'linear') return linearNoise(step, surroundings);
  const gain = step.kind === 'polynomial' ? bounds.slope : 2;
  // Each product on the way rounds; T_n is no steeper than n² on [-1, 1].
  const products = step.kind === 'polynomial' ? 2 * step.degree ** 2 : 1;
  return { gain, own: gain * (shape.pairs ? each.switching : 0) + products * each.switching };
}

/**
 * The root mean square error of a slot of the last step, for any weights within the public bounds. The errors of the slots
 * of fresh ciphertexts are independent, so that a linear step stretches them by its spectral norm at most, and a row of the
 * last one by its length. Those that a step makes are independent roundings and add as squares, as do those of a bootstrap;
 * what an error becomes over several sources adds as it is, since they may share it. Step after step that is the product of
 * the bounds; where `amplification` bounds what the whole network makes of an error, the errors of all steps add as squares.
 */
export function predictDeviation(steps: readonly NoisyStep[], bounds: PlanBounds, shape: NoiseShape): number {
  const each = deviationsOf(shape);
  const bootstraps = new Map(shape.bootstraps.map((bootstrap) => [bootstrap.value, bootstrap]));
  const fresh = freshDeviation(2 ** shape.logN, 2 ** shape.logScale);
  const deviations = [fresh];
  const hidden = [fresh];
  let output = 0;
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    const bootstrap = bootstraps.get(index + 1);
    const halved = bootstrap?.halved ?? false;
    const magnitude = Math.max(...step.sources.map((source) => (source === 0 ? bounds.input : 1)));
    const { gain, own } = stepNoise(step, { bounds, shape, each, last, magnitude, halved });
    const before = Math.max(...step.sources.map((source) => deviations[source]!));
    // Parts come apart by a conjugation, and drop to the level of their readers.
    const bootstrapped =
      bootstrap === undefined
        ? 0
        : (halved ? 2 : 1) *
          Math.hypot(shape.bootstrapDeviation, bootstrap.joined ? each.switching : 0, each.rounding);
    deviations.push(Math.hypot(gain * before + own, bootstrapped));
    if (last) output = own;
    else hidden.push(own, bootstrapped);
  });
  const stepwise = deviations.at(-1)!;
  const { amplification } = bounds;
  if (amplification === undefined) return stepwise;
  return Math.min(stepwise, Math.hypot(amplification * Math.hypot(...hidden), output));
}
