/**
 * A matrix by its structural entries, row after row (compressed sparse rows). An entry that is there may hold zero: which
 * entries are there follows from the shapes of a network alone, so that it can be public.
 */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Where the entries of each row begin; one more at the end. */
  readonly offsets: Int32Array;
  /** The column of each entry, ascending within a row. */
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** The matrix whose row r holds what `entriesOf` gives for it: columns (in any order, each once) with their values. */
export function sparseFromRows(
  rows: number,
  columns: number,
  entriesOf: (row: number) => Iterable<readonly [column: number, value: number]>,
): SparseMatrix {
  const offsets = new Int32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rows; ++row) {
    for (const [column, value] of [...entriesOf(row)].sort(([a], [b]) => a - b)) {
      indices.push(column);
      values.push(value);
    }
    offsets[row + 1] = indices.length;
  }
  return { rows, columns, offsets, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

/** Every entry is there. `values` row after row. */
export function sparseFromDense(rows: number, columns: number, values: Float64Array): SparseMatrix {
  return {
    rows,
    columns,
    offsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * columns),
    indices: Int32Array.from({ length: rows * columns }, (_, k) => k % columns),
    values,
  };
}

/** Row r picks entry `source[r]` of a vector of `columns` numbers, times `factor`; a negative source picks nothing. */
export function selection(columns: number, source: ArrayLike<number>, factor = 1): SparseMatrix {
  return sparseFromRows(source.length, columns, (row) => (source[row]! < 0 ? [] : [[source[row]!, factor]]));
}

export const identityMatrix = (size: number): SparseMatrix =>
  selection(
    size,
    Int32Array.from({ length: size }, (_, i) => i),
  );

export const entryCount = (matrix: Pick<SparseMatrix, 'indices'>): number => matrix.indices.length;

/** Whether every entry is there. */
export const isFull = (matrix: SparseMatrix): boolean => entryCount(matrix) === matrix.rows * matrix.columns;

/** factor · matrix. */
export const scaledMatrix = (matrix: SparseMatrix, factor: number): SparseMatrix =>
  factor === 1 ? matrix : { ...matrix, values: matrix.values.map((value) => value * factor) };

/** y += A x for one row of x and y, which begin at these places. */
export function multiplyAdd(
  matrix: SparseMatrix,
  x: Float64Array,
  xAt: number,
  y: Float64Array,
  yAt: number,
): void {
  const { rows, offsets, indices, values } = matrix;
  for (let row = 0; row < rows; ++row) {
    let sum = 0;
    for (let k = offsets[row]!; k < offsets[row + 1]!; ++k) sum += values[k]! * x[xAt + indices[k]!]!;
    y[yAt + row]! += sum;
  }
}

/** Rows of structural sums, one row at a time: the entries of those that `add` was called with since the last `next`. */
class RowAccumulator {
  readonly #sums: Float64Array;
  readonly #seen: Int32Array;
  #columns: number[] = [];
  #row = 0;
  readonly #indices: number[] = [];
  readonly #values: number[] = [];
  readonly #offsets: number[] = [0];

  constructor(readonly columns: number) {
    this.#sums = new Float64Array(columns);
    this.#seen = new Int32Array(columns).fill(-1);
  }

  add(column: number, value: number): void {
    if (this.#seen[column] !== this.#row) {
      this.#seen[column] = this.#row;
      this.#sums[column] = 0;
      this.#columns.push(column);
    }
    this.#sums[column]! += value;
  }

  next(): void {
    for (const column of this.#columns.sort((a, b) => a - b)) {
      this.#indices.push(column);
      this.#values.push(this.#sums[column]!);
    }
    this.#offsets.push(this.#indices.length);
    this.#columns = [];
    ++this.#row;
  }

  matrix(): SparseMatrix {
    return {
      rows: this.#row,
      columns: this.columns,
      offsets: Int32Array.from(this.#offsets),
      indices: Int32Array.from(this.#indices),
      values: Float64Array.from(this.#values),
    };
  }
}

/** A · B (Gustavson's algorithm: row by row). */
export function multiplyMatrices(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const result = new RowAccumulator(b.columns);
  for (let row = 0; row < a.rows; ++row) {
    for (let k = a.offsets[row]!; k < a.offsets[row + 1]!; ++k) {
      const inner = a.indices[k]!;
      for (let j = b.offsets[inner]!; j < b.offsets[inner + 1]!; ++j)
        result.add(b.indices[j]!, a.values[k]! * b.values[j]!);
    }
    result.next();
  }
  return result.matrix();
}

/** A + B. */
export function addMatrices(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const result = new RowAccumulator(a.columns);
  for (let row = 0; row < a.rows; ++row) {
    for (const matrix of [a, b])
      for (let k = matrix.offsets[row]!; k < matrix.offsets[row + 1]!; ++k)
        result.add(matrix.indices[k]!, matrix.values[k]!);
    result.next();
  }
  return result.matrix();
}

/** [A B …]: the columns of one after those of the other. */
export function sideBySide(matrices: readonly SparseMatrix[]): SparseMatrix {
  const { rows } = matrices[0]!;
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const result = new RowAccumulator(columns);
  for (let row = 0; row < rows; ++row) {
    let left = 0;
    for (const { offsets, indices, values, columns: width } of matrices) {
      for (let k = offsets[row]!; k < offsets[row + 1]!; ++k) result.add(left + indices[k]!, values[k]!);
      left += width;
    }
    result.next();
  }
  return result.matrix();
}

/** The sum of each row. */
export function rowSums(matrix: SparseMatrix): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: matrix.rows }, (_, row) => {
    let sum = 0;
    for (let k = matrix.offsets[row]!; k < matrix.offsets[row + 1]!; ++k) sum += matrix.values[k]!;
    return sum;
  });
}

/** The Euclidean length of each row. */
export const rowLengths = (matrix: SparseMatrix): Float64Array =>
  rowSums({ ...matrix, values: matrix.values.map((value) => value * value) }).map(Math.sqrt);

const kPowerSteps = 60;
/** What power iteration may still miss after its steps, generously. */
const kPowerMargin = 1.05;

/**
 * A bound of the spectral norm, the most by which the matrix stretches a vector: the smaller of √(‖A‖₁ ‖A‖∞), which always
 * holds, and what the power method finds with a margin of a twentieth.
 */
export function spectralNorm(matrix: SparseMatrix): number {
  const { rows, columns, offsets, indices, values } = matrix;
  const columnSums = new Float64Array(columns);
  let largestRow = 0;
  for (let row = 0; row < rows; ++row) {
    let sum = 0;
    for (let k = offsets[row]!; k < offsets[row + 1]!; ++k) {
      sum += Math.abs(values[k]!);
      columnSums[indices[k]!]! += Math.abs(values[k]!);
    }
    largestRow = Math.max(largestRow, sum);
  }
  const bound = Math.sqrt(largestRow * columnSums.reduce((a, b) => Math.max(a, b), 0));
  // Irregular enough not to be orthogonal to the largest singular vector.
  let vector = Float64Array.from({ length: columns }, (_, i) => 1 + Math.sin(i * i + 1));
  let norm = 0;
  for (let step = 0; step < kPowerSteps; ++step) {
    const image = new Float64Array(rows);
    multiplyAdd(matrix, vector, 0, image, 0);
    const back = new Float64Array(columns);
    for (let row = 0; row < rows; ++row)
      for (let k = offsets[row]!; k < offsets[row + 1]!; ++k) back[indices[k]!]! += values[k]! * image[row]!;
    const length = Math.sqrt(back.reduce((sum, value) => sum + value * value, 0));
    if (length === 0) return 0;
    norm = Math.sqrt(length);
    vector = back.map((value) => value / length);
  }
  return Math.min(bound, kPowerMargin * norm);
}
