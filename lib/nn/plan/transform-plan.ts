import type { SparseMatrix } from '../sparse.js';
import { places } from './layout.js';
import type { Layout } from './layout.js';

// A linear step on interleaved samples, by shapes alone: which diagonals of the slots its entries lie on, which rotations
// a split of them needs, and how many doublings gather the sums. Slots here are those of one sample; rotations of the
// ciphertext are `samples` times as long.

/** The entries of a matrix by their rows and columns, without their values. */
export type Structure = Omit<SparseMatrix, 'values'>;

/**
 * Where the entry of a row and a column goes, for inputs of period p and results of period r. With r ≥ p diagonal k holds
 * what a result at slot j takes from slot j + k. With r < p only diagonals below r are used: a result is then a sum of p/r
 * slots that lie r apart, which log2(p/r) rotations add up (Halevi–Shoup diagonals of a wide matrix; Juvekar,
 * Vaikuntanathan, Chandrakasan, "GAZELLE", 2018).
 */
export class DiagonalMap {
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** Diagonals are counted modulo this. */
  readonly modulus: number;
  /** Every diagonal repeats after so many slots. */
  readonly period: number;
  readonly #folded: boolean;

  constructor(
    source: Layout,
    result: Layout,
    readonly sourcePeriod = source.period,
  ) {
    this.#from = places(source);
    this.#to = places(result);
    this.modulus = Math.min(sourcePeriod, result.period);
    this.period = Math.max(sourcePeriod, result.period);
    this.#folded = result.period < sourcePeriod;
  }

  diagonal(row: number, column: number): number {
    return modulo(this.#from[column]! - this.#to[row]!, this.modulus);
  }

  /** The slot of the diagonal, below `period`. */
  slot(row: number, column: number, diagonal: number): number {
    return this.#folded ? modulo(this.#from[column]! - diagonal, this.sourcePeriod) : this.#to[row]!;
  }
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n;

/** The diagonals that hold an entry, ascending. */
export function diagonalsOf(structure: Structure, map: DiagonalMap): number[] {
  const found = new Uint8Array(map.modulus);
  for (let row = 0; row < structure.rows; ++row)
    for (let k = structure.offsets[row]!; k < structure.offsets[row + 1]!; ++k)
      found[map.diagonal(row, structure.indices[k]!)] = 1;
  return [...found.keys()].filter((diagonal) => found[diagonal] === 1);
}

/** A baby-step giant-step split of diagonals: those of one remainder modulo `babySteps` share a rotation of the operand. */
export interface Split {
  readonly babySteps: number;
  /** Rotations of the operand, and of sums, other than 0. */
  readonly babies: readonly number[];
  readonly giants: readonly number[];
}

export function splitDiagonals(diagonals: readonly number[], babySteps: number): Split {
  const babies = new Set<number>();
  const giants = new Set<number>();
  for (const diagonal of diagonals) {
    babies.add(diagonal % babySteps);
    giants.add(diagonal - (diagonal % babySteps));
  }
  babies.delete(0);
  giants.delete(0);
  return { babySteps, babies: [...babies], giants: [...giants] };
}

/** Every split into a power of two of baby steps. */
export const splitsOf = (diagonals: readonly number[], modulus: number): Split[] =>
  Array.from({ length: Math.log2(modulus) + 1 }, (_, k) => splitDiagonals(diagonals, 2 ** k));

/** Distances of the rotations that gather the sums of a step: results of period r over sources of period p. */
export const foldsOf = (sourcePeriod: number, resultPeriod: number): number[] =>
  Array.from(
    { length: Math.max(0, Math.log2(sourcePeriod / resultPeriod)) },
    (_, k) => resultPeriod * 2 ** k,
  );
