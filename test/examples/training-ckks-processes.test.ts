import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Split } from '../../examples/training-ckks/data.js';
import { TrainingFolder } from '../../examples/training-ckks/folder.js';
import { planIn, prepareFolder, train } from '../../examples/training-ckks/owner.js';
import { startWeights } from '../../examples/training-ckks/start.js';
import { SeededRandom } from '../../examples/support/random.js';
import { SystemError } from '../../lib/errors.js';
import { planTraining, predictInClear, trainInClear } from '../../lib/training/index.js';
import type { Weights } from '../../lib/training/index.js';

const kRows = 12;
const kSteps = 4;
const silent = { silent: true };
const random = new SeededRandom(9);
const some = (rows: number) => ({
  rows,
  features: random.vector(rows * 3),
  labels: Float64Array.from({ length: rows }, (_, i) => i % 2),
});
const data: Split = { training: some(kRows), test: some(5) };
const start = startWeights(1, 3, [{ units: 1, spread: 0.5, bias: 0 }]);

test('owner and server train in two processes as the plan in the clear does, and end alike where they were stopped between', async (t) => {
  const plan = await planTraining(
    {
      model: {
        inputs: 3,
        inputBound: 1,
        layers: [{ units: 1, activation: { function: 'sigmoid', degree: 3, interval: 4 }, weightBound: 4 }],
      },
      loss: 'crossEntropy',
      optimizer: { kind: 'nesterov', momentum: 0.5 },
      learningRate: 1,
      batch: kRows,
    },
    { security: 'none', slots: 128, levelsAfter: 5 },
  );
  const parent = await mkdtemp(join(tmpdir(), 'ciphernet-two-'));
  try {
    const straight = new TrainingFolder(join(parent, 'straight'));
    await prepareFolder(straight, plan, data, start, silent);
    const broken = new TrainingFolder(join(parent, 'broken'));
    await cp(straight.path, broken.path, { recursive: true });
    const clear = Array.from(
      trainInClear(plan, [data.training], start, { until: kSteps }),
      ({ weights }) => weights,
    );

    const reached = new Map<number, Weights>();
    const session = await train(
      straight,
      await planIn(straight),
      data.test,
      kSteps,
      (step) => {
        reached.set(step.step, step.weights);
        return Promise.resolve();
      },
      silent,
    );
    t.deepEqual([...reached.keys()], [1, 2, 3, 4]);
    for (const [step, [weights]] of reached)
      weights!.forEach((w, i) => t.true(Math.abs(w - clear[step - 1]![0]![i]!) < 1e-2, `step ${step}`));
    const outputs = predictInClear(plan, reached.get(kSteps)!, data.test.features);
    t.is(session.outputs.length, data.test.rows);
    outputs.forEach((output, i) => t.true(Math.abs(output - session.outputs[i]!) < 1e-2));

    await t.throwsAsync(
      train(
        broken,
        plan,
        data.test,
        kSteps,
        (step) => (step.step === 2 ? Promise.reject(new Error('the power fails')) : Promise.resolve()),
        silent,
      ),
      { message: 'the power fails' },
    );
    let last: Weights = [];
    await train(
      broken,
      plan,
      data.test,
      kSteps,
      (step) => {
        last = step.weights;
        return Promise.resolve();
      },
      silent,
    );
    t.deepEqual(last, reached.get(kSteps));
    t.is((await broken.read()).sessions, 2);

    // A server that cannot read its folder ends with a status, which its owner is told.
    await rm(straight.start);
    await rm(straight.checkpoint);
    await t.throwsAsync(
      train(straight, plan, data.test, kSteps, () => Promise.resolve(), silent),
      { instanceOf: SystemError, message: /status 1/ },
    );
  } finally {
    await rm(parent, { recursive: true });
  }
});
