import test from 'ava';
import { extent, multiplexedLayout, places, rasterLayout } from '../../lib/nn/plan/layout.js';
import type { Layout } from '../../lib/nn/plan/layout.js';
import {
  DiagonalMap,
  diagonalsOf,
  foldsOf,
  splitDiagonals,
  splitsOf,
} from '../../lib/nn/plan/transform-plan.js';
import { sparseFromDense, sparseFromRows } from '../../lib/nn/sparse.js';
import type { SparseMatrix } from '../../lib/nn/sparse.js';
import { SeededRandom } from '../../examples/support/random.js';

const random = new SeededRandom(5);

/** What a server does with slots, on numbers: diagonals times rotations, then the doublings. */
function apply(
  matrix: SparseMatrix,
  source: Layout,
  result: Layout,
  length: number,
  x: Float64Array,
): Float64Array {
  const slots = new Float64Array(length);
  places(source).forEach((place, i) => {
    for (let slot = place; slot < length; slot += source.period) slots[slot] = x[i]!;
  });
  const map = new DiagonalMap(source, result);
  let sums = new Float64Array(length);
  for (let row = 0; row < matrix.rows; ++row) {
    for (let k = matrix.offsets[row]!; k < matrix.offsets[row + 1]!; ++k) {
      const diagonal = map.diagonal(row, matrix.indices[k]!);
      for (let slot = map.slot(row, matrix.indices[k]!, diagonal); slot < length; slot += map.period)
        sums[slot]! += matrix.values[k]! * slots[(slot + diagonal) % length]!;
    }
  }
  for (const fold of foldsOf(source.period, result.period))
    sums = sums.map((value, slot) => value + sums[(slot + fold) % length]!);
  return sums;
}

function holds(matrix: SparseMatrix, source: Layout, result: Layout, length: number): boolean {
  const x = random.vector(matrix.columns);
  const slots = apply(matrix, source, result, length, x);
  return [...places(result)].every((place, row) => {
    let exact = 0;
    for (let k = matrix.offsets[row]!; k < matrix.offsets[row + 1]!; ++k)
      exact += matrix.values[k]! * x[matrix.indices[k]!]!;
    for (let slot = place; slot < length; slot += result.period)
      if (Math.abs(slots[slot]! - exact) > 1e-12) return false;
    return true;
  });
}

for (const [rows, columns] of [
  [3, 16],
  [10, 100],
  [16, 16],
  [20, 7],
  [1, 5],
] as const) {
  test(`diagonals of a full ${rows} × ${columns} matrix give its products for every period of the result`, (t) => {
    const matrix = sparseFromDense(rows, columns, random.vector(rows * columns));
    const source = rasterLayout([columns]);
    for (let period = 2 ** Math.ceil(Math.log2(rows)); period <= 256; period *= 2) {
      const result = rasterLayout([rows], period);
      t.true(holds(matrix, source, result, 256), `period ${period}`);
      t.true(diagonalsOf(matrix, new DiagonalMap(source, result)).length <= Math.min(period, source.period));
    }
  });
}

test('a convolution of stride 2 leaves its results among its inputs, on few diagonals', (t) => {
  const source = rasterLayout([1, 8, 8], 128);
  const result = multiplexedLayout([6, 4, 4], source, 128)!;
  t.deepEqual(result.gap, [2, 2]);
  t.is(new Set(places(result)).size, 96);
  t.true(extent(result) <= 128);
  // 2 × 2 windows side by side.
  const matrix = sparseFromRows(96, 64, (row) => {
    const y = Math.floor(row / 4) % 4;
    return [0, 1, 8, 9].map((tap) => [16 * y + 2 * (row % 4) + tap, random.symmetric(1)] as const);
  });
  t.true(holds(matrix, source, result, 128));
  const near = diagonalsOf(matrix, new DiagonalMap(source, result)).length;
  const raster = diagonalsOf(matrix, new DiagonalMap(source, rasterLayout([6, 4, 4], 128))).length;
  t.true(near < raster, `${near} against ${raster}`);
});

test('no layout is given to a picture that does not stay within its plane', (t) => {
  t.is(multiplexedLayout([1, 9, 9], rasterLayout([1, 8, 8], 128), 128), undefined);
  t.is(multiplexedLayout([9, 8, 8], rasterLayout([1, 8, 8], 128), 128), undefined);
  t.is(multiplexedLayout([4, 1, 1], rasterLayout([1, 8, 8], 128), 128), undefined);
});

test('a split names every rotation that its diagonals need, and no other', (t) => {
  const diagonals = [0, 1, 5, 6, 9, 32, 37];
  for (const { babySteps, babies, giants } of splitsOf(diagonals, 64)) {
    const sums = new Set([0, ...babies].flatMap((baby) => [0, ...giants].map((giant) => baby + giant)));
    t.true(
      diagonals.every((diagonal) => sums.has(diagonal)),
      `${babySteps} baby steps`,
    );
    t.true(babies.every((baby) => baby > 0 && baby < babySteps));
    t.true(giants.every((giant) => giant > 0 && giant % babySteps === 0));
  }
  t.deepEqual(splitDiagonals(diagonals, 4), { babySteps: 4, babies: [1, 2], giants: [4, 8, 32, 36] });
});
