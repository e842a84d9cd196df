import { refuse, requireInteger, requireVector } from '../check.js';

/**
 * A matrix as compressed sparse rows: row r has values[k] in columns[k] for rowOffsets[r] ≤ k < rowOffsets[r + 1]; a
 * column that stands twice adds up.
 */
export interface SparseRows {
  /** One more than rows: ascending, from 0 to the number of values. */
  readonly rowOffsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** The weights of a linear map, checked; dense ones have no row offsets. */
export function sparseRows(weights: Float64Array | SparseRows, rows: number, inputs: number): SparseRows {
  if (weights instanceof Float64Array || typeof weights !== 'object' || (weights as unknown) === null) {
    requireVector(weights, 'weights', rows * inputs);
    return { rowOffsets: new Int32Array(), columns: new Int32Array(), values: weights };
  }
  const { rowOffsets, columns, values } = weights;
  requireVector(values, 'weights.values');
  if (!(rowOffsets instanceof Int32Array) || rowOffsets.length !== rows + 1)
    refuse(`an Int32Array of length ${rows + 1}`, 'weights.rowOffsets', rowOffsets);
  if (!(columns instanceof Int32Array) || columns.length !== values.length)
    refuse(`an Int32Array of length ${values.length}`, 'weights.columns', columns);
  requireAscending(rowOffsets, values.length);
  const wrong = columns.findIndex((column) => column < 0 || column >= inputs);
  if (wrong >= 0) requireInteger(columns[wrong], `weights.columns[${wrong}]`, 0, inputs - 1);
  return weights;
}

function requireAscending(rowOffsets: Int32Array, end: number): void {
  rowOffsets.forEach((offset, r) => {
    const last = r === rowOffsets.length - 1;
    const least = r === 0 ? 0 : last ? end : rowOffsets[r - 1]!;
    requireInteger(offset, `weights.rowOffsets[${r}]`, least, r === 0 ? 0 : end);
  });
}
