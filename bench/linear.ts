// Linear maps of ciphertexts, linear transforms of slots, polynomials of slots; two threads beside one.
// npm run bench -- linear [--json FILE]
import { describe } from './support/ckks-rows.js';
import { type CkksSet, words } from './support/ckks-sets.js';
import { interleave } from './support/measure.js';
import { startNative } from './support/native.js';
import { ourselves, type Row, row, runSuite } from './support/rows.js';

interface Group {
  readonly set: CkksSet;
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const groups: readonly Group[] = [
  {
    set: { logN: 13, logQ: [48, 38, 38, 38], logP: [50], logScale: 38 },
    operations: {
      linear_map: { inputs: 784, outputs: 100, weights: 78_400 },
      linear_map_sparse: { inputs: 784, outputs: 720, weights: 18_000 },
      linear_transform_dense_128: { diagonals: 128 },
      linear_transform_sparse_16: { diagonals: 16 },
      linear_transform_encode_128: { diagonals: 128 },
    },
  },
  {
    set: { logN: 14, logQ: [50, ...Array<number>(7).fill(40)], logP: [48, 48], logScale: 40 },
    operations: {
      linear_transform_dense_128: { diagonals: 128 },
      polynomial_15: { degree: 15 },
      polynomial_63: { degree: 63 },
    },
  },
];

await runSuite([], async () => {
  const rows: Row[] = [];
  for (const { set, operations } of groups) {
    await using one = await startNative('linear', { ...words(set), threads: 1 });
    await using two = await startNative('linear', { ...words(set), threads: 2 });
    for (const [operation, params] of Object.entries(operations)) {
      const [single, threaded] = await interleave([() => one.time(operation), () => two.time(operation)]);
      const alone = await describe('linear', one, set, operation, single!);
      const shared = await describe('linear', two, set, operation, threaded!);
      rows.push(row({ ...alone, params: { ...alone.params, ...params } }));
      rows.push(
        row({
          ...shared,
          params: { ...shared.params, ...params },
          peer: ourselves('one thread', single!),
        }),
      );
    }
  }
  return rows;
});
