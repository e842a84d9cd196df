import type { Composite } from '../approximation/composite.js';
import {
  checkOptions,
  checkRun,
  refuse,
  requireBoolean,
  requireInstance,
  requireInteger,
  requirePositive,
  requireVector,
  runOptionNames,
} from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type {
  NativeCiphertext,
  NativeEvaluationKeys,
  NativeParameters,
  NativeWatch,
  RunOptions,
} from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { evaluateComposite } from './composite.js';
import { EvaluationKeys } from './evaluation-keys.js';
import { LinearTransform } from './linear-transform.js';
import { CkksParameters } from './parameters.js';
import { Plaintext } from './plaintext.js';
import { nativePolynomial } from './polynomial.js';
import type { Polynomial } from './polynomial.js';
import { requireOneEach, rightHand } from './operands.js';
import type { Operand } from './operands.js';
import { nativeSlots } from './slots.js';
import type { SlotValues } from './slots.js';
import { sparseRows } from './sparse-rows.js';
import type { SparseRows } from './sparse-rows.js';

/** How far a product is carried. */
export interface ProductOptions extends RunOptions {
  /** Back to two parts, with the relinearization key. true if absent. */
  readonly relinearize?: boolean;
  /** Back to the scale of the level below; spends that level. true if absent. */
  readonly rescale?: boolean;
}

export interface EncodeOptions extends RunOptions {
  /** The level of the result; the highest if absent. A lower one works with ciphertexts of its level and above. */
  readonly level?: number;
  /** No value is larger in magnitude; the largest of `values` if absent. It travels with what is made from the plaintext. */
  readonly magnitude?: number;
}

type Start = (
  parameters: NativeParameters,
  keys: NativeEvaluationKeys | null,
  ciphertexts: NativeCiphertext[],
  watch: NativeWatch | undefined,
) => Promise<NativeCiphertext[]>;

const productOptionNames = ['relinearize', 'rescale', ...runOptionNames] as const;
const mostSteps = 2 ** 31 - 1;

/**
 * Computes on ciphertexts; holds public things only. Operands of different levels are brought to the lower one. Every
 * operation takes a ciphertext or an array of them (element by element, in parallel) and gives the same.
 *
 * @example
 * ```ts
 * const evaluator = new Evaluator(parameters, evaluationKeys);
 * const product = await evaluator.multiply(x, y); // one level lower
 * const turned = await evaluator.rotate(product, 1); // slot i is now what slot i + 1 was
 * ```
 */
export class Evaluator {
  readonly #parameters: CkksParameters;
  readonly #keys: EvaluationKeys | undefined;

  /** Without evaluation keys: sums, products with plaintexts and numbers, rescaling, levels. */
  constructor(parameters: CkksParameters, evaluationKeys?: EvaluationKeys) {
    CkksParameters.native(parameters);
    if (evaluationKeys !== undefined) requireInstance(evaluationKeys, EvaluationKeys, 'the evaluation keys');
    this.#parameters = parameters;
    this.#keys = evaluationKeys;
  }

  /** Slots as a plaintext for sums and products. */
  encode(values: SlotValues, options?: EncodeOptions): Promise<Plaintext>;
  encode(values: readonly SlotValues[], options?: EncodeOptions): Promise<Plaintext[]>;
  async encode(
    values: SlotValues | readonly SlotValues[],
    options: EncodeOptions = {},
  ): Promise<Plaintext | Plaintext[]> {
    const parameters = this.#parameters;
    const {
      level = parameters.maxLevel,
      magnitude,
      ...rest
    } = checkOptions(options, ['level', 'magnitude', ...runOptionNames], 'encode()');
    requireInteger(level, 'level', 0, parameters.maxLevel);
    const slots = nativeSlots(values, 'values', parameters.slots);
    const bound = magnitude ?? largest(slots);
    if (magnitude !== undefined) requirePositive(magnitude, 'magnitude');
    const handles = await run(checkRun(rest, 'encode()'), (watch) =>
      native.encode(CkksParameters.native(parameters), slots, level, bound, watch),
    );
    const plaintexts = handles.map((handle) => Plaintext.wrap(handle));
    return Array.isArray(values) ? plaintexts : plaintexts[0]!;
  }

  /** a + b. Numbers and plaintexts too. */
  add(a: Ciphertext, b: Operand, options?: RunOptions): Promise<Ciphertext>;
  add(a: readonly Ciphertext[], b: Operand | readonly Operand[], options?: RunOptions): Promise<Ciphertext[]>;
  async add(
    a: Ciphertext | readonly Ciphertext[],
    b: Operand | readonly Operand[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const right = rightHand(a, b);
    return this.#run(a, options, 'add()', (p, k, c, watch) => native.add(p, k, c, right, watch));
  }

  /** a - b. */
  subtract(a: Ciphertext, b: Operand, options?: RunOptions): Promise<Ciphertext>;
  subtract(
    a: readonly Ciphertext[],
    b: Operand | readonly Operand[],
    options?: RunOptions,
  ): Promise<Ciphertext[]>;
  async subtract(
    a: Ciphertext | readonly Ciphertext[],
    b: Operand | readonly Operand[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const right = rightHand(a, b);
    return this.#run(a, options, 'subtract()', (p, k, c, watch) => native.subtract(p, k, c, right, watch));
  }

  /** a · b, slot by slot; spends one level unless `rescale` is false. Two ciphertexts need the relinearization key. */
  multiply(a: Ciphertext, b: Operand, options?: ProductOptions): Promise<Ciphertext>;
  multiply(
    a: readonly Ciphertext[],
    b: Operand | readonly Operand[],
    options?: ProductOptions,
  ): Promise<Ciphertext[]>;
  async multiply(
    a: Ciphertext | readonly Ciphertext[],
    b: Operand | readonly Operand[],
    options: ProductOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const { relinearize, rescale, rest } = productOptions(options, 'multiply()');
    const right = rightHand(a, b);
    return this.#run(a, rest, 'multiply()', (p, k, c, watch) =>
      native.multiply(p, k, c, right, relinearize, rescale, watch),
    );
  }

  /** a · a, faster than multiply(a, a). */
  square(a: Ciphertext, options?: ProductOptions): Promise<Ciphertext>;
  square(a: readonly Ciphertext[], options?: ProductOptions): Promise<Ciphertext[]>;
  async square(
    a: Ciphertext | readonly Ciphertext[],
    options: ProductOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const { relinearize, rescale, rest } = productOptions(options, 'square()');
    return this.#run(a, rest, 'square()', (p, k, c, watch) =>
      native.square(p, k, c, relinearize, rescale, watch),
    );
  }

  /** -a. */
  negate(a: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  negate(a: readonly Ciphertext[], options?: RunOptions): Promise<Ciphertext[]>;
  async negate(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    return this.#run(a, options, 'negate()', (p, k, c, watch) => native.negate(p, k, c, watch));
  }

  /** From the squared scale of a product to the scale of the level below. */
  rescale(a: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  rescale(a: readonly Ciphertext[], options?: RunOptions): Promise<Ciphertext[]>;
  async rescale(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    return this.#run(a, options, 'rescale()', (p, k, c, watch) => native.rescale(p, k, c, watch));
  }

  /** From three parts to two. */
  relinearize(a: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  relinearize(a: readonly Ciphertext[], options?: RunOptions): Promise<Ciphertext[]>;
  async relinearize(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    return this.#run(a, options, 'relinearize()', (p, k, c, watch) => native.relinearize(p, k, c, watch));
  }

  /** The same slots at a lower level, smaller and faster. */
  dropToLevel(a: Ciphertext, level: number, options?: RunOptions): Promise<Ciphertext>;
  dropToLevel(a: readonly Ciphertext[], level: number, options?: RunOptions): Promise<Ciphertext[]>;
  async dropToLevel(
    a: Ciphertext | readonly Ciphertext[],
    level: number,
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    requireInteger(level, 'level', 0, this.#parameters.maxLevel);
    return this.#run(a, options, 'dropToLevel()', (p, k, c, watch) =>
      native.dropToLevel(p, k, c, level, watch),
    );
  }

  /** Slot i of the result is slot i + steps, cyclically. Needs the rotation key of these steps. */
  rotate(a: Ciphertext, steps: number, options?: RunOptions): Promise<Ciphertext>;
  rotate(a: readonly Ciphertext[], steps: number, options?: RunOptions): Promise<Ciphertext[]>;
  async rotate(
    a: Ciphertext | readonly Ciphertext[],
    steps: number,
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    requireInteger(steps, 'steps', -mostSteps, mostSteps);
    return this.#run(a, options, 'rotate()', (p, k, c, watch) => native.rotate(p, k, c, steps, watch));
  }

  /** All of the rotations from one decomposition, faster than one after the other: a list a ciphertext. */
  rotateHoisted(a: Ciphertext, steps: readonly number[], options?: RunOptions): Promise<Ciphertext[]>;
  rotateHoisted(
    a: readonly Ciphertext[],
    steps: readonly number[],
    options?: RunOptions,
  ): Promise<Ciphertext[][]>;
  async rotateHoisted(
    a: Ciphertext | readonly Ciphertext[],
    steps: readonly number[],
    options: RunOptions = {},
  ): Promise<Ciphertext[] | Ciphertext[][]> {
    if (!Array.isArray(steps)) refuse('an array of steps', 'steps', steps);
    const checked = Array.from(steps as readonly unknown[], (value, i) => {
      requireInteger(value, `steps[${i}]`, -mostSteps, mostSteps);
      return value;
    });
    const all = await this.#many(a, options, 'rotateHoisted()', (p, k, c, watch) =>
      native.rotateHoisted(p, k, c, Int32Array.from(checked), watch),
    );
    if (!Array.isArray(a)) return all;
    return (a as readonly Ciphertext[]).map((_, i) => all.slice(i * steps.length, (i + 1) * steps.length));
  }

  /** The complex conjugate of every slot. Needs the conjugation key. */
  conjugate(a: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  conjugate(a: readonly Ciphertext[], options?: RunOptions): Promise<Ciphertext[]>;
  async conjugate(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    return this.#run(a, options, 'conjugate()', (p, k, c, watch) => native.conjugate(p, k, c, watch));
  }

  /** i · a: exact, spends no level, needs no key. */
  multiplyByI(a: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  multiplyByI(a: readonly Ciphertext[], options?: RunOptions): Promise<Ciphertext[]>;
  async multiplyByI(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    return this.#run(a, options, 'multiplyByI()', (p, k, c, watch) => native.multiplyByI(p, k, c, watch));
  }

  /**
   * **Twice** the real part and **twice** the imaginary part of every slot, as real slots: a + conj(a) and
   * i · (conj(a) - a), so that no level is spent. Fold the factor into what comes next. Needs the conjugation key.
   */
  splitComplex(
    a: Ciphertext,
    options?: RunOptions,
  ): Promise<[twiceReal: Ciphertext, twiceImaginary: Ciphertext]>;
  splitComplex(
    a: readonly Ciphertext[],
    options?: RunOptions,
  ): Promise<[twiceReal: Ciphertext, twiceImaginary: Ciphertext][]>;
  async splitComplex(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<[Ciphertext, Ciphertext] | [Ciphertext, Ciphertext][]> {
    const all = await this.#many(a, options, 'splitComplex()', (p, k, c, watch) =>
      native.splitComplex(p, k, c, watch),
    );
    const pair = (i: number): [Ciphertext, Ciphertext] => [all[2 * i]!, all[2 * i + 1]!];
    return Array.isArray(a) ? (a as readonly Ciphertext[]).map((_, i) => pair(i)) : pair(0);
  }

  /** real + i · imaginary: two real vectors in one complex one. Spends no level, needs no key. */
  joinComplex(real: Ciphertext, imaginary: Ciphertext, options?: RunOptions): Promise<Ciphertext>;
  joinComplex(
    real: readonly Ciphertext[],
    imaginary: readonly Ciphertext[],
    options?: RunOptions,
  ): Promise<Ciphertext[]>;
  async joinComplex(
    real: Ciphertext | readonly Ciphertext[],
    imaginary: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    requireOneEach(real, imaginary, 'imaginary parts as real ones');
    const right = Ciphertext.natives(imaginary, 'the imaginary part');
    return this.#run(real, options, 'joinComplex()', (p, k, c, watch) =>
      native.joinComplex(p, k, c, right, watch),
    );
  }

  /**
   * Slot i of the result is the sum of slots i, i + stride, …, i + (count - 1) stride. `count` is a power of two; needs
   * the rotation keys of stride, 2 stride, 4 stride, … below count · stride.
   */
  innerSum(
    a: Ciphertext,
    count: number,
    options?: RunOptions & { readonly stride?: number },
  ): Promise<Ciphertext>;
  innerSum(
    a: readonly Ciphertext[],
    count: number,
    options?: RunOptions & { readonly stride?: number },
  ): Promise<Ciphertext[]>;
  async innerSum(
    a: Ciphertext | readonly Ciphertext[],
    count: number,
    options: RunOptions & { readonly stride?: number } = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const { slots } = this.#parameters;
    const { stride = 1, ...rest } = checkOptions(options, ['stride', ...runOptionNames], 'innerSum()');
    requireInteger(count, 'count', 1, slots);
    requireInteger(stride, 'stride', -slots, slots);
    return this.#run(a, rest, 'innerSum()', (p, k, c, watch) =>
      native.innerSum(p, k, c, count, stride, watch),
    );
  }

  /**
   * A polynomial of every slot: coefficients of 1, x, x², …, real or complex, or a Chebyshev series on an interval, which real slots must
   * not leave. Spends ⌈log2(degree + 1)⌉ levels, a series on another interval than [-1, 1] one more; about 2 √degree
   * products.
   */
  evaluatePolynomial(a: Ciphertext, polynomial: Polynomial, options?: RunOptions): Promise<Ciphertext>;
  evaluatePolynomial(
    a: readonly Ciphertext[],
    polynomial: Polynomial,
    options?: RunOptions,
  ): Promise<Ciphertext[]>;
  async evaluatePolynomial(
    a: Ciphertext | readonly Ciphertext[],
    polynomial: Polynomial,
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const { re, im, interval } = nativePolynomial(polynomial);
    return this.#run(a, options, 'evaluatePolynomial()', (p, k, c, watch) =>
      native.evaluatePolynomial(p, k, c, re, im, interval, watch),
    );
  }

  /**
   * A function of every slot as a composite of polynomials and products, such as `composites.relu({ error: 0.01 })`;
   * composites of two operands take two ciphertexts. Spends `composite.levels`; needs the relinearization key. Slots must
   * lie in the domain of the composite, whose error comes on top of that of the ciphertexts.
   *
   * @example
   * ```ts
   * const larger = await evaluator.evaluateComposite([a, b], composites.maximum({ error: 2 ** -8 }));
   * ```
   */
  evaluateComposite(
    operands: Ciphertext | readonly Ciphertext[],
    composite: Composite,
    options: RunOptions = {},
  ): Promise<Ciphertext> {
    return evaluateComposite(this, operands, composite, options);
  }

  /**
   * Weights times a vector of ciphertexts, plus a bias: result r is Σ weights[r][i] · inputs[i] + bias[r]. Spends one
   * level, needs no key. Rows in the same columns (those of the filters of a convolution at one place) are faster than
   * others.
   *
   * @param weights - row after row, `bias.length` × `inputs.length` numbers, or sparse rows.
   */
  async linearMap(
    inputs: readonly Ciphertext[],
    weights: Float64Array | SparseRows,
    bias: Float64Array,
    options: RunOptions = {},
  ): Promise<Ciphertext[]> {
    if (!Array.isArray(inputs) || inputs.length === 0) refuse('a list of ciphertexts', 'inputs', inputs);
    requireVector(bias, 'bias');
    if (bias.length === 0) refuse('at least one row', 'bias', bias);
    const { rowOffsets, columns, values } = sparseRows(weights, bias.length, inputs.length);
    return this.#many(inputs as readonly Ciphertext[], options, 'linearMap()', (p, k, c, watch) =>
      native.linearMap(p, k, c, values, bias, rowOffsets, columns, watch),
    );
  }

  /** A matrix times the slots; spends the transform's level. Needs the keys of its rotations. */
  transform(a: Ciphertext, matrix: LinearTransform, options?: RunOptions): Promise<Ciphertext>;
  transform(a: readonly Ciphertext[], matrix: LinearTransform, options?: RunOptions): Promise<Ciphertext[]>;
  async transform(
    a: Ciphertext | readonly Ciphertext[],
    matrix: LinearTransform,
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    requireInstance(matrix, LinearTransform, 'the linear transform');
    return this.#run(a, options, 'transform()', (p, k, c, watch) =>
      native.transform(p, k, c, Handle.unwrap(matrix), watch),
    );
  }

  /** Several transforms of one ciphertext, which share its decomposition and rotations: one ciphertext each. */
  async transformMany(
    a: Ciphertext,
    matrices: readonly LinearTransform[],
    options: RunOptions = {},
  ): Promise<Ciphertext[]> {
    if (!Array.isArray(matrices)) refuse('an array of linear transforms', 'matrices', matrices);
    const blocks = (matrices as readonly LinearTransform[]).map((matrix) => [matrix]);
    return this.transformBlocks([a], blocks, options);
  }

  /** Σ matrices[i] · inputs[i], divided once. */
  async transformSum(
    inputs: readonly Ciphertext[],
    matrices: readonly LinearTransform[],
    options: RunOptions = {},
  ): Promise<Ciphertext> {
    return (await this.transformBlocks(inputs, [matrices], options))[0]!;
  }

  /**
   * A matrix of blocks times several ciphertexts: result r is Σ blocks[r][i] · inputs[i], undefined standing for a block
   * of zeros. All transforms are of one level, which is spent. The blocks of a column share their ciphertext's
   * decomposition and rotations, those of a row the giant steps that they have in common and the division.
   */
  async transformBlocks(
    inputs: readonly Ciphertext[],
    blocks: readonly (readonly (LinearTransform | undefined)[])[],
    options: RunOptions = {},
  ): Promise<Ciphertext[]> {
    if (!Array.isArray(inputs) || inputs.length === 0) refuse('a list of ciphertexts', 'inputs', inputs);
    if (!Array.isArray(blocks) || blocks.length === 0) refuse('at least one row of blocks', 'blocks', blocks);
    const handles = blocks.flatMap((row: unknown, r) => {
      if (!Array.isArray(row) || row.length !== inputs.length)
        refuse(`${inputs.length} linear transforms, one for each ciphertext,`, `blocks[${r}]`, row);
      return Array.from(row as readonly unknown[], (block, i) => {
        if (block === undefined) return null;
        requireInstance(block, LinearTransform, `blocks[${r}][${i}]`);
        return Handle.unwrap(block);
      });
    });
    return this.#many(inputs as readonly Ciphertext[], options, 'transformBlocks()', (p, k, c, watch) =>
      native.transformBlocks(p, k, c, handles, watch),
    );
  }

  async #run(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions,
    subject: string,
    start: Start,
  ): Promise<Ciphertext | Ciphertext[]> {
    const results = await this.#many(a, options, subject, start);
    return Array.isArray(a) ? results : results[0]!;
  }

  async #many(
    a: Ciphertext | readonly Ciphertext[],
    options: RunOptions,
    subject: string,
    start: Start,
  ): Promise<Ciphertext[]> {
    const parameters = CkksParameters.native(this.#parameters);
    const keys = this.#keys === undefined ? null : Handle.unwrap(this.#keys);
    const ciphertexts = Ciphertext.natives(a, Array.isArray(a) ? 'the ciphertexts' : 'the ciphertext');
    const watching = checkRun(checkOptions(options, runOptionNames, subject), subject);
    const handles = await run(watching, (watch) => start(parameters, keys, ciphertexts, watch));
    return handles.map((handle) => Ciphertext.wrap(handle));
  }
}

function productOptions(
  options: ProductOptions,
  subject: string,
): { relinearize: boolean; rescale: boolean; rest: RunOptions } {
  const { relinearize = true, rescale = true, ...rest } = checkOptions(options, productOptionNames, subject);
  requireBoolean(relinearize, 'relinearize');
  requireBoolean(rescale, 'rescale');
  return { relinearize, rescale, rest };
}

/** The largest magnitude among slots; a plaintext of zeros still needs one above 0. */
function largest(slots: readonly Float64Array[]): number {
  let most = 0;
  for (let i = 0; i < slots.length; i += 2) {
    const re = slots[i]!;
    const im = slots[i + 1]!;
    for (let k = 0; k < re.length; ++k) most = Math.max(most, Math.hypot(re[k]!, im.length > 0 ? im[k]! : 0));
  }
  // The core's hypot() may round the other way.
  return most > 0 ? most * (1 + 2 ** -50) : Number.MIN_VALUE;
}
