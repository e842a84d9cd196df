// One step of every training of examples/training-ckks, on random rows (what a step takes depends on shapes alone), beside what its
// plan predicted from a measurement of this machine. Keys take up to 4 GB, one training at a time.
// npm run bench -- training [--json FILE] [--only OP]
import { SeededRandom } from '../examples/support/random.js';
import { exampleTasks } from '../examples/training-ckks/tasks.js';
import type { ExampleTask } from '../examples/training-ckks/tasks.js';
import { CkksParameters, KeyGenerator } from '../lib/index.js';
import { info } from '../lib/native.js';
import { measureMachine } from '../lib/nn/index.js';
import { EncryptedTrainer, planTraining, TrainingOwner } from '../lib/training/index.js';
import { interleave } from './support/measure.js';
import { ourselves, type Row, row, runSuite } from './support/rows.js';

interface Training {
  readonly op: string;
  readonly example: ExampleTask;
  /** Rows of a step, where they are not those of the example. */
  readonly batch?: number;
}

const trainings: readonly Training[] = [
  { op: 'train_wdbc', example: exampleTasks.wdbc },
  { op: 'train_icu', example: exampleTasks.icu },
  { op: 'train_wdbc_network', example: exampleTasks['wdbc-network'] },
  { op: 'train_digits_batch', example: exampleTasks.digits, batch: 60 },
  { op: 'train_digits', example: exampleTasks.digits },
  { op: 'train_mnist_batch', example: exampleTasks.mnist },
];

const random = new SeededRandom(7);
const build = info();
const machine = await measureMachine();

async function measure({ op, example, batch = example.task.batch }: Training): Promise<Row> {
  const { inputs, layers } = example.task.model;
  const plan = await planTraining({ ...example.task, batch }, { machine });
  const parameters = await CkksParameters.create(plan.parameters);
  const generator = new KeyGenerator(parameters);
  using secretKey = await generator.secretKey();
  const keyStart = performance.now();
  using keys = await generator.evaluationKeys(secretKey, plan.keys);
  const keygen = performance.now() - keyStart;
  const owner = new TrainingOwner(plan, parameters, secretKey);
  using rows = await owner.encryptBatch({
    features: random.vector(batch * inputs, 0.25),
    labels: Float64Array.from({ length: batch * layers.at(-1)!.units }, () => random.next() % 2),
  });
  const state = await owner.encryptWeights(example.weights);
  using trainer = await EncryptedTrainer.create(plan, parameters, keys, { batches: [rows], state });
  // The steps between two bootstraps of the weights differ: only all of them together are a fair mean.
  const together = plan.stepsPerRefresh;
  const [timing] = await interleave([
    async () => {
      const start = performance.now();
      const steps = trainer.steps({ until: trainer.state.step + together });
      while ((await steps.next()).done !== true);
      return (performance.now() - start) / together;
    },
  ]);
  const predicted = 1e3 * plan.predicted.seconds;
  const { bootstraps, rotations, products } = plan.predicted;
  return row({
    suite: 'training',
    op,
    params: {
      log_n: plan.parameters.logN,
      log_slots: Math.log2(plan.layout.slots),
      levels: plan.levels,
      count: batch,
      bootstraps,
      rotations,
      products,
      keygen_ms: keygen,
      key_bytes: keys.byteLength,
    },
    threads: build.threads,
    cpu_level: build.cpuLevel,
    timing: timing!,
    value: timing!.median,
    unit: 'ms',
    better: 'lower',
    peer: ourselves('as its plan predicted', { median: predicted, min: predicted, runs: 1 }),
  });
}

await runSuite(
  [],
  async ({ only }) => {
    const wanted = trainings.filter(({ op }) => only === undefined || op === only);
    if (wanted.length === 0)
      throw new Error(`No training named ${only}; there are: ${trainings.map(({ op }) => op).join(', ')}.`);
    const rows: Row[] = [];
    for (const training of wanted) rows.push(await measure(training));
    return rows;
  },
  ['only'],
);
