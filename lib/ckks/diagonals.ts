/** Diagonals of a matrix of slots × slots by their index, made of single entries; diagonals stand for their places. */
export class DiagonalBuilder {
  readonly diagonals = new Map<number, Float64Array>();
  readonly #slots: number;
  readonly #length: number;

  /** Entries are in rows below `rows`. */
  constructor(slots: number, rows: number) {
    this.#slots = slots;
    this.#length = rows;
  }

  /** Adds to an entry. One of 0 is kept, so that the diagonals follow from the places alone. */
  add(row: number, column: number, value: number): void {
    const index = (column - row + this.#slots) % this.#slots;
    let diagonal = this.diagonals.get(index);
    if (diagonal === undefined) this.diagonals.set(index, (diagonal = new Float64Array(this.#length)));
    diagonal[row]! += value;
  }
}
