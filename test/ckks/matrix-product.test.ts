import test from 'ava';

import { Evaluator, MatrixProduct } from '../../lib/ckks/index.js';
import type { MatrixProductShape } from '../../lib/ckks/index.js';
import { makeContext, sequence, smallLiteral } from './support.js';

const literal = { ...smallLiteral, logSlots: 5 };
const slots = 32;

const multiply = (
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    let sum = 0;
    for (let i = 0; i < inner; ++i) sum += a[row * inner + i]! * b[i * columns + column]!;
    return sum;
  });

const shapes: [string, MatrixProductShape][] = [
  ['square ones', { rows: 3, inner: 3, columns: 3 }],
  ['two pairs that fill the slots', { rows: 4, inner: 4, columns: 4, count: 2 }],
  ['rectangular ones', { rows: 2, inner: 5, columns: 3 }],
  ['a row and a column', { rows: 1, inner: 4, columns: 1, count: 2 }],
  ['numbers', { rows: 1, inner: 1, columns: 1, count: 7 }],
];

for (const [name, shape] of shapes)
  test(`the product of encrypted matrices is that of the clear ones: ${name}`, async (t) => {
    const { parameters, generator, secretKey, encryptor, decryptor } = await makeContext(literal, {});
    const product = await MatrixProduct.create(parameters, shape);
    const keys = await generator.evaluationKeys(secretKey, {
      relinearization: true,
      rotations: [...product.rotations],
    });
    const { rows, inner, columns, count = 1 } = shape;
    const draw = sequence(31);
    const lefts = Array.from({ length: count }, () => draw(rows * inner));
    const rights = Array.from({ length: count }, () => draw(inner * columns));
    const a = await encryptor.encrypt(product.packLeft(lefts), { magnitude: 1 });
    const b = await encryptor.encrypt(product.packRight(rights), { magnitude: 1 });
    const c = await product.multiply(new Evaluator(parameters, keys), a, b);
    t.is(c.level, parameters.maxLevel - 3);
    const found = product.unpack(await decryptor.decrypt(c));
    t.is(found.length, count);
    const { errorBound } = c.noise;
    t.true(errorBound < 1e-3);
    for (const [m, values] of found.entries()) {
      const expected = multiply(lefts[m]!, rights[m]!, rows, inner, columns);
      values.forEach((value, k) => {
        t.true(Math.abs(value - expected[k]!) <= errorBound);
      });
    }
  });

test('a matrix product needs at most four rotations a row, three where the matrices fill the slots', async (t) => {
  const { parameters } = await makeContext({ ...literal, logSlots: 8 }, {});
  const product = await MatrixProduct.create(parameters, { rows: 8, inner: 8, columns: 8 });
  t.is(product.size, 8);
  t.true(product.rotations.length <= 4 * 8);
  // Where the matrices fill the slots, rows turn without a mask.
  const full = await MatrixProduct.create(parameters, { rows: 16, inner: 16, columns: 16 });
  t.true(full.rotations.length <= 3 * 16);
});

test('what is no matrix product is refused with what is wrong', async (t) => {
  const { parameters, evaluator, encryptor } = await makeContext(literal, {});
  const argument = { code: 'INVALID_ARGUMENT' };
  const shape = { rows: 2, inner: 2, columns: 2 };
  const wrong = (value: unknown): never => value as never;
  await t.throwsAsync(MatrixProduct.create(parameters, { ...shape, rows: 6 }), argument);
  await t.throwsAsync(MatrixProduct.create(parameters, { ...shape, count: 9 }), argument);
  await t.throwsAsync(MatrixProduct.create(parameters, { ...shape, inner: 0 }), argument);
  await t.throwsAsync(MatrixProduct.create(parameters, shape, { level: 2 }), argument);
  await t.throwsAsync(MatrixProduct.create(parameters, wrong(null)), argument);
  const product = await MatrixProduct.create(parameters, shape);
  t.throws(() => product.packLeft([new Float64Array(3)]), argument);
  t.throws(() => product.packRight([new Float64Array(4), new Float64Array(4)]), argument);
  t.throws(() => product.unpack(new Float64Array(slots - 1)), argument);
  const x = await encryptor.encrypt(product.packLeft([new Float64Array(4)]), { magnitude: 1 });
  await t.throwsAsync(product.multiply(evaluator, x, x), { code: 'KEY_MISSING' });
  await t.throwsAsync(product.multiply(wrong({}), x, x), argument);
  await t.throwsAsync(product.multiply(evaluator, await evaluator.dropToLevel(x, 2), x), {
    code: 'LEVEL_EXHAUSTED',
  });
});
