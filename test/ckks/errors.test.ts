import { inspect } from 'node:util';

import test from 'ava';
import type { ExecutionContext } from 'ava';

import {
  ArgumentError,
  chooseParameters,
  Ciphertext,
  CiphernetError,
  CkksParameters,
  Decryptor,
  Encryptor,
  EvaluationKeys,
  Evaluator,
  FormatError,
  KeyError,
  KeyGenerator,
  OperationError,
  ParameterError,
  Plaintext,
  PublicKey,
  SecretKey,
} from '../../lib/index.js';
import type { ErrorCode } from '../../lib/index.js';
import { freshDeviation, roundingDeviation, tailFactor } from '../../lib/ckks/noise.js';
import { smallContext, smallLiteral } from './support.js';

type ErrorClass = abstract new (...args: never[]) => CiphernetError;

/** The error of the class and code; afterwards the context still computes. */
async function refuses(
  t: ExecutionContext,
  type: ErrorClass,
  code: ErrorCode,
  body: () => unknown,
  message?: RegExp,
): Promise<CiphernetError> {
  let caught: unknown;
  try {
    await body();
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof CiphernetError)) {
    t.fail(`expected ${code} but ${inspect(caught)} was thrown`);
    throw new Error('unreachable after a failure');
  }
  t.is(caught.code, code, caught.message);
  t.true(caught instanceof type, caught.constructor.name);
  if (message !== undefined) t.regex(caught.message, message);
  return caught;
}

const x = Float64Array.of(1, 2, 3);
const wrong = (value: unknown): never => value as never;

test('wrong types, shapes and ranges are argument errors that say what arrived', async (t) => {
  const { encryptor, evaluator, decryptor, parameters, secretKey } = await smallContext();
  const a = await encryptor.encrypt(x);
  const sparse = (rowOffsets: number[], columns: number[], values: number[]): Promise<unknown> =>
    evaluator.linearMap(
      [a],
      {
        rowOffsets: Int32Array.from(rowOffsets),
        columns: Int32Array.from(columns),
        values: Float64Array.from(values),
      },
      x.subarray(0, 2),
    );
  const cases: [() => unknown, RegExp][] = [
    [
      () => encryptor.encrypt(wrong([1, 2])),
      /Float64Array or \{ re, im \} of them for values\[0\] but received 1/,
    ],
    [() => encryptor.encrypt(wrong('text')), /received "text"/],
    [() => encryptor.encrypt({ re: x, im: Float64Array.of(1) }), /3 and 1/],
    [
      () => encryptor.encrypt(new Float64Array(parameters.slots + 1)),
      /at most 512 values for values but received 513/,
    ],
    [() => encryptor.encrypt(x, { level: 9 }), /integer from 0 to 3 for level but received 9/],
    [() => encryptor.encrypt(x, { level: 1.5 }), /received 1.5/],
    [() => encryptor.encrypt(x, { magnitude: -1 }), /above 0 for magnitude/],
    [
      () => encryptor.encrypt(x, wrong({ levle: 1 })),
      /Unknown option levle for encrypt\(\)\. Did you mean level\?/,
    ],
    [() => encryptor.encrypt(x, wrong({ signal: 5 })), /AbortSignal/],
    [() => encryptor.encrypt(x, wrong({ onProgress: 5 })), /a function for the option onProgress/],
    [() => evaluator.add(wrong({}), 1), /a Ciphertext for the ciphertext but received a plain object/],
    [() => evaluator.add(a, wrong('1')), /received "1"/],
    [() => evaluator.add([a], wrong([a, a])), /as many right operands/],
    [() => evaluator.add(a, wrong([a])), /as many right operands|right operand/],
    [() => evaluator.add([a, a], [a, 1]), /right operand/],
    [() => evaluator.add([a, a], [1, a]), /right operand/],
    [() => evaluator.multiply(a, a, wrong({ relinearise: true })), /Did you mean relinearize\?/],
    [() => evaluator.multiply(a, a, wrong({ rescale: 1 })), /boolean for rescale/],
    [() => evaluator.rotate(a, 0.5), /for steps/],
    [() => evaluator.rotateHoisted(a, wrong(3)), /array of steps/],
    [() => evaluator.innerSum(a, 3), /power of two/],
    [() => evaluator.dropToLevel(a, -1), /for level/],
    [() => evaluator.joinComplex([a], [a, a]), /as many imaginary parts as real ones \(1\) but received 2/],
    [() => evaluator.joinComplex(a, wrong([a])), /as many imaginary parts/],
    [() => evaluator.joinComplex(a, wrong(1)), /a Ciphertext for the imaginary part/],
    [() => evaluator.splitComplex(wrong(1)), /a Ciphertext/],
    [() => evaluator.linearMap([], x, x), /list of ciphertexts/],
    [() => evaluator.linearMap([a], x, x.subarray(0, 2)), /length 2 for weights/],
    [() => evaluator.linearMap([a], null as never, x.subarray(0, 2)), /length 2 for weights/],
    [() => sparse([0, 1], [0], [1]), /length 3 for weights\.rowOffsets/],
    [() => sparse([0, 1, 1], [0, 0], [1]), /length 1 for weights\.columns/],
    [() => sparse([0, 2, 1], [0], [1]), /from 0 to 1 for weights\.rowOffsets\[1\]/],
    [() => sparse([0, 0, 0], [0], [1]), /from 1 to 1 for weights\.rowOffsets\[2\]/],
    [() => sparse([1, 1, 1], [0], [1]), /from 0 to 0 for weights\.rowOffsets\[0\]/],
    [() => sparse([0, 0, 1], [1], [1]), /from 0 to 0 for weights\.columns\[0\]/],
    [() => evaluator.evaluatePolynomial(a, []), /at least one number/],
    [() => evaluator.evaluatePolynomial(a, { chebyshev: [] }), /at least one number/],
    [() => evaluator.evaluatePolynomial(a, { chebyshev: [0, 1], interval: [1, 1] }), /the lower one first/],
    [() => evaluator.evaluatePolynomial(a, { chebyshev: [0, 1], interval: [1] as never }), /length 2/],
    [
      () => decryptor.decrypt(wrong(secretKey)),
      /a Ciphertext for the ciphertexts but received an object of class SecretKey/,
    ],
    [() => new Evaluator(wrong({})), /a CkksParameters/],
    [() => new Evaluator(parameters, wrong(secretKey)), /an EvaluationKeys/],
    [() => new Encryptor(parameters, wrong({})), /a SecretKey or a PublicKey/],
    [() => new Decryptor(parameters, wrong(x)), /a SecretKey/],
    [() => new KeyGenerator(parameters, wrong({ insecureSeed: 5 })), /bigint/],
    [() => new KeyGenerator(parameters, wrong({ insecureseed: 5n })), /Did you mean insecureSeed\?/],
    [
      () => new KeyGenerator(parameters).evaluationKeys(secretKey, wrong({ rotation: [1] })),
      /Did you mean rotations\?/,
    ],
    [() => new KeyGenerator(parameters).evaluationKeys(secretKey, { rotations: [0.5] }), /rotations\[0\]/],
    [
      () => new KeyGenerator(parameters).evaluationKeys(secretKey, { relinearization: { level: 4 } }),
      /relinearization.level/,
    ],
    [() => Ciphertext.fromBytes(parameters, wrong('bytes')), /a Uint8Array for the bytes of a ciphertext/],
    [() => CkksParameters.create(wrong(null)), /an object for the parameters but received null/],
    [() => CkksParameters.create({ ...smallLiteral, logQ: wrong('50') }), /array of bit sizes for logQ/],
    [() => CkksParameters.create(wrong({ ...smallLiteral, logn: 4 })), /Did you mean logN\?/],
    [() => CkksParameters.create({ ...smallLiteral, security: wrong('low') }), /'classical-128' or 'none'/],
    [() => parameters.scale(4), /the level/],
    [() => a.declareNoise({ magnitude: -1 }), /at least 0 for magnitude/],
  ];
  for (const [body, message] of cases) await refuses(t, ArgumentError, 'INVALID_ARGUMENT', body, message);
  t.is((await decryptor.decrypt(await evaluator.add(a, a))).length, parameters.slots);
});

test('a hole in a batch is refused, not read', async (t) => {
  const { evaluator, encryptor } = await smallContext();
  const batch: Ciphertext[] = [await encryptor.encrypt(x)];
  batch[2] = batch[0]!;
  await refuses(
    t,
    ArgumentError,
    'INVALID_ARGUMENT',
    () => evaluator.negate(batch),
    /\[1\] but received undefined/,
  );
  await refuses(t, ArgumentError, 'INVALID_ARGUMENT', () => evaluator.add(batch[0]!, wrong(new Array(1))));
  await refuses(
    t,
    ArgumentError,
    'INVALID_ARGUMENT',
    () => encryptor.encrypt(wrong(new Array(2))),
    /values\[0\] but received undefined/,
  );
});

test('NaN and infinities are refused by name', async (t) => {
  const { encryptor, evaluator } = await smallContext();
  const a = await encryptor.encrypt(x);
  const error = await refuses(
    t,
    ArgumentError,
    'NOT_FINITE',
    () => encryptor.encrypt(Float64Array.of(1, NaN)),
    /NaN at index 1/,
  );
  t.is(error.details.index, 1);
  await refuses(t, ArgumentError, 'NOT_FINITE', () =>
    encryptor.encrypt({ re: x, im: Float64Array.of(0, 0, Infinity) }),
  );
  await refuses(t, ArgumentError, 'NOT_FINITE', () => evaluator.add(a, Infinity));
  await refuses(t, ArgumentError, 'NOT_FINITE', () => evaluator.multiply(a, { re: 0, im: NaN }));
  await refuses(t, ArgumentError, 'NOT_FINITE', () => evaluator.encode(Float64Array.of(-Infinity)));
  await refuses(t, ArgumentError, 'NOT_FINITE', () =>
    evaluator.linearMap([a], Float64Array.of(NaN), Float64Array.of(0)),
  );
  await refuses(t, ArgumentError, 'NOT_FINITE', () => evaluator.evaluatePolynomial(a, [0, NaN]));
});

test('a value beyond the modulus of its level is refused', async (t) => {
  const { encryptor, evaluator } = await smallContext();
  await refuses(t, ArgumentError, 'VALUE_OUT_OF_RANGE', () =>
    encryptor.encrypt(Float64Array.of(1e9), { level: 0 }),
  );
  const a = await encryptor.encrypt(x, { level: 0 });
  await refuses(t, ArgumentError, 'VALUE_OUT_OF_RANGE', () => evaluator.add(a, 1e30));
});

test('parameter sets that cannot exist or are not secure are refused with the remedy', async (t) => {
  await refuses(t, ParameterError, 'PARAMETERS_INVALID', () =>
    CkksParameters.create({ ...smallLiteral, logQ: [] }),
  );
  await refuses(t, ParameterError, 'PARAMETERS_INVALID', () =>
    CkksParameters.create({ ...smallLiteral, logN: 25 }),
  );
  const { security: _, ...secure } = smallLiteral;
  await refuses(t, ParameterError, 'SECURITY_INSUFFICIENT', () => CkksParameters.create(secure), /2\^10/);
  await refuses(t, ParameterError, 'PARAMETERS_INVALID', () =>
    CkksParameters.create({ slots: 8, levels: 100, precisionBits: 40 }),
  );
  await refuses(
    t,
    ArgumentError,
    'INVALID_ARGUMENT',
    () => chooseParameters({ slots: 8, levels: 3, precisionBits: 20, ...{ precision: 3 } }),
    /Unknown option precision/,
  );
});

test('objects of two parameter sets do not mix', async (t) => {
  const { encryptor, evaluator, decryptor, parameters, secretKey, evaluationKeys } = await smallContext();
  const other = await CkksParameters.create({ ...smallLiteral, magnitude: 5 });
  const otherKey = await new KeyGenerator(other).secretKey();
  const a = await encryptor.encrypt(x);
  const b = await new Encryptor(other, otherKey).encrypt(x);
  const bytes = await b.toBytes();
  const cases = [
    () => evaluator.add(a, b),
    () => evaluator.multiply(b, 2),
    () => new Evaluator(other, evaluationKeys).square(b),
    () => decryptor.decrypt(b),
    () => new Encryptor(parameters, otherKey).encrypt(x),
    () => new KeyGenerator(other).evaluationKeys(secretKey, { relinearization: true }),
    () => Ciphertext.fromBytes(parameters, bytes),
    () => Ciphertext.batchToBytes(parameters, [b]),
    async () => evaluator.add(a, await new Evaluator(other).encode(x)),
  ];
  for (const body of cases) await refuses(t, ParameterError, 'PARAMETERS_MISMATCH', body);
});

test('what the state of a ciphertext does not allow is an operation error', async (t) => {
  const { encryptor, evaluator } = await smallContext();
  const low = await encryptor.encrypt(x, { level: 0 });
  await refuses(t, OperationError, 'LEVEL_EXHAUSTED', () => evaluator.multiply(low, low));
  await refuses(t, OperationError, 'LEVEL_EXHAUSTED', () => evaluator.multiply(low, 0.5));
  await refuses(t, OperationError, 'LEVEL_EXHAUSTED', () =>
    evaluator.linearMap([low], Float64Array.of(1), Float64Array.of(0)),
  );
  await refuses(t, OperationError, 'LEVEL_EXHAUSTED', () => evaluator.dropToLevel(low, 1));
  await refuses(t, OperationError, 'SCALE_MISMATCH', () => evaluator.rescale(low));
  const a = await encryptor.encrypt(x);
  const product = await evaluator.multiply(a, a, { relinearize: false });
  await refuses(t, OperationError, 'DEGREE_MISMATCH', () => evaluator.rotate(product, 1));
  await refuses(t, OperationError, 'DEGREE_MISMATCH', () => evaluator.multiply(product, a));
});

test('a missing key is named', async (t) => {
  const { encryptor, evaluator, parameters, secretKey } = await smallContext();
  const a = await encryptor.encrypt(x);
  await refuses(t, KeyError, 'KEY_MISSING', () => evaluator.rotate(a, 3), /rotation by 3/);
  await refuses(t, KeyError, 'KEY_MISSING', () => evaluator.rotateHoisted(a, [1, 7]), /rotation by 7/);
  await refuses(
    t,
    KeyError,
    'KEY_MISSING',
    () => new Evaluator(parameters).square(a),
    /relinearization: true/,
  );
  const low = await new KeyGenerator(parameters).evaluationKeys(secretKey, { conjugation: true, level: 1 });
  await refuses(t, KeyError, 'KEY_MISSING', () => new Evaluator(parameters, low).conjugate(a), /up to 1/);
  const none = await CkksParameters.create({ ...smallLiteral, logP: [] });
  const key = await new KeyGenerator(none).secretKey();
  await refuses(t, ParameterError, 'PARAMETERS_INVALID', () =>
    new KeyGenerator(none).evaluationKeys(key, { relinearization: true }),
  );
});

test('bytes that are truncated, altered, prolonged or of another kind are refused', async (t) => {
  const { encryptor, evaluator, parameters, secretKey, evaluationKeys, generator } = await smallContext();
  const objects: [string, (bytes: Uint8Array) => Promise<unknown>, Uint8Array][] = [
    ['parameters', (b) => CkksParameters.fromBytes(b), parameters.toBytes()],
    ['secret key', (b) => SecretKey.fromBytes(parameters, b), await secretKey.toBytes()],
    [
      'public key',
      (b) => PublicKey.fromBytes(parameters, b),
      await (await generator.publicKey(secretKey)).toBytes(),
    ],
    ['evaluation keys', (b) => EvaluationKeys.fromBytes(parameters, b), await evaluationKeys.toBytes()],
    ['ciphertext', (b) => Ciphertext.fromBytes(parameters, b), await (await encryptor.encrypt(x)).toBytes()],
    [
      'batch',
      (b) => Ciphertext.batchFromBytes(parameters, b),
      await Ciphertext.batchToBytes(parameters, await encryptor.encrypt([x, x])),
    ],
    ['plaintext', (b) => Plaintext.fromBytes(parameters, b), await (await evaluator.encode(x)).toBytes()],
  ];
  for (const [i, [name, read, bytes]] of objects.entries()) {
    await t.notThrowsAsync(() => read(bytes), name);
    await refuses(t, FormatError, 'FORMAT_TRUNCATED', () => read(new Uint8Array()));
    await refuses(t, FormatError, 'FORMAT_TRUNCATED', () => read(bytes.subarray(0, bytes.length - 1)));
    await refuses(t, FormatError, 'FORMAT_TRAILING', () => read(Uint8Array.from([...bytes, 0])));
    const altered = (at: number, flip: number): Uint8Array =>
      Uint8Array.from(bytes, (b, k) => (k === at ? b ^ flip : b));
    await refuses(t, FormatError, 'FORMAT_VERSION', () => read(altered(8, 2)), /version/);
    await refuses(t, FormatError, 'FORMAT_TOO_LARGE', () => read(altered(22, 1)));
    await refuses(t, FormatError, 'FORMAT_MAGIC', () =>
      read(Uint8Array.from(bytes, (b, k) => (k === 0 ? b ^ 1 : b))),
    );
    await refuses(t, FormatError, 'FORMAT_CORRUPT', () =>
      read(Uint8Array.from(bytes, (b, k) => (k === bytes.length - 9 ? b ^ 1 : b))),
    );
    await refuses(t, FormatError, 'FORMAT_TYPE', () => read(objects[(i + 1) % objects.length]![2]));
  }
});

test('a ciphertext that anybody can read is written, but not read', async (t) => {
  const { encryptor, evaluator, parameters } = await smallContext();
  const a = await encryptor.encrypt(x);
  const transparent = await evaluator.subtract(a, a);
  const bytes = await transparent.toBytes();
  await refuses(t, FormatError, 'TRANSPARENT_CIPHERTEXT', () => Ciphertext.fromBytes(parameters, bytes));
  const batch = await Ciphertext.batchToBytes(parameters, [a, transparent]);
  await refuses(t, FormatError, 'TRANSPARENT_CIPHERTEXT', () => Ciphertext.batchFromBytes(parameters, batch));
});

test('a disposed handle is refused wherever it is used', async (t) => {
  const { encryptor, evaluator, decryptor } = await smallContext();
  const a = await encryptor.encrypt(x);
  const b = await encryptor.encrypt(x);
  t.is(a.level, 3); // what is kept of it does not outlive it
  a.dispose();
  a.dispose();
  t.true(a.disposed);
  await refuses(t, OperationError, 'DISPOSED', () => evaluator.add(a, b), /Ciphertext was disposed/);
  await refuses(t, OperationError, 'DISPOSED', () => evaluator.add(b, a));
  await refuses(t, OperationError, 'DISPOSED', () => decryptor.decrypt(a));
  await refuses(t, OperationError, 'DISPOSED', () => a.level);
  await refuses(t, OperationError, 'DISPOSED', () => a.toBytes());
  const parameters = await CkksParameters.create(smallLiteral);
  const key = await new KeyGenerator(parameters).secretKey();
  const own = new Encryptor(parameters, key);
  key.dispose();
  await refuses(t, OperationError, 'DISPOSED', () => own.encrypt(x), /SecretKey/);
  parameters.dispose();
  await refuses(t, OperationError, 'DISPOSED', () => own.encrypt(x), /CkksParameters/);
});

test('foreign objects are refused, also those that look right', async (t) => {
  const { evaluator, encryptor, secretKey } = await smallContext();
  const a = await encryptor.encrypt(x);
  const fake = Object.create(Ciphertext.prototype) as Ciphertext;
  await refuses(t, ArgumentError, 'INVALID_ARGUMENT', () => evaluator.negate(fake), /foreign/);
  await refuses(t, ArgumentError, 'INVALID_ARGUMENT', () => evaluator.add(a, wrong(secretKey)), /SecretKey/);
  const { native } = await import('../../lib/native.js');
  for (const value of [{}, null, undefined, 1, 'x', Symbol('x'), () => 0, new Proxy({}, {}), x]) {
    t.throws(() => native.describeCiphertext(wrong(value)), { any: true }, inspect(value));
    t.throws(
      () => {
        native.dispose(wrong(value));
      },
      { any: true },
    );
    t.throws(() => native.negate(wrong(value), null, [], undefined), { any: true });
    t.throws(() => native.createParameters(wrong(value), undefined), { any: true });
  }
  t.true(native.info().threads > 0);
});

test('a formula of noise takes sizes only', (t) => {
  t.true(tailFactor(512) > 15);
  for (const size of [0, -1, NaN, Infinity, 2 ** 31, wrong('512')]) {
    t.throws(() => tailFactor(size), { instanceOf: ArgumentError }, String(size));
    t.throws(() => freshDeviation(size, 2 ** 40), { instanceOf: ArgumentError }, String(size));
    t.throws(() => roundingDeviation(size, 2 ** 40), { instanceOf: ArgumentError }, String(size));
  }
});

test('an error names the line that called', async (t) => {
  const { evaluator, encryptor } = await smallContext();
  const a = await encryptor.encrypt(x);
  const error = await refuses(t, KeyError, 'KEY_MISSING', async function theCaller() {
    return await evaluator.rotate(a, 3);
  });
  t.regex(error.stack ?? '', /theCaller.*errors\.test\.ts/);
});

test('a secret key prints and serializes without key material', async (t) => {
  const { secretKey } = await smallContext();
  t.is(inspect(secretKey), '[SecretKey]');
  t.is(JSON.stringify({ secretKey }), '{"secretKey":"[SecretKey]"}');
  t.is(String(secretKey), '[SecretKey]');
  t.deepEqual(Object.keys(secretKey), []);
});
