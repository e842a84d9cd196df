import test from 'ava';

import { Ciphertext, Evaluator, LinearTransform } from '../../lib/ckks/index.js';
import { makeContext, sequence, smallLiteral } from './support.js';

const literal = { ...smallLiteral, logSlots: 5 };
const slots = 32;

/** A matrix times a vector, row by row. */
function product(rows: number, columns: number, values: Float64Array, x: Float64Array): Float64Array {
  return Float64Array.from({ length: slots }, (_, r) => {
    let sum = 0;
    for (let c = 0; c < columns && r < rows; ++c) sum += values[r * columns + c]! * x[c]!;
    return sum;
  });
}

test('a matrix times encrypted slots, with the keys that the transform asks for', async (t) => {
  const draw = sequence(11);
  for (const [rows, columns] of [
    [slots, slots],
    [3, 20],
    [20, 3],
    [1, 1],
  ] as const) {
    const values = draw(rows * columns, 1).map((v) => v / columns);
    const { parameters, generator, secretKey, encryptor, decryptor } = await makeContext(literal, {});
    const transform = await LinearTransform.fromMatrix(parameters, { rows, columns, values });
    t.is(transform.level, parameters.maxLevel);
    t.true(transform.byteLength > 0);
    t.true(transform.rotations.length <= transform.steps.baby + transform.steps.giant);
    const keys = await generator.evaluationKeys(secretKey, { rotations: [...transform.rotations] });
    const evaluator = new Evaluator(parameters, keys);
    const x = draw(slots, 2);
    const y = await evaluator.transform(await encryptor.encrypt(x), transform);
    t.is(y.level, parameters.maxLevel - 1);
    const { maxError } = await decryptor.measuredError(y, product(rows, columns, values, x));
    t.true(maxError <= y.noise.errorBound, `measured ${maxError}, predicted ${y.noise.errorBound}`);
    t.true(y.noise.errorBound < 1e-3);
  }
});

test('diagonals, levels, splits and key budgets are kept to', async (t) => {
  const { parameters } = await makeContext(literal, {});
  const dense = new Map(Array.from({ length: slots }, (_, k) => [k, Float64Array.of(1, 2, 3)] as const));
  const some = await LinearTransform.fromDiagonals(parameters, dense, { level: 2, babySteps: 4 });
  t.deepEqual(some.rotations, [1, 2, 3, 4, 8, 12, 16, 20, 24, 28]);
  t.deepEqual(some.steps, { baby: 4, giant: 8 });
  t.is(some.diagonals, slots);
  t.is(some.level, 2);
  const few = await LinearTransform.fromDiagonals(parameters, dense, { mostKeys: 12 });
  t.true(few.rotations.length <= 12);
  const one = await LinearTransform.fromDiagonals(
    parameters,
    new Map([[-1, { re: Float64Array.of(1), im: Float64Array.of(-1) }]]),
  );
  t.deepEqual(one.rotations, [slots - 1]);
});

test('blocks of transforms share what they can', async (t) => {
  const draw = sequence(12);
  const { parameters, generator, secretKey, encryptor, decryptor } = await makeContext(literal, {});
  const square = () => draw(slots * slots).map((v) => v / slots);
  const values = [square(), square(), square(), square()];
  const m = await Promise.all(
    values.map((v) => LinearTransform.fromMatrix(parameters, { rows: slots, columns: slots, values: v })),
  );
  const keys = await generator.evaluationKeys(secretKey, { rotations: [...m[0]!.rotations] });
  const evaluator = new Evaluator(parameters, keys);
  const [x, y] = [draw(slots), draw(slots)];
  const [a, b] = (await encryptor.encrypt([x, y])) as [Ciphertext, Ciphertext];
  const times = (k: number, v: Float64Array) => product(slots, slots, values[k]!, v);
  const sum = (u: Float64Array, v: Float64Array) => u.map((value, i) => value + v[i]!);
  const close = async (result: Ciphertext, expected: Float64Array): Promise<void> => {
    t.is(result.level, parameters.maxLevel - 1);
    const { maxError } = await decryptor.measuredError(result, expected);
    t.true(maxError <= result.noise.errorBound, `measured ${maxError}, predicted ${result.noise.errorBound}`);
    t.true(result.noise.errorBound < 1e-3);
  };
  const many = await evaluator.transformMany(a, m);
  for (const [k, result] of many.entries()) await close(result, times(k, x));
  await close(await evaluator.transformSum([a, b], m.slice(0, 2)), sum(times(0, x), times(1, y)));
  const [upper, lower] = await evaluator.transformBlocks(
    [a, b],
    [
      [m[0], m[1]],
      [undefined, m[3]],
    ],
  );
  await close(upper!, sum(times(0, x), times(1, y)));
  await close(lower!, times(3, y));
});

test('a transform of zeros keeps its rotations, and its product stays encrypted', async (t) => {
  const { parameters, generator, secretKey, encryptor, decryptor } = await makeContext(literal, {});
  const indices = [0, 1, 5, 9];
  const from = (value: number) =>
    LinearTransform.fromDiagonals(
      parameters,
      new Map(indices.map((k) => [k, new Float64Array(slots).fill(value)] as const)),
    );
  const [zeros, ones] = [await from(0), await from(1)];
  t.deepEqual(zeros.rotations, ones.rotations);
  t.is(zeros.diagonals, indices.length);
  const keys = await generator.evaluationKeys(secretKey, { rotations: [...zeros.rotations] });
  const x = await encryptor.encrypt(sequence(3)(slots));
  const y = await new Evaluator(parameters, keys).transform(x, zeros);
  t.true((await decryptor.measuredError(y, new Float64Array(slots))).maxError <= y.noise.errorBound);
  // No reader takes a ciphertext that anybody can read.
  t.is((await Ciphertext.fromBytes(parameters, await y.toBytes())).level, y.level);
});

test('what is no transform is refused with what is wrong', async (t) => {
  const { parameters, evaluator, encryptor } = await makeContext(literal, { rotations: [1] });
  const from = LinearTransform.fromDiagonals.bind(LinearTransform, parameters);
  const matrix = LinearTransform.fromMatrix.bind(LinearTransform, parameters);
  const argument = { code: 'INVALID_ARGUMENT' };
  const ones = Float64Array.of(1);
  await t.throwsAsync(from(new Map()), argument);
  await t.throwsAsync(from([[0, ones]] as never), argument);
  await t.throwsAsync(from(new Map([[0.5, ones]])), argument);
  await t.throwsAsync(from(new Map([[0, new Float64Array(slots + 1)]])), argument);
  await t.throwsAsync(
    from(
      new Map([
        [1, ones],
        [1 - slots, ones],
      ]),
    ),
    argument,
  );
  await t.throwsAsync(from(new Map([[0, ones]]), { level: 0 }), argument);
  await t.throwsAsync(from(new Map([[0, ones]]), { babySteps: slots + 1 }), argument);
  await t.throwsAsync(from(new Map([[0, Float64Array.of(NaN)]])), { code: 'NOT_FINITE' });
  await t.throwsAsync(matrix({ rows: 2, columns: 2, values: new Float64Array(3) }), argument);
  await t.throwsAsync(matrix({ rows: 2, columns: 2, values: new Float64Array(4) }), argument);
  await t.throwsAsync(matrix({ rows: slots + 1, columns: 1, values: new Float64Array(slots + 1) }), argument);
  await t.throwsAsync(matrix(null as never), argument);

  const x = await encryptor.encrypt(ones);
  const unknown = await from(new Map([[2, ones]]));
  await t.throwsAsync(evaluator.transform(x, unknown), { code: 'KEY_MISSING' });
  const known = await from(new Map([[1, ones]]));
  await t.throwsAsync(evaluator.transform(await evaluator.dropToLevel(x, 1), known), {
    code: 'LEVEL_EXHAUSTED',
  });
  await t.throwsAsync(evaluator.transform(x, {} as never), argument);
  const wrong = (value: unknown): never => value as never;
  await t.throwsAsync(evaluator.transformBlocks([], []), argument);
  await t.throwsAsync(evaluator.transformBlocks([x], []), argument);
  await t.throwsAsync(evaluator.transformBlocks([x], [[known, known]]), argument);
  await t.throwsAsync(evaluator.transformBlocks([x], [[undefined]]), argument);
  await t.throwsAsync(evaluator.transformBlocks([x], wrong([[null]])), argument);
  await t.throwsAsync(evaluator.transformMany(x, wrong(known)), argument);
  await t.throwsAsync(evaluator.transformSum([x, x], [known]), argument);
  await t.throwsAsync(
    evaluator.transformSum([x], [await from(new Map([[1, ones]]), { level: 1 }), known]),
    argument,
  );
  known.dispose();
  t.throws(() => known.rotations, { code: 'DISPOSED' });
  await t.throwsAsync(evaluator.transform(x, known), { code: 'DISPOSED' });
});
