import test from 'ava';
import { readNpy } from '../../lib/cli/npy.js';
import { formatCsv, readCsv } from '../../lib/cli/rows.js';
import { FormatError } from '../../lib/errors.js';

/** What `numpy.save` writes: header padded with blanks to a multiple of 64, ended by a line feed. */
function npy(header: string, data: Buffer, version = 1): Buffer {
  const prefix = version === 1 ? 10 : 12;
  const text = `${header.padEnd(128 - prefix - 1)}\n`;
  const head = Buffer.alloc(prefix);
  head.write('\x93NUMPY', 'latin1');
  head.writeUInt8(version, 6);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text, 'latin1'), data]);
}
const describe = (type: string, shape: string, order = 'False'): string =>
  `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
const doubles = (...values: number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

test('arrays of NumPy are read in every version, float32 and float64, of any number of axes', (t) => {
  const values = [1, -0.5, 1e300, 0, 7, 2 ** -1074];
  for (const version of [1, 2, 3])
    t.deepEqual(readNpy(npy(describe('<f8', '(3, 2)'), doubles(...values), version)), {
      width: 2,
      values: Float64Array.from(values),
    });
  const floats = Buffer.from(Float32Array.of(1, 0.1, -3, 4, 5, 6, 7, 8).buffer);
  t.deepEqual(readNpy(npy(describe('<f4', '(2, 2, 2)'), floats)), {
    width: 4,
    values: Float64Array.from(Float32Array.of(1, 0.1, -3, 4, 5, 6, 7, 8)),
  });
  t.is(readNpy(npy(describe('<f8', '(3,)'), doubles(1, 2, 3))).width, 1);
});

test('an array of NumPy that is cut, or of another type or order, is refused', (t) => {
  const good = npy(describe('<f8', '(1, 2)'), doubles(1, 2));
  const cases: readonly [Buffer, string][] = [
    [good.subarray(0, 5), 'FORMAT_MAGIC'],
    [good.subarray(0, 11), 'FORMAT_TRUNCATED'],
    [good.subarray(0, 100), 'FORMAT_TRUNCATED'],
    [good.subarray(0, -1), 'FORMAT_CORRUPT'],
    [Buffer.concat([good, Buffer.alloc(1)]), 'FORMAT_CORRUPT'],
    [npy(describe('<f8', '(1, 2)'), doubles(1, 2), 4), 'FORMAT_VERSION'],
    [npy(describe('>f8', '(1, 2)'), doubles(1, 2)), 'FORMAT_CORRUPT'],
    [npy(describe('<i8', '(1, 2)'), doubles(1, 2)), 'FORMAT_CORRUPT'],
    [npy(describe('<f8', '(1, 2)', 'True'), doubles(1, 2)), 'FORMAT_CORRUPT'],
    [npy(describe('<f8', '()'), doubles(1)), 'FORMAT_CORRUPT'],
    [npy(describe('<f8', '(0, 2)'), doubles()), 'FORMAT_CORRUPT'],
    [npy(describe('<f8', '(99999999999, 99999999999)'), doubles(1)), 'FORMAT_CORRUPT'],
    [npy('{}', doubles(1)), 'FORMAT_CORRUPT'],
  ];
  for (const [bytes, code] of cases) t.throws(() => readNpy(bytes), { instanceOf: FormatError, code });
});

test('CSV may have names, comments, blanks and a byte order mark; every number reads back as itself', (t) => {
  const text = '\uFEFF"a", b\n# a comment\n1, 2e-3\n\n-4,+5\n';
  t.deepEqual(readCsv(Buffer.from(text), 'rows.csv'), { width: 2, values: Float64Array.of(1, 0.002, -4, 5) });
  const rows = { width: 3, values: Float64Array.of(0.1, 1 / 3, -1e-300, 5e-324, 1.7976931348623157e308, 0) };
  t.deepEqual(readCsv(Buffer.from(formatCsv(rows)), 'rows.csv'), rows);
});

test('CSV without numbers, with gaps or with infinities is refused by row and column', (t) => {
  for (const text of ['', 'a,b\n', '1,\n', '1,2\nx,3\n', '1,Infinity\n', '1,2\n3\n', '"1\n'])
    t.throws(
      () => readCsv(Buffer.from(text), 'rows.csv'),
      { instanceOf: FormatError, code: 'FORMAT_CORRUPT' },
      text,
    );
});
