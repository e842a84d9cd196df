import test from 'ava';

import { CancelledError, CkksParameters, Encryptor, KeyGenerator } from '../../lib/index.js';
import { sequence, smallContext } from './support.js';

const large = { logN: 13, logQ: [50, 40, 40, 40], logP: [50], logScale: 40, security: 'none' } as const;
const many = Array.from({ length: 400 }, (_, i) => i + 1);

test('a signal that was aborted before rejects at once with its reason', async (t) => {
  const { evaluator, encryptor } = await smallContext();
  const a = await encryptor.encrypt(Float64Array.of(1));
  const reason = new Error('no longer wanted');
  const error = await t.throwsAsync(evaluator.square(a, { signal: AbortSignal.abort(reason) }), {
    instanceOf: CancelledError,
  });
  t.deepEqual([error.code, error.name, error.cause], ['CANCELLED', 'AbortError', reason]);
});

test('key generation stops within a key when it is aborted, and the next call is correct', async (t) => {
  const parameters = await CkksParameters.create(large);
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const controller = new AbortController();
  let steps = 0;
  const started = performance.now();
  const job = generator.evaluationKeys(secretKey, {
    rotations: many,
    signal: controller.signal,
    onProgress: ({ done, total }) => {
      steps = done;
      t.is(total, many.length);
      controller.abort('enough');
    },
  });
  const error = await t.throwsAsync(job, { instanceOf: CancelledError });
  t.is(error.cause, 'enough');
  t.true(steps < many.length, `${steps} keys were made`);
  const stoppedAfter = performance.now() - started;
  const rest = await generator.evaluationKeys(secretKey, { rotations: [1] });
  t.deepEqual([...rest.rotations.keys()], [1]);
  t.true(stoppedAfter < 5000, `${stoppedAfter} ms`);
});

test('what still waits in the queue is cancelled without its turn', async (t) => {
  const parameters = await CkksParameters.create(large);
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const controller = new AbortController();
  // More long jobs than threads: the later ones wait.
  const jobs = Array.from({ length: 40 }, () =>
    generator.evaluationKeys(secretKey, { rotations: many, signal: controller.signal }),
  );
  const last = jobs.at(-1)!;
  controller.abort();
  await t.throwsAsync(last, { instanceOf: CancelledError });
  for (const result of await Promise.allSettled(jobs)) t.is(result.status, 'rejected');
});

test('a batch is cancelled between its entries and frees what it held', async (t) => {
  const parameters = await CkksParameters.create(large);
  const secretKey = await new KeyGenerator(parameters).secretKey();
  const encryptor = new Encryptor(parameters, secretKey);
  const values = Array.from({ length: 2000 }, () => Float64Array.of(1));
  const controller = new AbortController();
  const job = encryptor.encrypt(values, {
    signal: controller.signal,
    onProgress: () => {
      controller.abort();
    },
  });
  await t.throwsAsync(job, { instanceOf: CancelledError });
  t.is((await encryptor.encrypt(values.slice(0, 2))).length, 2);
});

test('progress rises to the end, and no more than 20 times a second', async (t) => {
  const { encryptor } = await smallContext();
  const seen: { done: number; total: number }[] = [];
  const started = performance.now();
  await encryptor.encrypt(
    Array.from({ length: 500 }, () => Float64Array.of(1)),
    { onProgress: (progress) => seen.push(progress) },
  );
  const seconds = (performance.now() - started) / 1000;
  t.deepEqual(seen.at(-1), { done: 500, total: 500 });
  t.true(seen.every((p, i) => i === 0 || p.done > seen[i - 1]!.done));
  t.true(seen.length <= 2 + 20 * seconds, `${seen.length} in ${seconds} s`);
});

test('an exception in onProgress stops the operation and is what rejects', async (t) => {
  const { encryptor, decryptor } = await smallContext();
  const mine = new Error('mine');
  const job = encryptor.encrypt(
    Array.from({ length: 500 }, () => Float64Array.of(1)),
    {
      onProgress: () => {
        throw mine;
      },
    },
  );
  t.is(await t.throwsAsync(job), mine);
  t.is((await decryptor.decrypt(await encryptor.encrypt(Float64Array.of(2)))).length, 512);
});

test('aborting after the end does nothing', async (t) => {
  const { encryptor, evaluator, decryptor } = await smallContext();
  const controller = new AbortController();
  const a = await encryptor.encrypt(sequence(5)(512), { signal: controller.signal });
  controller.abort();
  const b = await evaluator.add(a, 1);
  t.is((await decryptor.decrypt(b)).length, 512);
});

test('operands may be disposed of while a job computes with them', async (t) => {
  const { encryptor, evaluator, decryptor } = await smallContext();
  const batch = await encryptor.encrypt(Array.from({ length: 64 }, (_, i) => Float64Array.of(i / 64)));
  const job = evaluator.square(batch);
  for (const ciphertext of batch) ciphertext.dispose();
  const squares = await decryptor.decrypt(await job);
  for (const [i, slots] of squares.entries()) t.true(Math.abs(slots[0]! - (i / 64) ** 2) < 1e-6);
});

test('the event loop is free while the core computes', async (t) => {
  const parameters = await CkksParameters.create(large);
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  let ticks = 0;
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ++ticks;
  }, 2);
  const started = performance.now();
  await generator.evaluationKeys(secretKey, { rotations: many.slice(0, 200) });
  const elapsed = performance.now() - started;
  clearInterval(timer);
  t.true(elapsed > 50, `too quick to tell: ${elapsed} ms`);
  t.true(ticks > elapsed / 40, `${ticks} ticks in ${elapsed} ms`);
  t.true(longest < elapsed / 2, `one wait of ${longest} ms in ${elapsed} ms`);
});
