import test from 'ava';

import {
  Bootstrapper,
  CancelledError,
  Ciphertext,
  CkksParameters,
  planBootstrapping,
} from '../../lib/index.js';
import type { CkksLiteral } from '../../lib/index.js';
import { largestDifference, makeContext, sequence } from './support.js';
import type { Context } from './support.js';

/** The default circuit over a ring that hides nothing; 16 slots of 512. */
const literal: CkksLiteral = {
  logN: 10,
  logQ: [52, ...Array<number>(2 + 3).fill(40), ...Array<number>(8).fill(66), 58, 58, 58],
  logP: [50, 50, 50, 50],
  logScale: 40,
  logSlots: 4,
  security: 'none',
  bootstrapping: {},
};
const batch = 8;

let context: Promise<Context & { readonly bootstrapper: Bootstrapper }>;
test.before(() => {
  context = (async () => {
    const made = await makeContext(literal, { bootstrapping: { batch } });
    return { ...made, bootstrapper: await Bootstrapper.create(made.parameters, { batch }) };
  })();
});

test('ciphertexts of few slots share a bootstrap, and come back in order', async (t) => {
  const { parameters, encryptor, decryptor, bootstrapper, evaluationKeys: keys } = await context;
  t.is(bootstrapper.batch, batch);
  t.is(bootstrapper.keys, 'fast');
  const values = Array.from({ length: batch + 3 }, (_, seed) => sequence(seed + 1)(parameters.slots, 0.7));
  const spent = await encryptor.encrypt(values, { level: 0 });
  for (const count of [0, 1, batch, batch + 3]) {
    const fresh = await bootstrapper.bootstrap(spent.slice(0, count), keys);
    t.is(fresh.length, count);
    for (const [i, x] of fresh.entries()) {
      t.is(x.level, parameters.maxLevel);
      t.true(largestDifference(await decryptor.decrypt(x), values[i]!) < 2 ** -18);
    }
  }
  const one = await bootstrapper.bootstrap(spent[2]!, keys);
  t.true(one instanceof Ciphertext);
  t.true(largestDifference(await decryptor.decrypt(one), values[2]!) < 2 ** -18);
});

test('a bootstrapped batch computes, is bootstrapped again and written to bytes', async (t) => {
  const { parameters, encryptor, decryptor, bootstrapper, evaluationKeys: keys } = await context;
  const values = [sequence(1)(parameters.slots, 0.7), sequence(2)(parameters.slots, 0.7)];
  const fresh = await bootstrapper.bootstrap(await encryptor.encrypt(values, { level: 1 }), keys);
  const read = await Promise.all(fresh.map(async (x) => Ciphertext.fromBytes(parameters, await x.toBytes())));
  const again = await bootstrapper.bootstrap(read, keys);
  for (const [i, x] of again.entries())
    t.true(largestDifference(await decryptor.decrypt(x), values[i]!) < 2 ** -17);
  const { maxError } = await decryptor.measuredError(again[0]!, values[0]!);
  t.true(maxError <= again[0]!.noise.errorBound);
});

test('a second pass of a batch is more precise', async (t) => {
  const { parameters, encryptor, decryptor, bootstrapper, evaluationKeys: keys } = await context;
  const ones = Array.from({ length: 3 }, () => new Float64Array(parameters.slots).fill(1));
  const spent = await encryptor.encrypt(ones, { level: 0 });
  const off = async (passes: 1 | 2): Promise<number> => {
    const fresh = await bootstrapper.bootstrap(spent, keys, { passes });
    t.true(fresh.every(({ level }) => level === parameters.maxLevel - (passes - 1)));
    return Math.max(
      ...(await decryptor.decrypt(fresh)).map((slots, i) => largestDifference(slots, ones[i]!)),
    );
  };
  t.true((await off(2)) < (await off(1)) / 4);
});

test('progress counts the steps of all batches', async (t) => {
  const { encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5), { level: 0 });
  const seen = async (count: number): Promise<number[]> => {
    const reports: number[] = [];
    let all = 0;
    await bootstrapper.bootstrap(Array<Ciphertext>(count).fill(a), keys, {
      onProgress: ({ done, total }) => {
        reports.push(done);
        all = total;
      },
    });
    t.true(reports.every((done, i) => i === 0 || done >= reports[i - 1]!));
    return [reports.at(-1)!, all];
  };
  // raised, three factors, conjugated, a cosine and three doublings, three factors, unpacked
  t.deepEqual(await seen(1), [13, 13]);
  t.deepEqual(await seen(batch), [13, 13]);
  t.deepEqual(await seen(2 * batch + 1), [39, 39]);
});

test('batches stop when they are asked to', async (t) => {
  const { encryptor, bootstrapper, evaluationKeys: keys } = await context;
  const a = await encryptor.encrypt(Float64Array.of(0.5), { level: 0 });
  const controller = new AbortController();
  const job = bootstrapper.bootstrap(Array<Ciphertext>(20 * batch).fill(a), keys, {
    signal: controller.signal,
    onProgress: () => {
      controller.abort('enough');
    },
  });
  t.is((await t.throwsAsync(job, { instanceOf: CancelledError })).cause, 'enough');
});

test('keys are those of the batch, and their size and a plan are known before they are made', async (t) => {
  const { parameters, encryptor, generator, secretKey, bootstrapper, evaluationKeys: own } = await context;
  const bootstrapping = { batch };
  const size = parameters.evaluationKeySize({ bootstrapping });
  t.deepEqual(size, { serialized: (await own.toBytes()).length, memory: own.byteLength });
  // The tree's rotations, by 16, 32 and 64 slots, one level above the users'.
  for (const steps of [16, 32, 64]) t.true(own.rotations.get(steps)! > parameters.maxLevel);
  const plan = await parameters.bootstrappingPlan(bootstrapping);
  t.is(plan.batch, batch);
  t.is(plan.keyCount, own.rotations.size + 4);
  t.is(plan.parameters.logSlots, 4);
  t.true(Math.abs(plan.matrixBytes / bootstrapper.byteLength - 1) < 0.02);
  t.true(plan.noise.some(({ step }) => step === 'unpacking'));
  const single = await parameters.bootstrappingPlan();
  t.is(single.batch, 1);
  t.true(plan.keySwitches < 2 * single.keySwitches);

  const alone = await generator.evaluationKeys(secretKey, { bootstrapping: true });
  const a = await encryptor.encrypt(Float64Array.of(0.5), { level: 0 });
  const onProgress = (): void => {
    t.fail();
  };
  await t.throwsAsync(bootstrapper.bootstrap([a, a], alone, { onProgress }), {
    code: 'KEY_MISSING',
    message: /needs the key for the rotation by \d+ at level \d+, but .* and batch of the bootstrapper/,
  });
});

test('a plan by intent is for one batch', async (t) => {
  const intent = { levelsAfter: 2, precisionBits: 12, slots: 64, security: 'none' } as const;
  const plan = await planBootstrapping({ ...intent, batch: 4 });
  t.is(plan.batch, 4);
  t.is(plan.parameters.logSlots, 6);
  t.true(plan.precisionBits >= 12);
  await t.throwsAsync(planBootstrapping({ ...intent, slots: 2 ** 15, batch: 4 }), {
    code: 'INVALID_ARGUMENT',
    message: /batch times slots at most 65536, but received 4 for 32768 slots/,
  });
});

test('a batch that is no power of two or does not fit is refused with what would', async (t) => {
  const { parameters, generator, secretKey } = await context;
  const whole = await CkksParameters.create({ ...literal, logSlots: 9 });
  const fits = (most: number, received: number, logSlots: number): RegExp =>
    new RegExp(
      `Expected a power of two from 1 to ${most} for batch but received ${received}: ` +
        `so many ciphertexts of 2\\^${logSlots} slots fill one of N = 2\\^10\\. Take one of these, or parameters of fewer slots\\.`,
    );
  const refusals: [() => Promise<unknown>, string | RegExp][] = [
    [
      () => Bootstrapper.create(parameters, { batch: 0 }),
      'Expected an integer from 1 to 32768 for batch but received 0.',
    ],
    [
      () => Bootstrapper.create(parameters, { batch: 2.5 }),
      'Expected an integer from 1 to 32768 for batch but received 2.5.',
    ],
    [
      () => Bootstrapper.create(parameters, { batch: 'all' as never }),
      'Expected an integer from 1 to 32768 for batch but received "all".',
    ],
    [
      () => Bootstrapper.create(parameters, { batch: 3 }),
      'Expected a power of two (so many ciphertexts are packed into one; 1 for none) for batch but received 3.',
    ],
    [() => Bootstrapper.create(parameters, { batch: 64 }), fits(32, 64, 4)],
    [() => Bootstrapper.create(whole, { batch: 2 }), fits(1, 2, 9)],
    [
      () => generator.evaluationKeys(secretKey, { bootstrapping: { batch: 12 } }),
      /a power of two .* for bootstrapping\.batch but received 12/,
    ],
    [() => generator.evaluationKeys(secretKey, { bootstrapping: { batch: 64 } }), fits(32, 64, 4)],
    [() => parameters.bootstrappingPlan({ batch: 64 }), fits(32, 64, 4)],
    [
      () => Bootstrapper.create(parameters, { batches: 4 } as never),
      /Unknown option batches .* Did you mean batch\?/,
    ],
  ];
  for (const [attempt, message] of refusals)
    await t.throwsAsync(attempt, { code: 'INVALID_ARGUMENT', message });
  t.throws(() => parameters.evaluationKeySize({ bootstrapping: { batch: 64 } }), {
    code: 'INVALID_ARGUMENT',
    message: fits(32, 64, 4),
  });
});
