import {
  checkOptions,
  checkRun,
  refuse,
  requireInstance,
  requireInteger,
  requireVector,
  runOptionNames,
} from '../check.js';
import { ArgumentError } from '../errors.js';
import type { RunOptions } from '../native.js';
import type { Ciphertext } from './ciphertext.js';
import { DiagonalBuilder } from './diagonals.js';
import { Evaluator } from './evaluator.js';
import { LinearTransform } from './linear-transform.js';
import { CkksParameters } from './parameters.js';

/** rows × inner times inner × columns. */
export interface MatrixProductShape {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** Pairs of matrices that one pair of ciphertexts holds; 1 if absent. */
  readonly count?: number;
}

export interface MatrixProductOptions extends RunOptions {
  /** The level of the operands, 3 or more; the highest if absent. The product is three levels below. */
  readonly level?: number;
}

const levelsSpent = 3;
const shapeNames = ['rows', 'inner', 'columns', 'count'] as const;

/**
 * The product of two encrypted matrices, prepared for a shape: d × d entries row after row, d being the largest of `rows`,
 * `inner` and `columns`, smaller matrices padded with zeros, further pairs behind. (Jiang, Kim, Lauter, Song, "Secure
 * outsourced matrix computation and application to neural networks", 2018.) With σ(A)[i][j] = A[i][i + j] and τ(B)[i][j] =
 * B[i + j][j], indices modulo d, the product is the sum over k < d of σ(A), its columns turned by k, times τ(B), its rows
 * turned by k, entry by entry: d products with one relinearization, and turns of one ciphertext that share its
 * decomposition.
 *
 * @example
 * ```ts
 * const product = await MatrixProduct.create(parameters, { rows: 8, inner: 8, columns: 8 });
 * const keys = await generator.evaluationKeys(secretKey, { relinearization: true, rotations: product.rotations });
 * const a = await encryptor.encrypt(product.packLeft([left])); // 8 × 8 numbers, row after row
 * const b = await encryptor.encrypt(product.packRight([right]));
 * const c = await product.multiply(new Evaluator(parameters, keys), a, b);
 * const [values] = product.unpack(await decryptor.decrypt(c));
 * ```
 */
export class MatrixProduct {
  readonly #shape: Required<MatrixProductShape>;
  readonly #slots: number;
  readonly #skewed: readonly [left: LinearTransform, right: LinearTransform];
  /** Turns by 0, 1, …, d - 1. */
  readonly #columnTurns: readonly LinearTransform[];
  readonly #rowTurns: readonly LinearTransform[];

  private constructor(
    shape: Required<MatrixProductShape>,
    slots: number,
    skewed: readonly [LinearTransform, LinearTransform],
    columnTurns: readonly LinearTransform[],
    rowTurns: readonly LinearTransform[],
  ) {
    this.#shape = shape;
    this.#slots = slots;
    this.#skewed = skewed;
    this.#columnTurns = columnTurns;
    this.#rowTurns = rowTurns;
  }

  /**
   * Makes the transforms that the product needs, for ciphertexts of `level` (3 or more, the highest if absent).
   * Throws ArgumentError where `count` matrices of the largest side squared do not fit into the slots.
   */
  static async create(
    parameters: CkksParameters,
    shape: MatrixProductShape,
    options: MatrixProductOptions = {},
  ): Promise<MatrixProduct> {
    CkksParameters.native(parameters);
    const { slots, maxLevel } = parameters;
    const subject = 'MatrixProduct.create()';
    if (typeof shape !== 'object' || (shape as unknown) === null)
      refuse('{ rows, inner, columns }', 'the shape', shape);
    const { rows, inner, columns, count = 1 } = checkOptions(shape, shapeNames, 'the shape of a product');
    for (const [name, value] of Object.entries({ rows, inner, columns, count }))
      requireInteger(value, name, 1, slots);
    const { level = maxLevel, ...rest } = checkOptions(options, ['level', ...runOptionNames], subject);
    requireInteger(level, 'level', levelsSpent, Math.max(levelsSpent, maxLevel));
    const watching = checkRun(rest, subject);
    const d = Math.max(rows, inner, columns);
    if (count * d * d > slots)
      throw new ArgumentError(
        `${count} matrices of ${d} × ${d} entries need ${count * d * d} slots, but there are ${slots}. Take fewer at a time, or blocks.`,
        { count, size: d, slots },
      );

    /** Entry (i, j) of every matrix becomes its entry source(i, j). */
    const permutation = async (
      at: number,
      babySteps: number,
      source: (i: number, j: number) => readonly [number, number],
    ): Promise<LinearTransform> => {
      const builder = new DiagonalBuilder(slots, count * d * d);
      for (let m = 0; m < count; ++m)
        for (let i = 0; i < d; ++i)
          for (let j = 0; j < d; ++j) {
            const [row, column] = source(i, j);
            builder.add((m * d + i) * d + j, (m * d + row) * d + column, 1);
          }
      const split = babySteps === 0 ? {} : { babySteps };
      const signal = watching.signal === undefined ? {} : { signal: watching.signal };
      return LinearTransform.fromDiagonals(parameters, builder.diagonals, { level: at, ...split, ...signal });
    };
    // Every turn is one or two diagonals: rotations of the operand, which all turns share.
    const turns = Array.from({ length: d }, (_, k) => k);
    const [left, right, ...turned] = await Promise.all([
      permutation(level, 0, (i, j) => [i, (i + j) % d]),
      permutation(level, 0, (i, j) => [(i + j) % d, j]),
      ...turns.map((k) => permutation(level - 1, slots, (i, j) => [i, (j + k) % d])),
      ...turns.map((k) => permutation(level - 1, slots, (i, j) => [(i + k) % d, j])),
    ]);
    return new MatrixProduct(
      { rows, inner, columns, count },
      slots,
      [left, right],
      turned.slice(0, d),
      turned.slice(d),
    );
  }

  /** The side of the square that matrices are padded to. */
  get size(): number {
    return this.#columnTurns.length;
  }

  /** The rotations that keys are needed for, beside the relinearization key. */
  get rotations(): readonly number[] {
    const all = new Set(
      [...this.#skewed, ...this.#columnTurns, ...this.#rowTurns].flatMap((transform) => transform.rotations),
    );
    return [...all].toSorted((a, b) => a - b);
  }

  /** The slots of up to `count` matrices of rows × inner entries, row after row. */
  packLeft(matrices: readonly Float64Array[]): Float64Array {
    return this.#pack(matrices, this.#shape.rows, this.#shape.inner);
  }

  /** The slots of up to `count` matrices of inner × columns entries, row after row. */
  packRight(matrices: readonly Float64Array[]): Float64Array {
    return this.#pack(matrices, this.#shape.inner, this.#shape.columns);
  }

  /** The matrices of rows × columns entries that lie in the slots of a product. */
  unpack(values: Float64Array): Float64Array[] {
    requireVector(values, 'values', this.#slots);
    const { rows, columns, count } = this.#shape;
    return Array.from({ length: count }, (_, m) =>
      Float64Array.from({ length: rows * columns }, (__, k) => {
        const row = Math.floor(k / columns);
        return values[(m * this.size + row) * this.size + (k % columns)]!;
      }),
    );
  }

  /** The products; spends three levels. Operands as packLeft() and packRight() lay them. */
  async multiply(
    evaluator: Evaluator,
    a: Ciphertext,
    b: Ciphertext,
    options: RunOptions = {},
  ): Promise<Ciphertext> {
    requireInstance(evaluator, Evaluator, 'the evaluator');
    const { signal } = checkRun(checkOptions(options, runOptionNames, 'multiply()'), 'multiply()');
    const watching = signal === undefined ? {} : { signal };
    const made: Ciphertext[] = [];
    const keep = <T extends Ciphertext | Ciphertext[]>(results: T): T => {
      made.push(...(Array.isArray(results) ? results : [results]));
      return results;
    };
    try {
      const [left, right] = [
        keep(await evaluator.transform(a, this.#skewed[0], watching)),
        keep(await evaluator.transform(b, this.#skewed[1], watching)),
      ];
      const lefts = keep(await evaluator.transformMany(left, this.#columnTurns, watching));
      const rights = keep(await evaluator.transformMany(right, this.#rowTurns, watching));
      const open = { relinearize: false, rescale: false, ...watching };
      const products = keep(await evaluator.multiply(lefts, rights, open));
      let sum = products[0]!;
      for (const product of products.slice(1)) sum = keep(await evaluator.add(sum, product, watching));
      const closed = keep(await evaluator.relinearize(sum, watching));
      return await evaluator.rescale(closed, watching);
    } finally {
      for (const ciphertext of made) ciphertext.dispose();
    }
  }

  #pack(matrices: readonly Float64Array[], rows: number, columns: number): Float64Array {
    const { count } = this.#shape;
    if (!Array.isArray(matrices) || matrices.length > count)
      refuse(`an array of at most ${count} matrices`, 'matrices', matrices);
    const slots = new Float64Array(count * this.size * this.size);
    for (const [m, matrix] of (matrices as readonly unknown[]).entries()) {
      requireVector(matrix, `matrices[${m}]`, rows * columns);
      for (let i = 0; i < rows; ++i)
        slots.set(matrix.subarray(i * columns, (i + 1) * columns), (m * this.size + i) * this.size);
    }
    return slots;
  }
}
