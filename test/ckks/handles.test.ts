import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTurn } from 'node:timers/promises';

import test from 'ava';

import {
  CancelledError,
  Ciphertext,
  CkksParameters,
  Encryptor,
  Evaluator,
  KeyGenerator,
} from '../../lib/index.js';
import { native } from '../../lib/native.js';
import { smallContext, smallLiteral } from './support.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects until finalizers, which run in turns of the event loop, have run too. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; ++i) {
    collect();
    await nextTurn();
  }
}

const external = (): number => native.externalMemory();
const mib = 2 ** 20;

test.serial('a handle weighs what it holds, until it is disposed of', async (t) => {
  const { encryptor } = await smallContext();
  const values = Array.from({ length: 200 }, () => Float64Array.of(1));
  await settle();
  const before = external();
  const batch = await encryptor.encrypt(values);
  const weight = batch.reduce((sum, c) => sum + c.byteLength, 0);
  t.is(batch[0]!.byteLength, 2 * 4 * 1024 * 8);
  const held = external() - before;
  t.true(held >= weight && held < weight * 1.2 + mib, `${held} told, ${weight} held`);
  for (const c of batch) c.dispose();
  const left = external() - before;
  t.true(left < 0.2 * weight, `${left} told after disposal`);
});

test.serial('the collector frees what nobody disposed of', async (t) => {
  const { encryptor } = await smallContext();
  await settle();
  const before = external();
  await (async () => {
    const batch = await encryptor.encrypt(Array.from({ length: 200 }, () => Float64Array.of(1)));
    t.is(batch.length, 200);
    t.true(external() - before > 200 * 64 * 1024 * 0.9);
  })();
  await settle();
  const left = external() - before;
  t.true(left < mib, `${left} bytes left`);
});

test.serial('using disposes at the end of its block', async (t) => {
  const { encryptor, evaluator } = await smallContext();
  let seen: Ciphertext;
  {
    using a = await encryptor.encrypt(Float64Array.of(1));
    seen = a;
    t.false(seen.disposed);
    (await evaluator.negate(a)).dispose();
  }
  t.true(seen.disposed);
});

test.serial(
  '100,000 ciphertexts that nobody disposes of do not grow the process without bound',
  async (t) => {
    const { encryptor, evaluator } = await smallContext();
    const a = await encryptor.encrypt(Float64Array.of(1));
    // 64 KiB each: 6.6 GB in all.
    let most = 0;
    for (let i = 0; i < 100_000; ++i) {
      await evaluator.negate(a);
      if (i % 100 === 0) most = Math.max(most, process.memoryUsage().rss);
    }
    t.log(`${(most / mib).toFixed(0)} MiB at most`);
    t.true(most < 500 * mib, `${most / mib} MiB`);
  },
);

test.serial('10,000 failing and cancelled operations leave the resident set where it was', async (t) => {
  const { encryptor, evaluator, parameters, secretKey, generator } = await smallContext();
  const other = await CkksParameters.create({ ...smallLiteral, magnitude: 9 });
  const a = await encryptor.encrypt(Float64Array.of(1));
  const low = await encryptor.encrypt(Float64Array.of(1), { level: 0 });
  const foreign = await new Encryptor(other, await new KeyGenerator(other).secretKey()).encrypt(
    Float64Array.of(1),
  );
  const bytes = (await a.toBytes()).map((b, i) => (i === 500 ? b ^ 1 : b));
  const failing: (() => Promise<unknown>)[] = [
    () => encryptor.encrypt(Float64Array.of(NaN)),
    () => encryptor.encrypt(Float64Array.of(1e12), { level: 0 }),
    () => evaluator.square(low),
    () => evaluator.add(a, foreign),
    () => evaluator.rotate(a, 3),
    () => new Evaluator(parameters).square(a),
    () => Ciphertext.fromBytes(parameters, bytes),
    () => Ciphertext.fromBytes(parameters, bytes.subarray(0, 100)),
    () => evaluator.square(a, { signal: AbortSignal.abort() }),
    () => {
      const controller = new AbortController();
      const job = generator.evaluationKeys(secretKey, {
        rotations: [1, 2, 3, 4, 5, 6, 7, 8],
        signal: controller.signal,
      });
      controller.abort();
      return job;
    },
    () => {
      const controller = new AbortController();
      const job = encryptor.encrypt(
        Array.from({ length: 20 }, () => Float64Array.of(1)),
        {
          signal: controller.signal,
          onProgress: () => {
            controller.abort();
          },
        },
      );
      setImmediate(() => {
        controller.abort();
      });
      return job;
    },
  ];
  let failures = 0;
  const fail = async (count: number): Promise<void> => {
    for (let i = 0; i < count; ++i) {
      await failing[i % failing.length]!().then(
        (result) => {
          for (const handle of [result].flat() as Disposable[]) handle[Symbol.dispose]();
        }, // the abort came too late
        (error: unknown) => {
          ++failures;
          if (!(error instanceof Error)) t.fail(String(error));
        },
      );
    }
    await settle();
  };
  await fail(2000);
  const before = process.memoryUsage().rss;
  await fail(10_000);
  const grown = process.memoryUsage().rss - before;
  t.log(`${(grown / mib).toFixed(1)} MiB more`);
  t.true(failures > 11_000, `${failures} failed`);
  t.true(grown < 16 * mib, `${grown / mib} MiB`);
  await t.throwsAsync(evaluator.square(a, { signal: AbortSignal.abort() }), { instanceOf: CancelledError });
});
