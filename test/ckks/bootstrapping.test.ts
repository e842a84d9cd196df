import test from 'ava';

import {
  Bootstrapper,
  CancelledError,
  Ciphertext,
  CkksParameters,
  EvaluationKeys,
  Evaluator,
  inspect,
  KeyGenerator,
  planBootstrapping,
} from '../../lib/index.js';
import type { CkksLiteral } from '../../lib/index.js';
import { largestDifference, makeContext, sequence, smallLiteral } from './support.js';
import type { Context } from './support.js';

const levelsAfter = 2;

/** The default circuit over a ring that hides nothing. */
const literal: CkksLiteral = {
  logN: 10,
  logQ: [52, ...Array<number>(levelsAfter + 3).fill(40), ...Array<number>(8).fill(66), 58, 58, 58],
  logP: [50, 50, 50, 50],
  logScale: 40,
  security: 'none',
  bootstrapping: {},
};

let context: Promise<Context & { readonly bootstrapper: Bootstrapper }>;
test.before(() => {
  context = (async () => {
    const made = await makeContext(literal, { bootstrapping: true, rotations: [1] });
    return { ...made, bootstrapper: await Bootstrapper.create(made.parameters) };
  })();
});

test('the levels of bootstrapping are not those of users', async (t) => {
  const { parameters } = await context;
  t.is(parameters.maxLevel, levelsAfter);
  t.like(parameters.bootstrapping, { levelsAfter, levels: 14, degree: 31, secretWeight: 32 });
  t.deepEqual(parameters.literal.bootstrapping, {
    order: 'coefficients-to-slots-first',
    coefficientsToSlots: 3,
    slotsToCoefficients: 3,
    logScale: 66,
    degree: 31,
    doubleAngles: 3,
    arcsineDegree: 1,
    logMessageRatio: 12,
    secretWeight: 32,
  });
  t.regex(
    parameters.describe(),
    /bootstrapping: the uppermost 14 levels, from level 0 on, under a secret of weight 32/,
  );
  t.is((await CkksParameters.create(parameters.literal)).fingerprint, parameters.fingerprint);
  t.is((await CkksParameters.create(smallLiteral)).bootstrapping, undefined);
  const evaluator = new Evaluator(parameters);
  await t.throwsAsync(evaluator.encode(Float64Array.of(1), { level: levelsAfter + 1 }), {
    message: 'Expected an integer from 0 to 2 for level but received 3.',
  });
});

test('a spent ciphertext computes again after bootstrapping, whatever level it comes from', async (t) => {
  const { parameters, encryptor, decryptor, evaluator, bootstrapper, evaluationKeys: keys } = await context;
  const re = sequence(1)(parameters.slots, 0.7);
  const im = sequence(2)(parameters.slots, 0.7);
  for (const level of [0, 2]) {
    const x = await bootstrapper.bootstrap(await encryptor.encrypt({ re, im }, { level }), keys);
    t.is(x.level, parameters.maxLevel);
    const same = await decryptor.decryptComplex(x);
    t.true(Math.max(largestDifference(same.re, re), largestDifference(same.im, im)) < 2 ** -18);
    const square = await decryptor.decryptComplex(await evaluator.square(x));
    t.true(
      largestDifference(
        square.re,
        re.map((r, i) => r * r - im[i]! * im[i]!),
      ) <
        2 ** -16,
    );
  }
});

test('a second pass is more precise, counts twice the steps and spends a level', async (t) => {
  const { parameters, encryptor, decryptor, bootstrapper, evaluationKeys: keys } = await context;
  const ones = new Float64Array(parameters.slots).fill(1);
  const spent = await encryptor.encrypt(ones, { level: 0 });
  const totals: number[] = [];
  const onProgress = ({ total }: { total: number }) => void totals.push(total);
  const once = await bootstrapper.bootstrap(spent, keys, { onProgress });
  const twice = await bootstrapper.bootstrap(spent, keys, { passes: 2, onProgress });
  t.is(twice.level, parameters.maxLevel - 1);
  t.is(totals.at(-1), 2 * totals[0]!);
  const off = async (x: typeof once) => largestDifference(await decryptor.decrypt(x), ones);
  t.true((await off(twice)) < (await off(once)) / 4);
});

test('two passes are planned where one does not reach the precision, and described before they are made', async (t) => {
  const { parameters } = await context;
  const one = await parameters.bootstrappingPlan();
  const two = await parameters.bootstrappingPlan({ passes: 2 });
  t.deepEqual([one.passes, two.passes], [1, 2]);
  t.true(two.constantPrecisionBits > one.constantPrecisionBits + 8);
  t.is(two.keySwitches, 2 * one.keySwitches);
  const intent = { levelsAfter: 2, precisionBits: 30, slots: 512, security: 'none' } as const;
  const plan = await planBootstrapping({ ...intent, passes: 2 });
  t.true(Math.min(plan.precisionBits, plan.constantPrecisionBits) >= 30);
  await t.throwsAsync(planBootstrapping({ ...intent, passes: 3 as never }), {
    code: 'INVALID_ARGUMENT',
    message: 'Expected an integer from 1 to 2 for passes but received 3.',
  });
});

test('a batch is bootstrapped side by side, to what each would be alone', async (t) => {
  const { parameters, encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const values = [3, 4, 5].map((seed) => sequence(seed)(parameters.slots));
  const batch = await encryptor.encrypt(values, { level: 0 });
  const together = await bootstrapper.bootstrap(batch, keys);
  t.is(together.length, 3);
  const alone = await bootstrapper.bootstrap(batch[1]!, keys);
  t.deepEqual(await together[1]!.toBytes(), await alone.toBytes());
  t.deepEqual(await bootstrapper.bootstrap([], keys), []);
});

test('progress counts the steps of all ciphertexts', async (t) => {
  const { encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5), { level: 0 });
  const last = async (batch: readonly Ciphertext[]): Promise<number[]> => {
    let seen: number[] = [];
    await bootstrapper.bootstrap(batch, keys, {
      onProgress: ({ done, total }) => {
        seen = [done, total];
      },
    });
    return seen;
  };
  // raised, three factors, split, twice a cosine and three doublings, three factors
  t.deepEqual(await last([a]), [16, 16]);
  t.deepEqual(await last([a, a]), [32, 32]);
});

test('a bootstrap stops when it is asked to', async (t) => {
  const { encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5), { level: 0 });
  const controller = new AbortController();
  const job = bootstrapper.bootstrap(Array<Ciphertext>(20).fill(a), keys, {
    signal: controller.signal,
    onProgress: () => {
      controller.abort('enough');
    },
  });
  const error = await t.throwsAsync(job, { instanceOf: CancelledError });
  t.is(error.cause, 'enough');
  await t.throwsAsync(Bootstrapper.create((await context).parameters, { signal: AbortSignal.abort() }), {
    instanceOf: CancelledError,
  });
});

test('keys that others ask for are made once, at the highest level that anybody wants', async (t) => {
  const { parameters, generator, secretKey, evaluationKeys: own } = await context;
  const top = parameters.primes.length - 1;
  t.true(own.bootstrapping);
  t.is(own.relinearizationLevel, top - 3);
  t.is(own.conjugationLevel, top - 3);
  const [step] = [...own.rotations].find(([, level]) => level === top)!;
  let made = 0;
  const keys = await generator.evaluationKeys(secretKey, {
    bootstrapping: true,
    relinearization: true,
    conjugation: { level: 0 },
    rotations: [step, 1, 0],
    onProgress: ({ total }) => {
      made = total;
    },
  });
  t.is(keys.relinearizationLevel, top - 3);
  t.is(keys.conjugationLevel, top - 3);
  t.is(keys.rotations.get(step), top);
  t.true([...own.rotations].every(([steps, level]) => keys.rotations.get(steps) === level));
  t.is(made, new Set([...own.rotations.keys(), 1]).size + 3);
  const few = await generator.evaluationKeys(secretKey, { bootstrapping: { keys: 'small' } });
  t.true(few.rotations.size < own.rotations.size);
  t.false((await generator.evaluationKeys(secretKey, { rotations: [1] })).bootstrapping);
});

test('a second pass needs a level to spend', async (t) => {
  const flat = { ...literal, logQ: literal.logQ.toSpliced(1, levelsAfter) };
  const { parameters, encryptor, evaluationKeys } = await makeContext(flat, { bootstrapping: true });
  const bootstrapper = await Bootstrapper.create(parameters);
  const spent = await encryptor.encrypt(Float64Array.of(0.5));
  await t.throwsAsync(bootstrapper.bootstrap(spent, evaluationKeys, { passes: 2 }), {
    code: 'LEVEL_EXHAUSTED',
    message: /A second pass spends a level/,
  });
});

test('few keys bootstrap as well, and keys of another budget are refused', async (t) => {
  const { parameters, generator, secretKey, encryptor, decryptor, bootstrapper } = await context;
  const few = await generator.evaluationKeys(secretKey, { bootstrapping: { keys: 'small' } });
  const small = await Bootstrapper.create(parameters, { keys: 'small' });
  t.is(small.keys, 'small');
  t.true(small.byteLength > 0);
  const values = sequence(6)(parameters.slots);
  const a = await encryptor.encrypt(values, { level: 1 });
  t.true(largestDifference(await decryptor.decrypt(await small.bootstrap(a, few)), values) < 2 ** -18);
  await t.throwsAsync(bootstrapper.bootstrap(a, few), {
    code: 'KEY_MISSING',
    message: /needs the key for the rotation by \d+ at level \d+, but .* key budget/,
  });
});

test('sparse packing bootstraps its slots', async (t) => {
  const sparse = { ...literal, logSlots: 4 };
  const {
    parameters,
    encryptor,
    decryptor,
    evaluationKeys: keys,
  } = await makeContext(sparse, { bootstrapping: true });
  const bootstrapper = await Bootstrapper.create(parameters);
  const values = sequence(7)(16);
  const fresh = await bootstrapper.bootstrap(await encryptor.encrypt(values, { level: 0 }), keys);
  t.true(largestDifference(await decryptor.decrypt(fresh), values) < 2 ** -18);
});

test('slots to coefficients first: from the level that the first transform spends, to as many levels above it', async (t) => {
  const first: CkksLiteral = {
    ...literal,
    logQ: [54, ...Array<number>(5).fill(40), 69, ...Array<number>(7).fill(60), 58, 58, 58],
    bootstrapping: {
      order: 'slots-to-coefficients-first',
      slotsToCoefficients: 2,
      logScale: 60,
      logMessageRatio: 14,
    },
  };
  const made = await makeContext(first, { bootstrapping: true });
  const { parameters, encryptor, decryptor, evaluationKeys: keys } = made;
  t.like(parameters.bootstrapping, {
    order: 'slots-to-coefficients-first',
    levelsAfter: 3,
    inputLevel: 2,
    levels: 11,
  });
  t.is(parameters.maxLevel, 5);
  using bootstrapper = await Bootstrapper.create(parameters);
  t.is(bootstrapper.inputLevel, 2);
  const values = {
    re: new Float64Array(parameters.slots).fill(0.7),
    im: new Float64Array(parameters.slots).fill(0.7),
  };
  for (const level of [2, 4]) {
    const fresh = await bootstrapper.bootstrap(await encryptor.encrypt(values, { level }), keys);
    t.is(fresh.level, 5);
    const { re, im } = await decryptor.decryptComplex(fresh);
    t.true(Math.max(largestDifference(re, values.re), largestDifference(im, values.im)) < 2 ** -19);
  }
  await t.throwsAsync(bootstrapper.bootstrap(await encryptor.encrypt(values, { level: 1 }), keys), {
    code: 'LEVEL_EXHAUSTED',
    message:
      'This bootstrapping begins with a transform that spends 2 levels, and the ciphertext has 1 left. Bootstrap it at level 2 or above.',
  });
  const again = await CkksParameters.fromBytes(parameters.toBytes());
  t.deepEqual(again.literal, parameters.literal);
  t.is(again.fingerprint, parameters.fingerprint);
  t.like(inspect(parameters.toBytes()), { level: 5 });
  // The last modulus of the reduction decides by how much q_0 exceeds a message.
  await t.throwsAsync(
    CkksParameters.create({ ...first, bootstrapping: { ...first.bootstrapping, logMessageRatio: 10 } }),
    {
      code: 'PARAMETERS_INVALID',
      message: /logQ\[6\], the last of the modular reduction, has 69 bits, .*Give it 73 bits\./,
    },
  );
  await t.throwsAsync(CkksParameters.create({ ...first, logSlots: 4 }), {
    code: 'PARAMETERS_INVALID',
    message: /takes full packing: all 512 slots/,
  });
});

test('sets without bootstrapping are refused with a remedy', async (t) => {
  const parameters = await CkksParameters.create(smallLiteral);
  const wanted = {
    code: 'PARAMETERS_INVALID',
    message: 'This parameter set has no levels for bootstrapping. Make one with `bootstrapping`.',
  };
  await t.throwsAsync(Bootstrapper.create(parameters), wanted);
  const generator = new KeyGenerator(parameters);
  await t.throwsAsync(generator.evaluationKeys(await generator.secretKey(), { bootstrapping: true }), wanted);
});

test('keys without those of bootstrapping, and objects of another set, are refused before anything is computed', async (t) => {
  const { parameters, generator, secretKey, encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5));
  const onProgress = (): void => {
    t.fail();
  };
  const none = await generator.evaluationKeys(secretKey, { relinearization: true });
  await t.throwsAsync(bootstrapper.bootstrap(a, none, { onProgress }), {
    code: 'KEY_MISSING',
    message: /^No bootstrapping keys were generated\. Ask for \{ bootstrapping: true \}/,
  });
  const others = await makeContext({ ...literal, logScale: 39 }, { bootstrapping: true });
  t.not(others.parameters.fingerprint, parameters.fingerprint);
  await t.throwsAsync(bootstrapper.bootstrap(a, others.evaluationKeys, { onProgress }), {
    code: 'PARAMETERS_MISMATCH',
  });
  const stranger = await others.encryptor.encrypt(Float64Array.of(0.5));
  await t.throwsAsync(bootstrapper.bootstrap(stranger, keys, { onProgress }), {
    code: 'PARAMETERS_MISMATCH',
  });
});

test('a product is relinearized before it is bootstrapped', async (t) => {
  const { parameters, encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5));
  const product = await new Evaluator(parameters).multiply(a, a, { relinearize: false });
  await t.throwsAsync(bootstrapper.bootstrap(product, keys), {
    code: 'DEGREE_MISMATCH',
    message: 'Bootstrapping takes a ciphertext of degree 1. Relinearize and rescale the product first.',
  });
});

test('bad options name what was expected', async (t) => {
  const { parameters, generator, secretKey, encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5));
  const refusals: [() => Promise<unknown>, string | RegExp][] = [
    [
      () => Bootstrapper.create({} as never),
      'Expected a CkksParameters for the parameters but received a plain object.',
    ],
    [
      () => Bootstrapper.create(parameters, { keys: 'tiny' as never }),
      "Expected 'small' or 'fast' for keys but received \"tiny\".",
    ],
    [
      () => Bootstrapper.create(parameters, { key: 'fast' } as never),
      /Unknown option key .* Did you mean keys\?/,
    ],
    [
      () => bootstrapper.bootstrap(1 as never, keys),
      'Expected a Ciphertext for the ciphertext but received 1.',
    ],
    [
      () => bootstrapper.bootstrap(a, keys, { passes: 3 as never }),
      'Expected an integer from 1 to 2 for passes but received 3.',
    ],
    [
      () => bootstrapper.bootstrap([a, 1 as never], keys),
      'Expected a Ciphertext for the ciphertexts[1] but received 1.',
    ],
    [
      () => bootstrapper.bootstrap(a, undefined as never),
      'Expected an EvaluationKeys for the evaluation keys but received undefined.',
    ],
    [
      () => bootstrapper.bootstrap(a, keys, { onProgress: 1 as never }),
      /Expected a function for the option onProgress/,
    ],
    [
      () => generator.evaluationKeys(secretKey, { bootstrapping: 'fast' as never }),
      'Expected a boolean for bootstrapping but received "fast".',
    ],
    [
      () => generator.evaluationKeys(secretKey, { bootstrapping: { keys: 1 as never } }),
      "Expected 'small' or 'fast' for bootstrapping.keys but received 1.",
    ],
    [
      () => CkksParameters.create({ ...literal, bootstrapping: { degrees: 31 } as never }),
      /Unknown option degrees for bootstrapping\. Did you mean degree\?/,
    ],
    [
      () => CkksParameters.create({ ...literal, bootstrapping: { degree: 30.5 } }),
      'Expected an integer from 0 to 32768 for bootstrapping.degree but received 30.5.',
    ],
    [
      () => CkksParameters.create({ ...literal, bootstrapping: { order: 'any' as never } }),
      `Expected 'coefficients-to-slots-first' or 'slots-to-coefficients-first' for bootstrapping.order but received "any".`,
    ],
    [
      () => CkksParameters.create({ ...literal, bootstrapping: 3 as never }),
      'Expected an object for the options of bootstrapping but received 3.',
    ],
  ];
  for (const [attempt, message] of refusals)
    await t.throwsAsync(attempt, { code: 'INVALID_ARGUMENT', message });
  for (const [bootstrapping, message] of [
    [{ arcsineDegree: 2 }, /arcsineDegree to be odd but received 2/],
    [{ degree: 2 }, /bootstrapping\.degree from 3 to 127 but received 2/],
    [{ coefficientsToSlots: 9 }, /coefficientsToSlots from 1 to 8/],
    [
      { doubleAngles: 8, coefficientsToSlots: 8, slotsToCoefficients: 8 },
      /takes the uppermost 29 levels of logQ/,
    ],
  ] as const)
    await t.throwsAsync(CkksParameters.create({ ...literal, bootstrapping }), {
      code: 'PARAMETERS_INVALID',
      message,
    });
  await t.throwsAsync(CkksParameters.create({ ...literal, security: 'classical-128' }), {
    code: 'SECURITY_INSUFFICIENT',
  });
});

test('a disposed bootstrapper is refused and frees what it held', async (t) => {
  const { parameters, encryptor, evaluationKeys: keys } = await context;
  const bootstrapper = await Bootstrapper.create(parameters);
  bootstrapper.dispose();
  const a = await encryptor.encrypt(Float64Array.of(0.5));
  await t.throwsAsync(bootstrapper.bootstrap(a, keys), {
    code: 'DISPOSED',
    message: 'This Bootstrapper was disposed. Keep it until its last use.',
  });
});

test('parameters and keys come back from bytes and bootstrap', async (t) => {
  const { parameters, secretKey, encryptor, decryptor, evaluationKeys: keys } = await context;
  const set = await CkksParameters.fromBytes(parameters.toBytes());
  t.is(set.fingerprint, parameters.fingerprint);
  t.is(set.maxLevel, levelsAfter);
  t.deepEqual(set.bootstrapping, parameters.bootstrapping);
  const bytes = await keys.toBytes();
  t.like(inspect(bytes), { type: 'evaluation keys', version: 2, count: keys.rotations.size + 3 });
  t.like(inspect(parameters.toBytes()), { type: 'parameters', version: 2, level: levelsAfter });
  const read = await EvaluationKeys.fromBytes(set, bytes);
  t.true(read.bootstrapping);
  t.is(read.byteLength, keys.byteLength);
  const values = sequence(8)(parameters.slots);
  const a = await encryptor.encrypt(values, { level: 0 });
  const bootstrapper = await Bootstrapper.create(set);
  const there = await Ciphertext.fromBytes(set, await a.toBytes());
  const back = await Ciphertext.fromBytes(
    parameters,
    await (await bootstrapper.bootstrap(there, read)).toBytes(),
  );
  t.true(largestDifference(await decryptor.decrypt(back), values) < 2 ** -18);
  t.true(secretKey.insecure);
});

test('the size of keys is exact, whoever wants them', async (t) => {
  const { parameters, generator, secretKey, evaluationKeys: own } = await context;
  const [step] = own.rotations.keys();
  for (const bootstrapping of [true, { keys: 'small' }] as const) {
    const rotations = [
      { steps: step!, level: 0 },
      { steps: 5, level: 1 },
    ];
    const size = parameters.evaluationKeySize({
      relinearization: true,
      conjugation: 1,
      rotations,
      bootstrapping,
    });
    const request = { relinearization: true, conjugation: { level: 1 }, rotations, bootstrapping };
    const keys = await generator.evaluationKeys(secretKey, request);
    t.deepEqual(size, { serialized: (await keys.toBytes()).length, memory: keys.byteLength });
  }
});
