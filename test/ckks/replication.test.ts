import test from 'ava';

import { Evaluator, maskSlots, replicate, replicationRotations } from '../../lib/ckks/index.js';
import { makeContext, sequence, smallLiteral } from './support.js';

const literal = { ...smallLiteral, logSlots: 5 };
const slots = 32;

test('a mask keeps a range of slots, and a replicated block fills all of them', async (t) => {
  const context = await makeContext(literal, {});
  const { parameters, generator, secretKey, encryptor, decryptor } = context;
  t.deepEqual(replicationRotations(parameters), [1, 2, 4, 8, 16]);
  t.deepEqual(replicationRotations(parameters, 8), [8, 16]);
  t.deepEqual(replicationRotations(parameters, slots), []);
  const keys = await generator.evaluationKeys(secretKey, { rotations: replicationRotations(parameters) });
  const evaluator = new Evaluator(parameters, keys);
  const x = sequence(41)(slots);
  const a = await encryptor.encrypt(x);
  const close = async (result: typeof a, expected: (i: number) => number): Promise<void> => {
    t.is(result.level, a.level - 1);
    const { maxError } = await decryptor.measuredError(
      result,
      Float64Array.from({ length: slots }, (_, i) => expected(i)),
    );
    t.true(maxError <= result.noise.errorBound, `measured ${maxError}, predicted ${result.noise.errorBound}`);
    t.true(result.noise.errorBound < 1e-3);
  };
  await close(await maskSlots(evaluator, a, { first: 5 }), (i) => (i === 5 ? x[i]! : 0));
  await close(await maskSlots(evaluator, a, { first: 3, count: 29 }), (i) => (i >= 3 ? x[i]! : 0));
  await close(await replicate(evaluator, a, { first: 5 }), () => x[5]!);
  await close(await replicate(evaluator, a, { first: 24, count: 8 }), (i) => x[24 + (i % 8)]!);
  await close(await replicate(evaluator, a, { first: 0, count: slots }), (i) => x[i]!);
});

test('ranges that are none are refused with what is wrong', async (t) => {
  const { parameters, evaluator, encryptor } = await makeContext(literal, {});
  const a = await encryptor.encrypt(Float64Array.of(1));
  const argument = { code: 'INVALID_ARGUMENT' };
  const wrong = (value: unknown): never => value as never;
  await t.throwsAsync(maskSlots(evaluator, a, { first: slots }), argument);
  await t.throwsAsync(maskSlots(evaluator, a, { first: -1 }), argument);
  await t.throwsAsync(maskSlots(evaluator, a, { first: 30, count: 3 }), argument);
  await t.throwsAsync(maskSlots(wrong({}), a, { first: 0 }), argument);
  await t.throwsAsync(maskSlots(evaluator, wrong({}), { first: 0 }), argument);
  await t.throwsAsync(maskSlots(evaluator, a, wrong({ frist: 0 })), argument);
  await t.throwsAsync(replicate(evaluator, a, { first: 0, count: 3 }), argument);
  await t.throwsAsync(replicate(evaluator, a, { first: 4, count: 8 }), argument);
  await t.throwsAsync(replicate(evaluator, a, { first: 0, count: 8 }), { code: 'KEY_MISSING' });
  t.throws(() => replicationRotations(parameters, 3), argument);
  t.throws(() => replicationRotations(parameters, 0), argument);
});
