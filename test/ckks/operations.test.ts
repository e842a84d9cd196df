import test from 'ava';
import type { ExecutionContext } from 'ava';

import { Decryptor, Encryptor, Evaluator, KeyGenerator } from '../../lib/index.js';
import type { Ciphertext, ComplexSlots } from '../../lib/index.js';
import { makeContext, sameBytes, sequence, smallContext } from './support.js';

/** The slots are what they should be, within the error that was predicted without the key. */
async function holds(
  t: ExecutionContext,
  decryptor: Decryptor,
  ciphertext: Ciphertext,
  expected: Float64Array | ComplexSlots,
): Promise<void> {
  const { maxError } = await decryptor.measuredError(ciphertext, expected);
  const { errorBound } = ciphertext.noise;
  t.true(maxError <= errorBound, `measured ${maxError}, predicted ${errorBound}`);
  t.true(errorBound < 1e-3, `the prediction ${errorBound} says nothing`);
}

const inputs = async () => {
  const context = await smallContext();
  const draw = sequence(7);
  const { slots } = context.parameters;
  const [x, y] = [draw(slots, 2), draw(slots, 2)];
  const [a, b] = await context.encryptor.encrypt([x, y]);
  return { ...context, slots, x, y, a: a!, b: b!, draw };
};

const map = (length: number, value: (i: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, i) => value(i));

test('decryption gives what was encrypted under the secret and the public key', async (t) => {
  const { parameters, generator, secretKey, decryptor, a, x } = await inputs();
  await holds(t, decryptor, a, x);
  const publicKey = await generator.publicKey(secretKey);
  t.true(publicKey.insecure);
  await holds(t, decryptor, await new Encryptor(parameters, publicKey).encrypt(x), x);
});

test('complex slots and short vectors survive encryption', async (t) => {
  const { encryptor, decryptor, slots, x, y } = await inputs();
  const c = await encryptor.encrypt({ re: x, im: y });
  await holds(t, decryptor, c, { re: x, im: y });
  const { re, im } = await decryptor.decryptComplex(c);
  t.is(re.length, slots);
  t.true(Math.abs(im[3]! - y[3]!) < 1e-6);
  const short = await decryptor.decrypt(await encryptor.encrypt(Float64Array.of(1, -2)));
  t.true(Math.abs(short[0]! - 1) < 1e-6 && Math.abs(short[1]! + 2) < 1e-6 && Math.abs(short[2]!) < 1e-6);
});

test('sums and differences of ciphertexts, plaintexts and numbers are those of the slots', async (t) => {
  const { evaluator, decryptor, slots, a, b, x, y } = await inputs();
  const p = await evaluator.encode(y);
  await holds(
    t,
    decryptor,
    await evaluator.add(a, b),
    map(slots, (i) => x[i]! + y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.subtract(a, b),
    map(slots, (i) => x[i]! - y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.add(a, p),
    map(slots, (i) => x[i]! + y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.subtract(a, p),
    map(slots, (i) => x[i]! - y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.add(a, 0.5),
    map(slots, (i) => x[i]! + 0.5),
  );
  await holds(
    t,
    decryptor,
    await evaluator.subtract(a, 0.5),
    map(slots, (i) => x[i]! - 0.5),
  );
  await holds(t, decryptor, await evaluator.add(a, { re: 1, im: -2 }), {
    re: map(slots, (i) => x[i]! + 1),
    im: map(slots, () => -2),
  });
  await holds(
    t,
    decryptor,
    await evaluator.negate(a),
    map(slots, (i) => -x[i]!),
  );
});

test('products with ciphertexts, plaintexts and numbers are those of the slots and spend a level', async (t) => {
  const { evaluator, decryptor, slots, a, b, x, y } = await inputs();
  const product = await evaluator.multiply(a, b);
  t.is(product.level, a.level - 1);
  await holds(
    t,
    decryptor,
    product,
    map(slots, (i) => x[i]! * y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.square(a),
    map(slots, (i) => x[i]! ** 2),
  );
  await holds(
    t,
    decryptor,
    await evaluator.multiply(a, await evaluator.encode(y)),
    map(slots, (i) => x[i]! * y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.multiply(a, -1.25),
    map(slots, (i) => x[i]! * -1.25),
  );
  await holds(t, decryptor, await evaluator.multiply(a, { re: 0, im: 1 }), {
    re: new Float64Array(slots),
    im: x,
  });
});

test('relinearizing and rescaling may wait', async (t) => {
  const { evaluator, decryptor, slots, a, b, x, y } = await inputs();
  const raw = await evaluator.multiply(a, b, { relinearize: false, rescale: false });
  t.deepEqual([raw.degree, raw.scaleDegree, raw.level], [2, 2, a.level]);
  await holds(
    t,
    decryptor,
    raw,
    map(slots, (i) => x[i]! * y[i]!),
  );
  const product = await evaluator.rescale(await evaluator.relinearize(raw));
  t.deepEqual([product.degree, product.scaleDegree, product.level], [1, 1, a.level - 1]);
  await holds(
    t,
    decryptor,
    product,
    map(slots, (i) => x[i]! * y[i]!),
  );
});

test('a lower level holds the same slots, and levels mix', async (t) => {
  const { evaluator, decryptor, slots, a, b, x, y } = await inputs();
  const low = await evaluator.dropToLevel(a, 1);
  t.is(low.level, 1);
  t.true(low.byteLength < a.byteLength);
  await holds(t, decryptor, low, x);
  await holds(
    t,
    decryptor,
    await evaluator.add(low, b),
    map(slots, (i) => x[i]! + y[i]!),
  );
  await holds(
    t,
    decryptor,
    await evaluator.multiply(b, low),
    map(slots, (i) => x[i]! * y[i]!),
  );
});

test('rotations shift the slots cyclically, one by one or hoisted', async (t) => {
  const { evaluator, decryptor, slots, a, x } = await inputs();
  const turned = (steps: number) => map(slots, (i) => x[(i + steps + slots) % slots]!);
  for (const steps of [1, -1, 100, 0, slots + 2])
    await holds(t, decryptor, await evaluator.rotate(a, steps), turned(steps % slots));
  const hoisted = await evaluator.rotateHoisted(a, [1, 100, 8]);
  t.is(hoisted.length, 3);
  for (const [i, steps] of [1, 100, 8].entries()) {
    await holds(t, decryptor, hoisted[i]!, turned(steps));
    t.true(await sameBytes(hoisted[i]!, await evaluator.rotate(a, steps)));
  }
});

test('conjugation and inner sums are those of the slots', async (t) => {
  const { evaluator, encryptor, decryptor, slots, a, x, y } = await inputs();
  const c = await encryptor.encrypt({ re: x, im: y });
  await holds(t, decryptor, await evaluator.conjugate(c), { re: x, im: map(slots, (i) => -y[i]!) });
  const sum = (count: number, stride: number) =>
    map(slots, (i) =>
      Array.from({ length: count }, (_, k) => x[(i + k * stride) % slots]!).reduce((s, v) => s + v),
    );
  await holds(t, decryptor, await evaluator.innerSum(a, 16), sum(16, 1));
  await holds(t, decryptor, await evaluator.innerSum(a, 4, { stride: 4 }), sum(4, 4));
});

test('a linear map of sparse rows is that of the same rows with zeros', async (t) => {
  const { evaluator, encryptor, decryptor, slots, draw } = await inputs();
  const columns = [draw(slots), draw(slots), draw(slots)];
  const encrypted = await encryptor.encrypt(columns);
  const bias = draw(3);
  const sparse = {
    rowOffsets: Int32Array.of(0, 2, 2, 4),
    columns: Int32Array.of(0, 2, 0, 2),
    values: draw(4),
  };
  const [a, b, c, d] = sparse.values as unknown as [number, number, number, number];
  const outputs = await evaluator.linearMap(encrypted, sparse, bias);
  const dense = await evaluator.linearMap(encrypted, Float64Array.of(a, 0, b, 0, 0, 0, c, 0, d), bias);
  for (const [r, output] of outputs.entries()) {
    t.deepEqual(await decryptor.decrypt(output), await decryptor.decrypt(dense[r]!));
    t.true(output.noise.deviation <= dense[r]!.noise.deviation);
  }
  await holds(
    t,
    decryptor,
    outputs[2]!,
    map(slots, (i) => c * columns[0]![i]! + d * columns[2]![i]! + bias[2]!),
  );
});

test('a linear map is the matrix product and a polynomial is the polynomial', async (t) => {
  const { evaluator, encryptor, decryptor, slots, draw } = await inputs();
  const columns = [draw(slots), draw(slots), draw(slots)];
  const weights = draw(6);
  const bias = draw(2);
  const outputs = await evaluator.linearMap(await encryptor.encrypt(columns), weights, bias);
  t.is(outputs.length, 2);
  for (const [row, output] of outputs.entries()) {
    const expected = map(
      slots,
      (i) => bias[row]! + columns.reduce((s, column, k) => s + weights[3 * row + k]! * column[i]!, 0),
    );
    await holds(t, decryptor, output, expected);
  }
  const [x] = columns;
  const coefficients = [0.5, -0.25, 0.125, 1];
  const encrypted = await encryptor.encrypt(x!);
  const chebyshev = [0.5, -0.25, 0.125, 1];
  const series = await evaluator.evaluatePolynomial(encrypted, { chebyshev, interval: [-2, 2] });
  const angle = (i: number): number => Math.acos(Math.min(1, Math.max(-1, x![i]! / 2)));
  await holds(
    t,
    decryptor,
    series,
    map(slots, (i) => chebyshev.reduce((s, c, k) => s + c * Math.cos(k * angle(i)), 0)),
  );
  const value = await evaluator.evaluatePolynomial(encrypted, coefficients);
  await holds(
    t,
    decryptor,
    value,
    map(slots, (i) => coefficients.reduceRight((s, c) => s * x![i]! + c, 0)),
  );
  const complex = { re: Float64Array.of(0.5, 0, -0.25), im: Float64Array.of(0, 1, 0.5) };
  const at = (part: Float64Array) => (i: number) => part.reduceRight((s, c) => s * x![i]! + c, 0);
  await holds(t, decryptor, await evaluator.evaluatePolynomial(encrypted, complex), {
    re: map(slots, at(complex.re)),
    im: map(slots, at(complex.im)),
  });
  await t.throwsAsync(evaluator.evaluatePolynomial(encrypted, { re: complex.re, im: Float64Array.of(1) }), {
    code: 'INVALID_ARGUMENT',
    message: /imaginary parts of coefficients/,
  });
});

test('two real vectors travel as one complex one', async (t) => {
  const { evaluator, encryptor, decryptor, slots, draw } = await inputs();
  const [re, im] = [draw(slots), draw(slots)];
  const joined = await evaluator.joinComplex(await encryptor.encrypt(re), await encryptor.encrypt(im));
  await holds(t, decryptor, joined, { re, im });
  const [twiceReal, twiceImaginary] = await evaluator.splitComplex(joined);
  t.is(twiceReal.level, joined.level);
  await holds(
    t,
    decryptor,
    twiceReal,
    map(slots, (i) => 2 * re[i]!),
  );
  await holds(
    t,
    decryptor,
    twiceImaginary,
    map(slots, (i) => 2 * im[i]!),
  );
  await holds(t, decryptor, await evaluator.multiplyByI(joined), { re: map(slots, (i) => -im[i]!), im: re });
});

test('a batch gives the bytes of its entries one by one', async (t) => {
  const { evaluator, encryptor, decryptor, draw } = await inputs();
  const values = [draw(8), draw(8), draw(8)];
  const [as, bs] = [await encryptor.encrypt(values), await encryptor.encrypt(values.toReversed())];
  const plain = await evaluator.encode(values);
  const pairs: [string, Ciphertext[], Ciphertext[]][] = [
    ['add', await evaluator.add(as, bs), await Promise.all(as.map((a, i) => evaluator.add(a, bs[i]!)))],
    ['add one', await evaluator.add(as, bs[0]!), await Promise.all(as.map((a) => evaluator.add(a, bs[0]!)))],
    [
      'add numbers',
      await evaluator.add(as, [1, 2, 3]),
      await Promise.all(as.map((a, i) => evaluator.add(a, i + 1))),
    ],
    [
      'subtract',
      await evaluator.subtract(as, bs),
      await Promise.all(as.map((a, i) => evaluator.subtract(a, bs[i]!))),
    ],
    [
      'multiply',
      await evaluator.multiply(as, bs),
      await Promise.all(as.map((a, i) => evaluator.multiply(a, bs[i]!))),
    ],
    [
      'multiply plain',
      await evaluator.multiply(as, plain),
      await Promise.all(as.map((a, i) => evaluator.multiply(a, plain[i]!))),
    ],
    ['square', await evaluator.square(as), await Promise.all(as.map((a) => evaluator.square(a)))],
    ['negate', await evaluator.negate(as), await Promise.all(as.map((a) => evaluator.negate(a)))],
    ['rotate', await evaluator.rotate(as, 2), await Promise.all(as.map((a) => evaluator.rotate(a, 2)))],
    ['conjugate', await evaluator.conjugate(as), await Promise.all(as.map((a) => evaluator.conjugate(a)))],
    [
      'multiplyByI',
      await evaluator.multiplyByI(as),
      await Promise.all(as.map((a) => evaluator.multiplyByI(a))),
    ],
    [
      'splitComplex',
      (await evaluator.splitComplex(as)).flat(),
      (await Promise.all(as.map((a) => evaluator.splitComplex(a)))).flat(),
    ],
    [
      'joinComplex',
      await evaluator.joinComplex(as, bs),
      await Promise.all(as.map((a, i) => evaluator.joinComplex(a, bs[i]!))),
    ],
    ['innerSum', await evaluator.innerSum(as, 4), await Promise.all(as.map((a) => evaluator.innerSum(a, 4)))],
    [
      'dropToLevel',
      await evaluator.dropToLevel(as, 1),
      await Promise.all(as.map((a) => evaluator.dropToLevel(a, 1))),
    ],
    [
      'evaluatePolynomial',
      await evaluator.evaluatePolynomial(as, [1, 2, 3]),
      await Promise.all(as.map((a) => evaluator.evaluatePolynomial(a, [1, 2, 3]))),
    ],
    [
      'rotateHoisted',
      (await evaluator.rotateHoisted(as, [1, 2])).flat(),
      (await Promise.all(as.map((a) => evaluator.rotateHoisted(a, [1, 2])))).flat(),
    ],
  ];
  for (const [name, batch, single] of pairs) {
    t.is(batch.length, single.length, name);
    for (const [i, entry] of batch.entries()) t.true(await sameBytes(entry, single[i]!), `${name} ${i}`);
  }
  const decrypted = await decryptor.decrypt(as);
  for (const [i, slots] of decrypted.entries()) t.deepEqual(slots, await decryptor.decrypt(as[i]!));
  t.deepEqual(await evaluator.add([], []), []);
});

test('one seed gives the same bytes however the work is split', async (t) => {
  const make = async () => {
    const context = await makeContext(
      (await smallContext()).parameters.literal,
      { relinearization: true, rotations: [3] },
      99n,
    );
    const ciphertexts = await context.encryptor.encrypt([
      Float64Array.of(1),
      Float64Array.of(2),
      Float64Array.of(3),
    ]);
    return Promise.all([
      context.secretKey.toBytes(),
      context.evaluationKeys.toBytes(),
      ...ciphertexts.map((c) => c.toBytes()),
    ]);
  };
  const [first, second] = [await make(), await make()];
  for (const [i, bytes] of first.entries()) t.deepEqual(bytes, second[i]);
});

test('a full set at 128 bits of security computes, and nothing of it is marked', async (t) => {
  const literal = { logN: 14, logQ: [50, 40, 40, 40], logP: [50], logScale: 40, magnitude: 2 };
  const { parameters } = await makeContext(literal, {});
  t.is(parameters.security, 'classical-128');
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const keys = await generator.evaluationKeys(secretKey, {
    relinearization: { level: 3 },
    rotations: [{ steps: 5, level: 2 }],
  });
  const evaluator = new Evaluator(parameters, keys);
  const x = sequence(3)(parameters.slots, 2);
  const a = await new Encryptor(parameters, await generator.publicKey(secretKey)).encrypt(x);
  const result = await evaluator.rotate(await evaluator.multiply(a, a), 5);
  t.deepEqual([secretKey.insecure, keys.insecure, a.insecure, result.insecure], [false, false, false, false]);
  t.deepEqual([...keys.rotations], [[5, 2]]);
  await holds(
    t,
    new Decryptor(parameters, secretKey),
    result,
    map(parameters.slots, (i) => x[(i + 5) % parameters.slots]! ** 2),
  );
});

test('whatever was made from a seed or without security is marked', async (t) => {
  const { secretKey, evaluationKeys, a, evaluator } = await inputs();
  const product = await evaluator.square(a);
  t.deepEqual(
    [secretKey.insecure, evaluationKeys.insecure, a.insecure, product.insecure],
    [true, true, true, true],
  );
});

test('declared noise replaces what is known, in a copy', async (t) => {
  const { a, decryptor, x } = await inputs();
  const before = a.noise;
  const declared = a.declareNoise({ magnitude: 3, deviation: 1e-6 });
  t.deepEqual([declared.noise.magnitude, declared.noise.deviation], [3, 1e-6]);
  t.deepEqual(a.noise, before);
  t.is(a.declareNoise({ magnitude: 3 }).noise.deviation, before.deviation);
  t.true((await decryptor.measuredError(declared, x)).maxError < 1e-6);
});
