import test from 'ava';

import {
  chooseParameters,
  Ciphertext,
  CkksParameters,
  EvaluationKeys,
  PublicKey,
  SecretKey,
} from '../../lib/index.js';
import { makeContext, sameBytes, smallContext, smallLiteral } from './support.js';

test('a set by hand has what was asked for', async (t) => {
  const { parameters } = await smallContext();
  t.deepEqual(
    [parameters.logN, parameters.slots, parameters.maxLevel, parameters.magnitude],
    [10, 512, 3, 4],
  );
  t.is(parameters.security, 'none');
  t.deepEqual(parameters.reasons, []);
  t.deepEqual(
    parameters.primes.map((level) => level.length),
    [1, 1, 1, 1],
  );
  const primes = [...parameters.primes.flat(), ...parameters.specialPrimes];
  t.true(primes.every((q) => q % 2048n === 1n && q < 2n ** 50n));
  t.is(new Set(primes).size, primes.length);
  t.true(Math.abs(parameters.logQP - primes.reduce((sum, q) => sum + Math.log2(Number(q)), 0)) < 1e-6);
  t.is(parameters.maxLogQP, 26);
  t.is(parameters.limbCount(2), 3);
});

test('the scale of a level is that of the level above, squared, over its prime', async (t) => {
  const { parameters } = await smallContext();
  t.is(parameters.scale(3), 2 ** 40);
  for (let level = 3; level > 0; --level) {
    const next = parameters.scale(level) ** 2 / Number(parameters.primes[level]![0]);
    t.true(Math.abs(parameters.scale(level - 1) / next - 1) < 1e-14);
  }
});

test('a set by intent gives what was asked for, at 128 bits, with a reason for every choice', async (t) => {
  const intent = { slots: 4096, levels: 3, precisionBits: 20 };
  const parameters = await CkksParameters.create(intent);
  t.true(parameters.slots >= 4096 && parameters.maxLevel >= 3);
  t.is(parameters.security, 'classical-128');
  t.true(parameters.logQP <= parameters.maxLogQP);
  const choice = chooseParameters(intent);
  t.true(choice.precisionBits >= 20);
  t.deepEqual(parameters.literal, choice.literal);
  t.deepEqual(parameters.reasons, choice.reasons);
  t.true(choice.reasons.length >= 4 && choice.reasons.every((reason) => reason.length > 10));
  const text = parameters.describe();
  for (const part of ['N = 2^', 'slots', ...choice.reasons, parameters.fingerprint.slice(0, 16)])
    t.true(text.includes(part), part);
});

test('two primes a level carry a scale beyond 49 bits', async (t) => {
  const parameters = await CkksParameters.create({
    logN: 11,
    logQ: [60, 56, 56],
    logP: [50, 50],
    logScale: 56,
    security: 'none',
  });
  t.deepEqual(
    parameters.primes.map((level) => level.length),
    [2, 2, 2],
  );
  t.is(parameters.limbCount(1), 4);
});

test('equal literals are the same set, a change of any field is another', async (t) => {
  const { parameters } = await smallContext();
  const same = await CkksParameters.create(parameters.literal);
  t.is(same.fingerprint, parameters.fingerprint);
  t.regex(same.fingerprint, /^[0-9a-f]{64}$/);
  const others = [
    { magnitude: 5 },
    { logSlots: 3 },
    { logQ: [50, 40, 40] },
    { logP: [50, 50] },
    { logScale: 39 },
  ];
  const fingerprints = await Promise.all(
    others.map(async (change) => (await CkksParameters.create({ ...smallLiteral, ...change })).fingerprint),
  );
  t.is(new Set([parameters.fingerprint, ...fingerprints]).size, others.length + 1);
});

test('what was written and read is the same object', async (t) => {
  const { parameters, secretKey, generator, evaluationKeys, encryptor, decryptor } = await smallContext();
  const read = await CkksParameters.fromBytes(parameters.toBytes());
  t.is(read.fingerprint, parameters.fingerprint);
  t.deepEqual(read.literal, parameters.literal);
  t.deepEqual(read.primes, parameters.primes);
  // Everything made under one is at home under the other.
  const x = Float64Array.of(1, -2);
  const ciphertext = await encryptor.encrypt(x);
  const again = await Ciphertext.fromBytes(read, await ciphertext.toBytes());
  t.true(await sameBytes(again, ciphertext));
  t.deepEqual(await decryptor.decrypt(again), await decryptor.decrypt(ciphertext));
  t.deepEqual(again.noise, ciphertext.noise);
  t.true(again.insecure);
  t.deepEqual(
    await (await SecretKey.fromBytes(read, await secretKey.toBytes())).toBytes(),
    await secretKey.toBytes(),
  );
  const publicKey = await generator.publicKey(secretKey);
  t.deepEqual(
    await (await PublicKey.fromBytes(read, await publicKey.toBytes())).toBytes(),
    await publicKey.toBytes(),
  );
  const keys = await EvaluationKeys.fromBytes(read, await evaluationKeys.toBytes());
  t.deepEqual(
    [keys.rotations, keys.relinearizationLevel, keys.conjugationLevel, keys.byteLength],
    [
      evaluationKeys.rotations,
      evaluationKeys.relinearizationLevel,
      evaluationKeys.conjugationLevel,
      evaluationKeys.byteLength,
    ],
  );
  const batch = await encryptor.encrypt([x, x, x]);
  const batchAgain = await Ciphertext.batchFromBytes(read, await Ciphertext.batchToBytes(parameters, batch));
  for (const [i, entry] of batchAgain.entries()) t.true(await sameBytes(entry, batch[i]!));
});

test('sizes are known to the byte before anything is made', async (t) => {
  const { parameters, evaluator, encryptor, generator, secretKey } = await smallContext();
  const fresh = await encryptor.encrypt(Float64Array.of(1));
  t.is((await fresh.toBytes()).length, parameters.ciphertextSize({ fresh: true }));
  const product = await evaluator.square(fresh);
  t.is((await product.toBytes()).length, parameters.ciphertextSize({ level: 2 }));
  const raw = await evaluator.square(fresh, { relinearize: false });
  t.is((await raw.toBytes()).length, parameters.ciphertextSize({ level: 2, degree: 2 }));
  const keys = await generator.evaluationKeys(secretKey, {
    relinearization: { level: 2 },
    rotations: [1, 5],
    level: 1,
  });
  t.deepEqual(parameters.evaluationKeySize({ relinearization: 2, rotations: 2, level: 1 }), {
    serialized: (await keys.toBytes()).length,
    memory: keys.byteLength,
  });
});

test('fewer slots than N/2 repeat and rotate within themselves', async (t) => {
  const context = await makeContext({ ...smallLiteral, logSlots: 3 }, { rotations: [1] });
  t.is(context.parameters.slots, 8);
  const x = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8).map((v) => v / 4);
  const turned = await context.evaluator.rotate(await context.encryptor.encrypt(x), 1);
  const slots = await context.decryptor.decrypt(turned);
  t.is(slots.length, 8);
  for (let i = 0; i < 8; ++i) t.true(Math.abs(slots[i]! - x[(i + 1) % 8]!) < 1e-6);
});
