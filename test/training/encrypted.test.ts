import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import test from 'ava';
import type { ExecutionContext } from 'ava';

import { CkksParameters, Evaluator, KeyGenerator } from '../../lib/index.js';
import {
  combineBatches,
  EncryptedBatch,
  EncryptedState,
  EncryptedTrainer,
  initialWeights,
  planTraining,
  predictInClear,
  trainInClear,
  TrainingOwner,
  trainingPlanFromBytes,
  trainingPlanToBytes,
} from '../../lib/training/index.js';
import type { Optimizer, TrainingTask, Weights } from '../../lib/training/index.js';
import { largestDifference } from '../ckks/support.js';
import { makeTraining, network, regression, rowsOf, weightDifference } from './support.js';
import type { TrainingContext } from './support.js';

/** Twenty bits a bootstrap, of weights that are a few units large: over a step. */
const near = 2e-3;

const small = { slots: 128, levelsAfter: 10 } as const;

let context: Promise<TrainingContext> | undefined;
const regressionContext = (): Promise<TrainingContext> => (context ??= makeTraining(regression, small));

async function encryptedTrainer(
  { plan, parameters, keys, owner, initial }: TrainingContext,
  batches: readonly EncryptedBatch[],
): Promise<EncryptedTrainer> {
  return EncryptedTrainer.create(plan, parameters, keys, {
    batches,
    state: await owner.encryptWeights(initial),
  });
}

async function follow(
  t: ExecutionContext,
  made: TrainingContext,
  task: TrainingTask,
  until: number,
): Promise<void> {
  const { plan, owner, initial } = made;
  const rows = [rowsOf(task, 1), rowsOf(task, 2)];
  const batches = await Promise.all(rows.map((batch) => owner.encryptBatch(batch)));
  using trainer = await encryptedTrainer(made, batches);
  const clear = trainInClear(plan, rows, initial, { until, errorSeed: 1 });
  let before = initial;
  for await (const { step, state, bootstraps } of trainer.steps({ until })) {
    const expected = clear.next().value!;
    t.is(step, expected.step);
    t.true(bootstraps >= 0);
    const weights = await owner.decryptWeights(state);
    const off = weightDifference(weights, expected.weights);
    t.true(
      off <= expected.errorBound! && expected.errorBound! < near,
      `${step}: ${off}, ${expected.errorBound}`,
    );
    const all = weights.flatMap((layer, l) => [...layer].map((w, i) => Math.abs(w - before[l]![i]!)));
    t.true(all.filter((change) => change > 1e-7).length >= 0.9 * all.length, `step ${step}`);
    before = weights;
  }
  const outputs = await trainer.predict(batches[0]!);
  const got = await owner.decryptOutputs(outputs, task.batch);
  const expected = predictInClear(plan, await owner.decryptWeights(trainer.state), rows[0]!.features);
  t.true(largestDifference(got, expected) < near);
}

const optimizers: readonly Optimizer[] = [
  { kind: 'gradientDescent' },
  { kind: 'momentum', momentum: 0.8 },
  { kind: 'nesterov', momentum: 0.8 },
];
for (const optimizer of optimizers)
  test(`logistic regression by ${optimizer.kind} follows its clear twin, every weight moving`, async (t) => {
    const task: TrainingTask = {
      ...regression,
      optimizer,
      learningRate: { kind: 'cosine', initial: 1, steps: 4 },
    };
    await follow(t, await makeTraining(task, small), task, 3);
  });

test('a network of three layers follows its clear twin through bootstraps inside of a step', async (t) => {
  const made = await makeTraining(network, { slots: 256, levelsAfter: 8 });
  t.true(made.plan.predicted.bootstraps > 3);
  await follow(t, made, network, 2);
});

test('the optimizers do what they are defined as', (t) => {
  const task = (optimizer: Optimizer): TrainingTask => ({ ...regression, optimizer, learningRate: 0.5 });
  const rows = rowsOf(regression, 5);
  const initial = initialWeights(regression, 1);
  const gradientAt = async (weights: Weights): Promise<Float64Array> => {
    const plan = await planTraining(task({ kind: 'gradientDescent' }), { security: 'none', ...small });
    const { weights: after } = trainInClear(plan, [rows], weights, { until: 1 }).next().value!;
    return weights[0]!.map((w, i) => (w - after[0]![i]!) / 0.5);
  };
  return Promise.all(
    (['momentum', 'nesterov'] as const).map(async (kind) => {
      const plan = await planTraining(task({ kind, momentum: 0.7 }), { security: 'none', ...small });
      let w = initial;
      let u = new Float64Array(w[0]!.length);
      for (const { weights } of trainInClear(plan, [rows], initial, { until: 4 })) {
        const g = await gradientAt(w);
        u = u.map((velocity, i) => 0.7 * velocity - 0.5 * g[i]!);
        const moved = w[0]!.map(
          (value, i) => value + (kind === 'momentum' ? u[i]! : 0.7 * u[i]! - 0.5 * g[i]!),
        );
        w = [moved];
        t.true(weightDifference(weights, w) < 1e-10, kind);
      }
    }),
  ).then(() => undefined);
});

test('wrong labels give other weights', async (t) => {
  const made = await regressionContext();
  const rows = rowsOf(regression, 1);
  const results: Weights[] = [];
  for (const labels of [rows.labels, rows.labels.map((label) => 1 - label)]) {
    const batch = await made.owner.encryptBatch({ features: rows.features, labels });
    using trainer = await encryptedTrainer(made, [batch]);
    for await (const { step } of trainer.steps({ until: 1 })) t.is(step, 1);
    results.push(await made.owner.decryptWeights(trainer.state));
  }
  t.true(weightDifference(results[0]!, results[1]!) > 0.05);
});

test('rows and columns of several owners under one public key train as if they were one owner’s', async (t) => {
  const made = await regressionContext();
  const { plan, parameters, generator, secretKey, owner } = made;
  const { features, labels } = rowsOf(regression, 1);
  const publicKey = await generator.publicKey(secretKey);
  const guest = new TrainingOwner(plan, parameters, publicKey, { insecureSeed: 3n });
  const rows = async (firstRow: number, count: number): Promise<EncryptedBatch> =>
    guest.encryptBatch(
      {
        features: features.slice(5 * firstRow, 5 * (firstRow + count)),
        labels: labels.slice(firstRow, firstRow + count),
      },
      { firstRow, rows: count },
    );
  const columns = (firstColumn: number, count: number): Float64Array =>
    Float64Array.from({ length: 13 * count }, (_, k) => {
      const row = Math.floor(k / count);
      return features[5 * row + firstColumn + (k % count)]!;
    });
  const horizontal = await combineBatches(parameters, [await rows(0, 6), await rows(6, 7)]);
  const vertical = await combineBatches(parameters, [
    await guest.encryptBatch({ features: columns(0, 2), labels }, { columns: 2 }),
    await guest.encryptBatch({ features: columns(2, 3) }, { firstColumn: 2 }),
  ]);
  const expected = trainInClear(plan, [{ features, labels }], made.initial, { until: 1 }).next().value!;
  for (const batch of [horizontal, vertical]) {
    using trainer = await encryptedTrainer(made, [batch]);
    for await (const { state } of trainer.steps({ until: 1 }))
      t.true(weightDifference(await owner.decryptWeights(state), expected.weights) < near);
  }
  await t.throwsAsync(guest.decryptWeights(await owner.encryptWeights(made.initial)), {
    code: 'KEY_MISSING',
  });
});

test('a killed training resumes from its checkpoint, wherever it was, to the same bits', async (t) => {
  const made = await makeTraining(
    { ...regression, optimizer: { kind: 'momentum', momentum: 0.5 } },
    { ...small, levelsAfter: 10 },
  );
  const { plan, parameters, keys, owner } = made;
  t.is(plan.stepsPerRefresh, 2);
  const folder = await mkdtemp(path.join(tmpdir(), 'ciphernet-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'state');
  const batches = await Promise.all([1, 2, 3].map((seed) => owner.encryptBatch(rowsOf(regression, seed))));
  const until = 5;
  const bytesOf = async (trainer: EncryptedTrainer): Promise<string> => {
    const all = await Promise.all(trainer.state.ciphertexts.map((ciphertext) => ciphertext.toBytes()));
    return Buffer.concat(all).toString('base64');
  };
  // The same encrypted weights for all: a checkpoint of none done.
  const begin = await owner.encryptWeights(made.initial);
  const first = await EncryptedTrainer.create(plan, parameters, keys, {
    batches,
    state: begin,
    checkpoint: { path: file },
  });
  const snapshots: Buffer[] = [];
  for await (const { step } of first.steps({ until })) snapshots[step] = await readFile(file);
  const expected = await bytesOf(first);
  first.dispose();
  for (const killed of [1, 2, 3, 4]) {
    await writeFile(file, snapshots[killed]!);
    using trainer = await EncryptedTrainer.resume(plan, parameters, keys, {
      batches,
      checkpoint: { path: file },
    });
    t.is(trainer.state.step, killed);
    // Killed once more, in the middle of a step.
    const controller = new AbortController();
    await t.throwsAsync(
      async () => {
        const onProgress = (): void => {
          controller.abort();
        };
        for await (const { step } of trainer.steps({ until, signal: controller.signal, onProgress }))
          t.true(step > killed);
      },
      { code: 'CANCELLED' },
    );
    for await (const { step } of trainer.steps({ until })) t.true(step > killed);
    t.is(await bytesOf(trainer), expected, `killed after ${killed}`);
  }
  const damaged = Buffer.from(snapshots[1]!);
  damaged[200]! ^= 1;
  const refusals: readonly (readonly [Buffer, string])[] = [
    [damaged, 'FORMAT_CORRUPT'],
    [snapshots[1]!.subarray(0, 1000), 'FORMAT_CORRUPT'],
    [snapshots[1]!.subarray(0, 40), 'FORMAT_TRUNCATED'],
    [Buffer.from('something else altogether'), 'FORMAT_MAGIC'],
  ];
  for (const [bytes, code] of refusals) {
    await writeFile(file, bytes);
    await t.throwsAsync(
      EncryptedTrainer.resume(plan, parameters, keys, { batches, checkpoint: { path: file } }),
      { code },
    );
  }
  await writeFile(file, snapshots[1]!);
  const other = { ...plan, stepsPerRefresh: plan.stepsPerRefresh + 1 };
  await t.throwsAsync(
    EncryptedTrainer.resume(other, parameters, keys, { batches, checkpoint: { path: file } }),
    { code: 'PARAMETERS_MISMATCH' },
  );
});

test('a learning rate that drives values out of their interval is noticed in the clear run, with what to do', async (t) => {
  const plan = await planTraining({ ...regression, learningRate: 40 }, { security: 'none', ...small });
  const rows = [rowsOf(regression, 1)];
  const initial = initialWeights(regression, 7);
  const error = t.throws(() => [...trainInClear(plan, rows, initial, { until: 5 })], {
    code: 'INTERVAL_LEFT',
  });
  t.regex(error.message, /of layer 1 reach .* but the plan holds them to .* Lower the learning rate/);
  const told = [...trainInClear(plan, rows, initial, { until: 2, leaving: 'tell' })];
  t.true(told.some(({ watched }) => watched.some(({ largest, allowed }) => largest > allowed)));
});

test('a row whose sums leave their interval is refused in inference', async (t) => {
  const { plan } = await regressionContext();
  const weights = [Float64Array.of(4, 4, 4, 4, 4, 0)];
  t.throws(() => predictInClear(plan, weights, new Float64Array(5).fill(1)), {
    code: 'INTERVAL_LEFT',
    message: /In inference sums of layer 1 reach 20/,
  });
});

test('a plan states its costs before keys are made, and is the same after a way through bytes', async (t) => {
  const { plan, parameters, keys } = await regressionContext();
  const { predicted } = plan;
  t.true(
    Math.abs(keys.byteLength / predicted.keyBytes - 1) < 0.05,
    `${keys.byteLength} for ${predicted.keyBytes}`,
  );
  t.true(
    predicted.rotations > 0 && predicted.products > 0 && predicted.bootstraps > 0 && predicted.seconds > 0,
  );
  const batch = await (await regressionContext()).owner.encryptBatch(rowsOf(regression, 1));
  const bytes = await batch.toBytes(parameters);
  t.true(
    Math.abs(bytes.length / predicted.batchBytes - 1) < 0.05,
    `${bytes.length} for ${predicted.batchBytes}`,
  );
  const again = await EncryptedBatch.fromBytes(plan, parameters, bytes);
  t.is(again.labels.length, batch.labels.length);
  const copy = trainingPlanFromBytes(trainingPlanToBytes(plan));
  t.deepEqual(copy, JSON.parse(JSON.stringify(plan)));
  const text = Buffer.from(trainingPlanToBytes(plan)).toString();
  const refuse = (from: string | RegExp, to: string, code: string): void => {
    t.not(text.replace(from, to), text);
    t.throws(() => trainingPlanFromBytes(Buffer.from(text.replace(from, to))), { code });
  };
  refuse('"version":1', '"version":2', 'FORMAT_VERSION');
  refuse(/"levels":\d+/, '"levels":1', 'FORMAT_CORRUPT');
  refuse(/"firstInputs":\d+/, '"firstInputs":3', 'FORMAT_CORRUPT');
  refuse(/"batch":\d+/, '"batch":-1', 'INVALID_ARGUMENT');
  refuse('{', '', 'FORMAT_CORRUPT');
});

test('a plan keeps to the slots and levels that are asked for, and stops when it is asked to', async (t) => {
  const { plan } = await regressionContext();
  t.is(plan.layout.slots, small.slots);
  t.is(plan.levels, small.levelsAfter);
  const controller = new AbortController();
  const planning = planTraining(network, { security: 'none', signal: controller.signal });
  controller.abort();
  await t.throwsAsync(planning, { code: 'CANCELLED' });
});

test('what is no task, no rows or no weights is refused by name', async (t) => {
  const refusals: readonly (readonly [object, RegExp])[] = [
    [{ loss: 'hinge' }, /'squared' or 'crossEntropy' for loss/],
    [{ batch: 0 }, /for batch but received 0/],
    [{ optimizer: { kind: 'adam' } }, /'gradientDescent', 'momentum' or 'nesterov' for optimizer.kind/],
    [{ optimizer: { kind: 'momentum', momentum: 1 } }, /below 1 for optimizer.momentum but received 1/],
    [{ learningRate: 0 }, /learningRate but received 0/],
    [{ learningRate: { kind: 'cosine', initial: 1, steps: 0 } }, /learningRate.steps but received 0/],
    [{ model: { inputs: 5, layers: [] } }, /1 to 8 layers for model.layers/],
    [
      { model: { inputs: 5, layers: [{ units: 1, activation: { function: 'tanh' } }] } },
      /'sigmoid' beside the loss 'crossEntropy'/,
    ],
    [
      { model: { inputs: 5, layers: [{ units: 1, activation: { function: 'sigmoids' } }] } },
      /model.layers\[0\].activation.function but received "sigmoids"/,
    ],
    [{ batches: 1 }, /Unknown option batches/],
  ];
  for (const [wrong, message] of refusals)
    await t.throwsAsync(planTraining({ ...regression, ...wrong }), {
      code: 'INVALID_ARGUMENT',
      message,
    });
  await t.throwsAsync(planTraining(regression, { security: 'none', slots: 128, levelsAfter: 1 }), {
    code: 'PARAMETERS_INVALID',
  });
  const { owner, initial } = await regressionContext();
  const { features, labels } = rowsOf(regression, 1);
  await t.throwsAsync(owner.encryptBatch({ features: features.subarray(1), labels }), {
    message: /length 65/,
  });
  await t.throwsAsync(owner.encryptBatch({ features: features.map((x) => 3 * x), labels }), {
    code: 'VALUE_OUT_OF_RANGE',
    message: /inputBound/,
  });
  await t.throwsAsync(owner.encryptBatch({}), { code: 'INVALID_ARGUMENT' });
  await t.throwsAsync(owner.encryptWeights([]), { code: 'INVALID_ARGUMENT' });
  await t.throwsAsync(owner.encryptWeights([initial[0]!.map(() => 5)]), {
    code: 'VALUE_OUT_OF_RANGE',
    message: /weightBound/,
  });
});

test('parameters, batches and states of another plan are refused', async (t) => {
  const made = await regressionContext();
  const { plan, parameters, keys, owner, initial } = made;
  const other = await CkksParameters.create({ ...plan.parameters, magnitude: 2 });
  const otherKey = await new KeyGenerator(other, { insecureSeed: 1n }).secretKey();
  t.throws(() => new TrainingOwner(plan, other, otherKey), { code: 'PARAMETERS_MISMATCH' });
  const batch = await owner.encryptBatch(rowsOf(regression, 1));
  const state = await owner.encryptWeights(initial);
  await t.throwsAsync(EncryptedTrainer.create(plan, other, keys, { batches: [batch], state }), {
    code: 'PARAMETERS_MISMATCH',
  });
  const doubled = new EncryptedState(0, [...state.ciphertexts, ...state.ciphertexts]);
  await t.throwsAsync(EncryptedTrainer.create(plan, parameters, keys, { batches: [batch], state: doubled }), {
    code: 'INVALID_ARGUMENT',
    message: /Expected 1 ciphertexts for the state of this plan but received 2/,
  });
  const twice = new EncryptedBatch([...batch.features, ...batch.features], batch.labels);
  using trainer = await EncryptedTrainer.create(plan, parameters, keys, { batches: () => twice, state });
  await t.throwsAsync(trainer.steps({ until: 1 }).next(), { message: /for the features of a batch/ });
  await t.throwsAsync(trainer.predict(twice), { code: 'INVALID_ARGUMENT' });
});

test('weights that are between two bootstraps are raised for inference', async (t) => {
  const made = await regressionContext();
  const { plan, parameters, owner } = made;
  t.is(plan.stepsPerRefresh, 2);
  const rows = rowsOf(regression, 1);
  const batch = await owner.encryptBatch(rows);
  using trainer = await encryptedTrainer(made, [batch]);
  for await (const { state } of trainer.steps({ until: 1 }))
    t.true(state.ciphertexts[0]!.level < parameters.maxLevel);
  const evaluator = new Evaluator(parameters);
  const weights = await owner.decryptWeights(trainer.state);
  const low = new EncryptedState(
    1,
    await evaluator.dropToLevel(trainer.state.ciphertexts, parameters.maxLevel - plan.levels),
  );
  using other = await EncryptedTrainer.create(plan, parameters, made.keys, { batches: [batch], state: low });
  const outputs = await owner.decryptOutputs(await other.predict(batch), regression.batch);
  t.true(largestDifference(outputs, predictInClear(plan, weights, rows.features)) < near);
});
