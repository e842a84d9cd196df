import { polynomialLevels } from '../../approximation/cost.js';
import type { KeyBudget } from '../../ckks/bootstrapping.js';
import type { EvaluationKeyRequest } from '../../ckks/key-request.js';
import type { CkksLiteral } from '../../ckks/parameters.js';
import type { Sharing } from '../../ckks/sharing.js';
import type { Layout } from './layout.js';

// Steps as a plan shows them: shapes and levels. Value 0 is the input, value i + 1 what step i gives. `level` is that of
// the ciphertexts that enter; sources that are higher are brought down to it.

/** Σ matrices · sources + bias: one level. */
export interface LinearStep {
  readonly kind: 'linear';
  readonly sources: readonly number[];
  readonly units: number;
  /** Entries of each source's matrix, those that the shapes put there. */
  readonly entries: readonly number[];
  readonly level: number;
  /** Interleaved packing only. */
  readonly transform?: TransformStep;
}

/** How a linear step is done on slots. */
export interface TransformStep {
  /** Where the results lie. */
  readonly layout: Layout;
  /** The split of each source's diagonals, in slots of a sample. */
  readonly babySteps: readonly number[];
}

/** The square of every value: one level. Polynomials of degree 2 are squares of a shifted value; the rest is folded into the weights around them. */
export interface SquareStep {
  readonly kind: 'square';
  readonly sources: readonly [number];
  readonly units: number;
  readonly level: number;
}

/** A polynomial of every value: ⌈log2(degree + 1)⌉ levels. */
export interface PolynomialStep {
  readonly kind: 'polynomial';
  readonly sources: readonly [number];
  readonly units: number;
  readonly degree: number;
  readonly level: number;
}

/** Two values, element by element: one level. */
export interface ProductStep {
  readonly kind: 'product';
  readonly sources: readonly [number, number];
  readonly units: number;
  readonly level: number;
}

/** A step of a plan, without a weight in it. */
export type PlanStep = LinearStep | SquareStep | PolynomialStep | ProductStep;

/**
 * Ciphertext i of a batch holds feature i of many samples, one a slot, and no linear step needs a rotation. With `pairs`
 * linear steps work on two samples a slot, one in the real and one in the imaginary part; one conjugation a hidden value
 * takes them apart for products.
 */
export interface SamplesPacking {
  readonly kind: 'samples';
  readonly pairs: boolean;
}

/**
 * One ciphertext holds all features of a few samples: element p of sample s lies in slot p · `samples` + s, so that a
 * rotation by a multiple of `samples` turns every sample in itself. Linear steps are transforms of the slots.
 */
export interface InterleavedPacking {
  readonly kind: 'interleaved';
  /** Slots of a sample, a power of two. */
  readonly length: number;
  /** Samples of a ciphertext: the slots divided by `length`. */
  readonly samples: number;
  /** Where the inputs lie in `length` slots. */
  readonly input: Layout;
}

/** How samples lie in the slots of ciphertexts. */
export type Packing = SamplesPacking | InterleavedPacking;

/** The size of a slot by that of what it holds: two of them are the parts of a complex one. */
export const slotMagnitude = (pairs: boolean): number => (pairs ? Math.SQRT2 : 1);

/** Whether two samples share a slot. */
export const hasPairs = (packing: Packing): boolean => packing.kind === 'samples' && packing.pairs;

/** Samples of a batch, in ciphertexts of so many slots. */
export const samplesOf = (packing: Packing, slots: number): number =>
  packing.kind === 'interleaved' ? packing.samples : packing.pairs ? 2 * slots : slots;

/** What is promised about values and weights in public, so that nothing in a plan has to depend on the weights. */
export interface PlanBounds {
  /** No input is larger in magnitude. */
  readonly input: number;
  /** No output is larger in magnitude. */
  readonly output: number;
  /** No folded linear step but the last stretches errors by more (its spectral norm, summed over sources). */
  readonly hiddenNorm: number;
  /** No row of the last linear step is longer (its Euclidean norm, summed over sources). */
  readonly outputNorm: number;
  /** No folded activation is steeper on [-1, 1]. */
  readonly slope: number;
  /**
   * No error of a value is more times as large in an output. Deep networks need it: the product of the bounds of all steps is
   * far from what they do.
   */
  readonly amplification?: number;
}

/** A key for rotations, up to a level. */
export interface RotationKey {
  readonly steps: number;
  readonly level: number;
}

/** A value that is bootstrapped as soon as it is made, for all that read it. */
export interface PlanBootstrap {
  readonly value: number;
  /**
   * Whether two ciphertexts are bootstrapped as one, as its real and its imaginary part. They come apart doubled; matrices
   * around hold the half (see halvesOf()).
   */
  readonly joined: boolean;
}

/** Where a plan bootstraps, and by which keys. */
export interface PlanBootstrapping {
  readonly keys: KeyBudget;
  /** Ascending: none of inputs and outputs. */
  readonly values: readonly PlanBootstrap[];
}

/** The evaluation keys that a plan needs, each up to the highest level at which it is used; those of bootstrapping on top. */
export interface PlanKeys {
  /** null when nothing is relinearized. */
  readonly relinearization: number | null;
  readonly conjugation: number | null;
  readonly rotations: readonly RotationKey[];
}

/** What a plan says of its execution before a key is made. */
export interface PlanPrediction {
  /** Products one after the other; with bootstraps more than the parameters have levels. */
  readonly levels: number;
  /** No output is further from the polynomial network in the clear, but with probability 2^-40 a batch. */
  readonly error: number;
  /** The same of outputs that are decrypted for sharing; as `error` where nothing is shared. */
  readonly sharedError: number;
  readonly bytes: {
    /** Evaluation keys as they are sent and stored. */
    readonly evaluationKeys: number;
    readonly evaluationKeysInMemory: number;
    /** One batch of encrypted inputs, and of encrypted outputs, without the short header of a message. */
    readonly upload: number;
    readonly download: number;
  };
  readonly seconds: {
    /** Server time of one batch, full or not. */
    readonly batch: number;
    /** Seconds of each step; reading the inputs comes on top, and bootstraps. */
    readonly steps: readonly number[];
    /** Of all bootstraps of a batch. */
    readonly bootstraps?: number;
    /** What it was predicted for. */
    readonly cpuLevel: string;
    readonly threads: number;
  };
}

/**
 * What client and server agree on before a key is made. Public: shapes, parameters, keys, predictions. It holds no
 * weights and no function of them.
 */
export interface Plan {
  readonly format: 'ciphernet-plan';
  readonly version: 2;
  readonly packing: Packing;
  /** What is evaluated at once. */
  readonly samplesPerBatch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bounds: PlanBounds;
  readonly steps: readonly PlanStep[];
  readonly parameters: CkksLiteral;
  /** Absent where the levels of the parameters suffice. */
  readonly bootstrapping?: PlanBootstrapping;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
  readonly keys: PlanKeys;
  /** How many decrypted results others than the key's owner may see, which the parameters have room for; null: none. */
  readonly sharing: Required<Sharing> | null;
  readonly predicted: PlanPrediction;
}

/** As much of a step as says how many levels it spends. */
export type Leveled =
  | { readonly kind: 'linear' | 'square' | 'product' }
  | { readonly kind: 'polynomial'; readonly degree: number }
  | { readonly kind: 'node'; readonly levels: number };

/** Levels that a step spends. */
export function levelsOf(step: Leveled): number {
  if (step.kind === 'polynomial') return polynomialLevels(step.degree, [-1, 1]);
  return step.kind === 'node' ? step.levels : 1;
}

/** For each step (-1: the inputs), whoever reads it: the number of the step. */
export const readersOf = (
  steps: readonly { readonly sources: readonly number[] }[],
  index: number,
): number[] => steps.flatMap((step, reader) => (step.sources.includes(index + 1) ? [reader] : []));

/**
 * The level at which each step begins: the lowest that those who read it leave open, so that the last step ends at 0, and
 * any whose result is bootstrapped at the lowest level for that. Without bootstraps the inputs are at the highest level of all.
 */
export function placeLevels(
  steps: readonly (Leveled & { readonly sources: readonly number[] })[],
  { bootstrapped, lowest }: { readonly bootstrapped: ReadonlySet<number>; readonly lowest: number } = {
    bootstrapped: new Set(),
    lowest: 0,
  },
): number[] {
  const levels = new Array<number>(steps.length).fill(0);
  for (let index = steps.length - 1; index >= 0; --index) {
    const fresh = bootstrapped.has(index + 1);
    const readers = fresh ? [] : readersOf(steps, index);
    const after = Math.max(fresh ? lowest : 0, ...readers.map((reader) => levels[reader]!));
    levels[index] = after + levelsOf(steps[index]!);
  }
  return levels;
}

/** The highest level at which a value is read. */
export const readingLevelOf = (
  steps: readonly { readonly sources: readonly number[] }[],
  levels: readonly number[],
  value: number,
): number => Math.max(...readersOf(steps, value - 1).map((reader) => levels[reader]!));

/** The level of the inputs of a plan. */
export const inputLevelOf = ({ steps }: Pick<Plan, 'steps'>): number =>
  readingLevelOf(
    steps,
    steps.map((step) => step.level),
    0,
  );

/** The highest level at which a step other than a linear one begins, which keys have to reach; null where there is none. */
export function highestNonlinearLevel(
  steps: readonly { readonly kind: PlanStep['kind'] }[],
  levels: readonly number[],
): number | null {
  const nonlinear = levels.filter((_, index) => steps[index]!.kind !== 'linear');
  return nonlinear.length === 0 ? null : Math.max(...nonlinear);
}

/** How a value lies in the slots (interleaved packing): only linear steps move what they read. */
export function layoutOf(steps: readonly PlanStep[], input: Layout, value: number): Layout {
  if (value === 0) return input;
  const step = steps[value - 1]!;
  return step.kind === 'linear' ? step.transform!.layout : layoutOf(steps, input, step.sources[0]);
}

/** How many numbers each value has: the inputs, then each step's. */
export const widthsOf = (plan: Pick<Plan, 'inputs' | 'steps'>): number[] => [
  plan.inputs,
  ...plan.steps.map((step) => step.units),
];

/** What a client's KeyGenerator makes for a plan. */
export const keyRequestOf = ({ keys, bootstrapping }: Plan): EvaluationKeyRequest => ({
  ...(keys.relinearization !== null && { relinearization: { level: keys.relinearization } }),
  ...(keys.conjugation !== null && { conjugation: { level: keys.conjugation } }),
  ...(bootstrapping && { bootstrapping: { keys: bootstrapping.keys } }),
  rotations: keys.rotations,
});

/** The size that inputs are declared to have, two of which may share a slot. */
export const inputMagnitudeOf = ({ bounds, packing }: Pick<Plan, 'bounds' | 'packing'>): number =>
  bounds.input * slotMagnitude(hasPairs(packing));
