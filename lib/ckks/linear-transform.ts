import { checkOptions, checkRun, refuse, requireInteger, requireVector, runOptionNames } from '../check.js';
import { ArgumentError } from '../errors.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeLinearTransform, NativeLinearTransformDescription, RunOptions } from '../native.js';
import { convolutionDiagonals } from './convolution.js';
import type { Convolution } from './convolution.js';
import { CkksParameters } from './parameters.js';
import { nativeSlots } from './slots.js';
import type { SlotValues } from './slots.js';

/** Where a transform is used, and how its diagonals are split. */
export interface LinearTransformOptions extends RunOptions {
  /** The level that the transform is encoded for, 1 or more, and spends; the highest if absent. */
  readonly level?: number;
  /** How many rotations of the operand stand between two giant steps; the cheapest split if absent. */
  readonly babySteps?: number;
  /** At most so many rotation keys, if a split has so few. */
  readonly mostKeys?: number;
}

/** Rows of numbers, one after another. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `rows` · `columns` numbers. */
  readonly values: Float64Array;
}

const optionNames = ['level', 'babySteps', 'mostKeys', ...runOptionNames] as const;
const mostKeysThereAre = 2 ** 20;

/**
 * A matrix, ready to be multiplied with the slots of ciphertexts by Evaluator.transform(): its non-zero diagonals,
 * encoded once. It needs the parameters only, so that its rotations are known before keys are made.
 *
 * @example
 * ```ts
 * const transform = await LinearTransform.fromMatrix(parameters, { rows: 2, columns: 3, values });
 * const keys = await generator.evaluationKeys(secretKey, { rotations: transform.rotations });
 * const product = await new Evaluator(parameters, keys).transform(x, transform); // slots 0 and 1
 * ```
 */
export class LinearTransform extends Handle<NativeLinearTransform> {
  #description: NativeLinearTransformDescription | undefined;

  private constructor(handle: NativeLinearTransform) {
    super(handle);
  }

  /**
   * From diagonals: entry i of diagonal k is row i, column (i + k) modulo the slots. Absent diagonals, and entries absent
   * at a diagonal's end, are zero.
   */
  static async fromDiagonals(
    parameters: CkksParameters,
    diagonals: ReadonlyMap<number, SlotValues>,
    options: LinearTransformOptions = {},
  ): Promise<LinearTransform> {
    const set = CkksParameters.native(parameters);
    if (!(diagonals instanceof Map) || diagonals.size === 0)
      refuse('a Map of at least one diagonal by its index', 'the diagonals', diagonals);
    const subject = 'LinearTransform.fromDiagonals()';
    const {
      level = parameters.maxLevel,
      babySteps = 0,
      mostKeys = mostKeysThereAre,
      ...rest
    } = checkOptions(options, optionNames, subject);
    requireInteger(level, 'level', 1, Math.max(1, parameters.maxLevel));
    if (babySteps !== 0) requireInteger(babySteps, 'babySteps', 1, parameters.slots);
    requireInteger(mostKeys, 'mostKeys', 0, mostKeysThereAre);
    const indices = [...diagonals.keys()].map((index: unknown) => {
      requireInteger(index, 'the index of a diagonal', -parameters.slots, parameters.slots);
      return index;
    });
    const slots = nativeSlots([...diagonals.values()], 'the diagonals', parameters.slots);
    const handle = await run(checkRun(rest, subject), (watch) =>
      native.linearTransform(set, Int32Array.from(indices), slots, level, babySteps, mostKeys, watch),
    );
    return new LinearTransform(handle);
  }

  /**
   * From a matrix with at most as many rows and columns as there are slots: slot r of the product is row r times the
   * first `columns` slots; further slots of the product are zero.
   */
  static async fromMatrix(
    parameters: CkksParameters,
    matrix: Matrix,
    options: LinearTransformOptions = {},
  ): Promise<LinearTransform> {
    CkksParameters.native(parameters);
    const { slots } = parameters;
    if (typeof matrix !== 'object' || (matrix as unknown) === null)
      refuse('{ rows, columns, values }', 'the matrix', matrix);
    const { rows, columns, values } = matrix;
    requireInteger(rows, 'matrix.rows', 1, slots);
    requireInteger(columns, 'matrix.columns', 1, slots);
    requireVector(values, 'matrix.values', rows * columns);
    const diagonals = new Map<number, Float64Array>();
    for (let k = 0; k < slots; ++k) {
      let diagonal: Float64Array | undefined;
      for (let r = 0; r < rows; ++r) {
        const column = (r + k) % slots;
        const value = column < columns ? values[r * columns + column]! : 0;
        if (value === 0) continue;
        diagonal ??= new Float64Array(rows);
        diagonal[r] = value;
      }
      if (diagonal) diagonals.set(k, diagonal);
    }
    if (diagonals.size === 0)
      throw new ArgumentError(
        'Expected a matrix with an entry other than zero: a product that is zero everywhere hides nothing.',
        { rows, columns },
      );
    return LinearTransform.fromDiagonals(parameters, diagonals, options);
  }

  /**
   * From a convolution of one image, a matrix from the slots of the image to those of the result; all further slots of the
   * product are zero. Rotations follow from the shape alone. The bias is a sum with a plaintext.
   */
  static async fromConvolution(
    parameters: CkksParameters,
    convolution: Convolution,
    options: LinearTransformOptions = {},
  ): Promise<LinearTransform> {
    CkksParameters.native(parameters);
    return LinearTransform.fromDiagonals(
      parameters,
      convolutionDiagonals(convolution, parameters.slots),
      options,
    );
  }

  /** The level that ciphertexts must have at least; the product is one below it. */
  get level(): number {
    return this.#about.level;
  }
  /** The rotations that keys are needed for. */
  get rotations(): readonly number[] {
    return this.#about.rotations;
  }
  /** Different rotations of the operand, 0 among them, and of sums over them: what the split came to. */
  get steps(): { readonly baby: number; readonly giant: number } {
    return { baby: this.#about.babySteps, giant: this.#about.giantSteps };
  }
  /** Diagonals that are not zero. */
  get diagonals(): number {
    return this.#about.diagonals;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return this.#about.byteLength;
  }

  get #about(): NativeLinearTransformDescription {
    // A disposed transform is refused, whatever is known of it.
    const handle = Handle.unwrap(this);
    if (this.disposed || this.#description === undefined)
      this.#description = call(() => native.describeLinearTransform(handle));
    return this.#description;
  }
}
