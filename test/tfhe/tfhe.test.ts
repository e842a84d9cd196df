import test from 'ava';

import { ArgumentError, CancelledError, CiphernetError, ParameterError } from '../../lib/index.js';
import {
  Decryptor,
  Encryptor,
  Evaluator,
  KeyGenerator,
  parameterSets,
  TfheParameters,
} from '../../lib/tfhe/index.js';
import type { ErrorCode } from '../../lib/index.js';
import type { TfheLiteral } from '../../lib/tfhe/index.js';

/** Fast and marked as insecure. */
const smallLiteral: TfheLiteral = {
  messageBits: 4,
  lweDimension: 64,
  lweNoise: 40,
  glweDimension: 1,
  logN: 9,
  glweNoise: 17,
  bootstrap: { baseLog: 23, levels: 1 },
  keySwitch: { baseLog: 4, levels: 4 },
  security: 'none',
};

async function makeContext(literal: TfheLiteral) {
  const parameters = await TfheParameters.create(literal);
  const generator = new KeyGenerator(parameters, { insecureSeed: 7n });
  const secretKey = await generator.secretKey();
  return {
    parameters,
    secretKey,
    evaluator: new Evaluator(parameters, await generator.evaluationKeys(secretKey)),
    encryptor: new Encryptor(secretKey, { insecureSeed: 8n }),
    decryptor: new Decryptor(secretKey),
  };
}

const small = makeContext(smallLiteral);
const numbers = Uint8Array.from({ length: 16 }, (_, i) => i);

test('every entry of every table comes out, whatever kind of array it came in', async (t) => {
  const { encryptor, evaluator, decryptor } = await small;
  const x = await encryptor.encrypt(numbers);
  t.is(x.length, 16);
  const squares = Array.from(numbers, (i) => (i * i) % 32);
  const backwards = Uint16Array.from(numbers, (i) => 15 - i);
  t.deepEqual([...(await decryptor.decrypt(await evaluator.applyLut(x, [squares])))], squares);
  const choice = Array.from(numbers, (i) => i % 2);
  const mixed = await decryptor.decrypt(await evaluator.applyLut(x, [squares, backwards], { choice }));
  t.deepEqual(
    [...mixed],
    Array.from(numbers, (i) => (i % 2 === 0 ? squares[i] : backwards[i])),
  );
});

test('sums, differences, linear maps and constants are those of the integers', async (t) => {
  const { encryptor, evaluator, decryptor } = await small;
  const x = await encryptor.encrypt([1, 2, 3]);
  const y = await evaluator.trivial([5, 4, 9]);
  t.deepEqual([...(await decryptor.decrypt(await evaluator.add(x, y)))], [6, 6, 12]);
  t.deepEqual([...(await decryptor.decrypt(await evaluator.subtract(y, x)))], [4, 2, 6]);
  const map = { rows: 2, weights: [1, 2, 3, 1, -1, 1], constants: Int8Array.of(-4, 1) };
  t.deepEqual([...(await decryptor.decrypt(await evaluator.linearMap(x, map)))], [10, 3]);
  t.deepEqual(
    [...(await decryptor.decrypt(await evaluator.linearMap(x, { rows: 1, weights: [0, 0, 2] })))],
    [6],
  );
  t.is((await evaluator.applyLut(await encryptor.encrypt([]), [numbers])).length, 0);
});

test('a set at 128 bits of security runs from keys to results, and its sets promise failures below 2^-128', async (t) => {
  const { parameters, secretKey, encryptor, evaluator, decryptor } = await makeContext(parameterSets[4]);
  t.is(parameters.security, 'classical-128');
  t.true(secretKey.insecure, 'a seed marks what it makes');
  const result = await evaluator.applyLut(await encryptor.encrypt(numbers), [numbers.toReversed()]);
  t.deepEqual([...(await decryptor.decrypt(result))], [...numbers.toReversed()]);
  t.is(result.byteLength, 16 * parameters.ciphertextBytes);
  for (const [bits, norm] of [
    [2, 5],
    [4, 25],
    [6, 50],
  ] as const) {
    const set = await TfheParameters.create(parameterSets[bits]);
    t.true(set.logFailure(norm) <= -128, `${bits} bits: 2^${set.logFailure(norm)}`);
    t.true(set.logFailure(1) < set.logFailure(norm));
  }
});

test('sets, values, tables, options and foreign objects that do not fit are refused by name', async (t) => {
  const { parameters, encryptor, evaluator, decryptor } = await small;
  const x = await encryptor.encrypt([1, 2]);
  const refused = async (promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> => {
    const error = await t.throwsAsync(promise, { instanceOf: CiphernetError, message });
    t.is((error as CiphernetError | undefined)?.code, code);
  };
  await refused(
    TfheParameters.create({ ...parameterSets[4], lweDimension: 900 }),
    'SECURITY_INSUFFICIENT',
    /dimension 900 with noise TUniform\(45\)/,
  );
  await refused(
    TfheParameters.create({ ...smallLiteral, logN: 5 }),
    'PARAMETERS_INVALID',
    /logN from 9 to 16/,
  );
  await refused(
    TfheParameters.create({ ...smallLiteral, logn: 9 } as never),
    'INVALID_ARGUMENT',
    /Unknown option logn .* Did you mean logN\?/,
  );
  await refused(encryptor.encrypt([1, 32]), 'VALUE_OUT_OF_RANGE', /received 32 at index 1/);
  await refused(encryptor.encrypt([-1]), 'INVALID_ARGUMENT', /received -1 at index 0/);
  await refused(encryptor.encrypt([1.5]), 'INVALID_ARGUMENT', /received 1.5 at index 0/);
  await refused(encryptor.encrypt('12' as never), 'INVALID_ARGUMENT', /received "12"/);
  await refused(evaluator.applyLut(x, [[1, 2]]), 'INVALID_ARGUMENT', /tables of 16 entries/);
  await refused(evaluator.applyLut(x, [numbers, numbers]), 'INVALID_ARGUMENT', /received 2 tables/);
  await refused(evaluator.applyLut(x, [numbers], { choice: [0, 1] }), 'INVALID_ARGUMENT', /below 1/);
  await refused(
    evaluator.applyLut(x, [numbers], { chioce: [] } as never),
    'INVALID_ARGUMENT',
    /Did you mean choice/,
  );
  await refused(evaluator.add(x, await encryptor.encrypt([1])), 'INVALID_ARGUMENT', /Expected 2 ciphertexts/);
  await refused(evaluator.linearMap(x, { rows: 1, weights: [1] }), 'INVALID_ARGUMENT', /1 x 2 weights/);
  await refused(decryptor.decrypt({} as never), 'INVALID_ARGUMENT', /a CiphertextBatch/);
  t.throws(() => new Evaluator(parameters, {} as never), { instanceOf: ArgumentError });
  const other = await makeContext({ ...smallLiteral, messageBits: 2 });
  await refused(other.decryptor.decrypt(x), 'PARAMETERS_MISMATCH', /another|parameter set/);
  await t.throwsAsync(other.evaluator.applyLut(x, [[0, 1, 2, 3]]), { instanceOf: ParameterError });
});

test('what was disposed of is refused, a secret key shows nothing, batches weigh what they hold', async (t) => {
  const { encryptor, decryptor, secretKey } = await small;
  const x = await encryptor.encrypt([1, 2]);
  t.is(x.byteLength, 2 * 513 * 8);
  t.true(x.insecure);
  x.dispose();
  await t.throwsAsync(decryptor.decrypt(x), { code: 'DISPOSED' });
  t.is(JSON.stringify({ secretKey }), '{"secretKey":"[SecretKey]"}');
});

test('a look-up tells of its ciphertexts and stops when asked to', async (t) => {
  const { encryptor, evaluator, decryptor } = await small;
  const x = await encryptor.encrypt(Array.from({ length: 100 }, (_, i) => i % 16));
  let last = { done: 0, total: 0 };
  await evaluator.applyLut(x, [numbers], { onProgress: (progress) => (last = progress) });
  t.deepEqual(last, { done: 100, total: 100 });
  const many = await encryptor.encrypt(new Uint8Array(20000));
  const stop = new AbortController();
  const running = evaluator.applyLut(many, [numbers], {
    signal: stop.signal,
    onProgress: () => {
      stop.abort();
    },
  });
  await t.throwsAsync(running, { instanceOf: CancelledError });
  t.deepEqual([...(await decryptor.decrypt(await evaluator.applyLut(x, [numbers]))).slice(0, 3)], [0, 1, 2]);
});
