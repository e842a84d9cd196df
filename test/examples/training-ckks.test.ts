import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { choose, contiguousFolds, digitsGrid } from '../../examples/training-ckks/choose.js';
import type { Grid, Setting } from '../../examples/training-ckks/choose.js';
import { readDigitSamples, readIcu, readWdbc } from '../../examples/training-ckks/data.js';
import type { Samples, Split } from '../../examples/training-ckks/data.js';
import { TrainingFolder } from '../../examples/training-ckks/folder.js';
import { accuracy, areaUnderCurve, meanLoss } from '../../examples/training-ckks/metrics.js';
import { outputsOf, trainFloat32 } from '../../examples/training-ckks/float32.js';
import { orientationCount, orientations } from '../../examples/training-ckks/orientations.js';
import { inBatches } from '../../examples/training-ckks/owner.js';
import { drawTraining } from '../../examples/training-ckks/picture.js';
import { centre, normalizeRows, sliceSamples, standardize } from '../../examples/training-ckks/prepare.js';
import { validateResult } from '../../examples/training-ckks/result.js';
import type { StepRecord } from '../../examples/training-ckks/result.js';
import { startWeights } from '../../examples/training-ckks/start.js';
import { parseTable } from '../../examples/training-ckks/table.js';
import { digitsChoice, exampleTasks, taskNamed } from '../../examples/training-ckks/tasks.js';
import { SeededRandom } from '../../examples/support/random.js';
import { ArgumentError } from '../../lib/errors.js';
import type { TrainingTask } from '../../lib/training/index.js';

const random = new SeededRandom(5);
const samples = (rows: number, inputs: number): Samples => ({
  rows,
  features: random.vector(rows * inputs, 3),
  labels: Float64Array.from({ length: rows }, (_, i) => i % 2),
});
const column = ({ rows, features }: Samples, inputs: number, j: number): number[] =>
  Array.from({ length: rows }, (_, i) => features[i * inputs + j]!);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x / values.length, 0);

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ciphernet-training-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a table gives columns by name, and refuses what is none with its place', (t) => {
  const table = parseTable('a,b\n1,x\n-2.5e1,y\n', 'the table');
  t.deepEqual([...table.numbers('a')], [1, -25]);
  t.deepEqual(table.text('b'), ['x', 'y']);
  t.throws(() => table.numbers('b'), {
    instanceOf: ArgumentError,
    message: 'Expected a finite number for b in row 1 of the table but received "x".',
  });
  t.throws(() => table.numbers('c'), { instanceOf: ArgumentError, message: /column c .* received a, b/ });
  for (const text of ['', 'a,b\n', 'a,b\n1\n', 'a\n"1\n'])
    t.throws(() => parseTable(text, 'the table'), { instanceOf: ArgumentError }, JSON.stringify(text));
  for (const cell of ['', ' ', 'NaN', 'Infinity', '1 2'])
    t.throws(
      () => parseTable(`a,b\n${cell},1\n`, 'the table').numbers('a'),
      { instanceOf: ArgumentError },
      cell,
    );
});

test('a missing file is told with its path and what to do', async (t) => {
  await t.throwsAsync(readWdbc('/nowhere'), {
    instanceOf: ArgumentError,
    message: /\/nowhere\/wdbc\.csv but received ENOENT\. Without --data/,
  });
  await t.throwsAsync(readIcu('/nowhere'), { instanceOf: ArgumentError, message: /PhysioNet/ });
});

test('the tumours are split four to one, every row once, the same way each time', async (t) => {
  const split = await readWdbc();
  t.is(split.training.rows, 455);
  t.is(split.test.rows, 114);
  t.is(split.training.features.length, 455 * 30);
  const ones = [split.training, split.test].map(({ labels }) => labels.reduce((sum, x) => sum + x, 0));
  t.is(ones[0]! + ones[1]!, 357);
  const radii = [...column(split.training, 30, 0), ...column(split.test, 30, 0)].sort((a, b) => a - b);
  t.is(radii[0], 6.981);
  t.is(radii.at(-1), 28.11);
  t.deepEqual(await readWdbc(), split);
});

test('intensive-care rows are split by their set, and a file of one set is refused', async (t) => {
  await inFolder(async (folder) => {
    const names =
      'record_id,set,age,gcs_last,hr_mean,sbp_mean,temp_mean,urine_total,bun_last,hco3_last,wbc_last,mech_vent,in_hospital_death';
    const row = (set: string, age: number, label: number): string =>
      `1,${set},${age},15,80,120,37,2000,20,24,11,0,${label}`;
    const file = join(folder, 'icu_mortality10.csv');
    await writeFile(
      file,
      [names, row('a', 50, 0), row('b', 60, 1), row('c', 70, 0), row('a', 80, 1), ''].join('\n'),
    );
    const { training, test: held } = await readIcu(folder);
    t.deepEqual(column(training, 10, 0), [50, 80]);
    t.deepEqual(column(held, 10, 0), [60, 70]);
    t.deepEqual([...training.labels], [0, 1]);
    await writeFile(file, [names, row('a', 50, 0), ''].join('\n'));
    await t.throwsAsync(readIcu(folder), { instanceOf: ArgumentError, message: /one kind only/ });
    await writeFile(file, [names, row('a', 50, 2), row('b', 50, 0), ''].join('\n'));
    await t.throwsAsync(readIcu(folder), { instanceOf: ArgumentError, message: /Expected 0 or 1/ });
  });
});

test('labels of digits are one-hot', async (t) => {
  const { test: held } = await readDigitSamples();
  t.is(held.rows, 360);
  for (let row = 0; row < held.rows; ++row)
    t.is(
      held.labels.subarray(row * 10, (row + 1) * 10).reduce((sum, x) => sum + x, 0),
      1,
    );
});

test('standardized training columns have mean 0 and deviation 1, test columns go by the same numbers, all are clipped', (t) => {
  const split: Split = { training: samples(50, 4), test: samples(20, 4) };
  const { training, test: held } = standardize(split, 4, 10);
  for (let j = 0; j < 4; ++j) {
    const values = column(training, 4, j);
    t.true(Math.abs(mean(values)) < 1e-12);
    t.true(Math.abs(mean(values.map((x) => x * x)) - 1) < 1e-12);
    const [x0, x1] = column(split.training, 4, j) as [number, number];
    const slope = (values[1]! - values[0]!) / (x1 - x0);
    const [y0, y1] = column(split.test, 4, j) as [number, number];
    const [z0, z1] = column(held, 4, j) as [number, number];
    t.true(Math.abs((z1 - z0) / (y1 - y0) - slope) < 1e-9);
  }
  const clipped = standardize(split, 4, 0.5);
  t.true([...clipped.training.features, ...clipped.test.features].every((x) => Math.abs(x) <= 0.5));
});

test('a column that never changes becomes 0', (t) => {
  const one: Samples = { rows: 2, features: Float64Array.of(7, 1, 7, 3), labels: Float64Array.of(0, 1) };
  const { training } = standardize({ training: one, test: one }, 2, 5);
  t.deepEqual(column(training, 2, 0), [0, 0]);
});

test('normalized rows have the length that was asked for, and rows of zeros stay', (t) => {
  const one: Samples = { rows: 2, features: Float64Array.of(3, 4, 0, 0), labels: Float64Array.of(0, 1) };
  const { training } = normalizeRows({ training: one, test: one }, 2, 10);
  t.deepEqual([...training.features], [6, 8, 0, 0]);
  t.deepEqual([...centre({ training: one, test: one }, 2, 2).training.features], [3, 4, -3, -4]);
});

test('batches hold every row once, in order', (t) => {
  const all = samples(10, 3);
  const parts = inBatches(all, 4);
  t.deepEqual(
    parts.map(({ rows }) => rows),
    [4, 4, 2],
  );
  t.deepEqual(
    parts.flatMap(({ features }) => [...features]),
    [...all.features],
  );
});

/** The histogram of one image of 8 × 8 pixels, by orientation. */
function histogram(image: Float64Array, power = 1): number[] {
  const one: Samples = { rows: 1, features: image, labels: Float64Array.of(0) };
  return [...orientations({ training: one, test: one }, 8, power).training.features];
}

test('a bar across an image has all of its inner edges in one orientation, which a quarter turn moves by half of them', (t) => {
  const bar = Float64Array.from({ length: 64 }, (_, i) => Number(i >= 24 && i < 40));
  const turned = Float64Array.from(bar, (_, i) => bar[(i % 8) * 8 + Math.floor(i / 8)]!);
  const cell = (features: readonly number[], k: number, at: number): number => features[k * 16 + at]!;
  const [across, down] = [histogram(bar), histogram(turned)];
  t.is(across.length, orientationCount);
  // A cell in the middle: the ends of the bar, at the margin, are edges too.
  for (const k of [0, 1, 3]) t.true(Math.abs(cell(across, k, 5)) < 1e-12);
  t.true(cell(across, 2, 5) > 0);
  t.true(Math.abs(cell(down, 0, 5) - cell(across, 2, 5)) < 1e-12);
});

test('histograms of orientations grow with contrast, and the light on dark is as the dark on light', (t) => {
  const image = random.vector(64, 1).map(Math.abs);
  const plain = histogram(image);
  const close = (a: readonly number[], b: readonly number[]) => a.every((x, i) => Math.abs(x - b[i]!) < 1e-9);
  t.true(close(histogram(image.map((x) => 3 * x)), plain.map((x) => 3 * x))); // prettier-ignore
  t.true(close(histogram(image.map((x) => -x)), plain));
  t.true(close(histogram(image, 0.5), plain.map(Math.sqrt))); // prettier-ignore
});

test('folds are runs of rows, each for the test once and the others to train on', (t) => {
  const all = samples(11, 2);
  const folds = contiguousFolds(all, 4);
  t.deepEqual(
    folds.flatMap(({ test: held }) => [...held.features]),
    [...all.features],
  );
  for (const { training, test: held } of folds) {
    t.is(training.rows + held.rows, 11);
    t.deepEqual(
      [...training.features, ...held.features].sort((a, b) => a - b),
      [...all.features].sort((a, b) => a - b),
    );
  }
});

test('the choice for the digits is of its grid, the same each time, and never what leaves an interval', async (t) => {
  const { training } = await readDigitSamples();
  const rows = sliceSamples(training, [0, 80]);
  const usual: Setting = { features: 'pixels', learningRate: 1, momentum: 0.5 };
  const grid: Grid = {
    settings: [{ ...usual, learningRate: 1000 }, usual, { ...usual, features: 'rootOrientations' }],
    seeds: [1, 2],
    seedsOfSettings: 1,
    folds: 2,
    leastSteps: 2,
    mostSteps: 5,
    tolerance: 0.0025,
  };
  const told: (number | undefined)[] = [];
  const choice = choose(rows, grid, (_, accuracy) => told.push(accuracy));
  t.is(told[0], undefined);
  t.true(told.slice(1).every((accuracy) => accuracy! > 0));
  t.deepEqual(choose(rows, grid), choice);
  t.is(choice.learningRate, 1);
  t.true(grid.seeds.includes(choice.seed) && choice.steps >= 2 && choice.steps <= 5);
  t.throws(() => choose(rows, { ...grid, settings: grid.settings.slice(0, 1) }), { message: /lower rates/ });
  const { seed, steps, ...setting } = digitsChoice;
  t.true(digitsGrid.settings.some((candidate) => JSON.stringify(candidate) === JSON.stringify(setting)));
  t.true(digitsGrid.seeds.includes(seed) && steps <= digitsGrid.mostSteps);
});

test('the area under the curve is the part of the pairs in right order, ties counted half', (t) => {
  const labels = Float64Array.from({ length: 40 }, (_, i) => Number(i % 3 === 0));
  const scores = Float64Array.from({ length: 40 }, () => random.next() % 7);
  let pairs = 0;
  let right = 0;
  labels.forEach((one, i) => {
    labels.forEach((zero, j) => {
      if (one !== 1 || zero !== 0) return;
      ++pairs;
      right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    });
  });
  t.true(Math.abs(areaUnderCurve(scores, labels) - right / pairs) < 1e-12);
});

test('accuracy takes the largest of several outputs, and one output at ½', (t) => {
  t.is(accuracy([0.4, 0.6, 0.9], Float64Array.of(0, 1, 0), 3), 2 / 3);
  t.is(accuracy([0.1, 0.2, 0.9, 0.8], Float64Array.of(0, 1, 0, 1), 2), 1 / 2);
});

test('the float32 reference descends along the gradient of its loss', (t) => {
  for (const loss of ['squared', 'crossEntropy'] as const) {
    for (const bias of [true, false]) {
      const task: TrainingTask = {
        model: {
          inputs: 3,
          layers: [
            { units: 4, activation: { function: 'tanh' }, bias },
            { units: 2, activation: { function: 'sigmoid' } },
          ],
        },
        loss,
        optimizer: { kind: 'gradientDescent' },
        learningRate: 1,
        batch: 6,
      };
      const start = startWeights(3, 3, [
        { units: 4, spread: 1, ...(bias && { bias: 0.1 }) },
        { units: 2, spread: 1, bias: -0.2 },
      ]);
      const rows = {
        features: random.vector(18),
        labels: Float64Array.from({ length: 12 }, () => random.next() % 2),
      };
      const stepped = trainFloat32(task, start, rows, { learningRate: 1, momentum: 0, steps: 1 });
      const lossAt = (l: number, i: number, by: number): number => {
        const moved = start.map((layer, k) =>
          k === l ? layer.map((w, at) => (at === i ? w + by : w)) : layer,
        );
        return meanLoss(loss, outputsOf(task.model, moved, rows.features), rows.labels, 6);
      };
      start.forEach((layer, l) => {
        layer.forEach((w, i) => {
          const difference = (lossAt(l, i, 2 ** -7) - lossAt(l, i, -(2 ** -7))) * 2 ** 6;
          t.true(Math.abs(w - stepped[l]![i]! - difference) < 1e-4, `${loss}, layer ${l}, weight ${i}`);
        });
      });
    }
  }
});

test('every task has the start of its network, and features within their bound', async (t) => {
  for (const [name, { task, weights, steps, data }] of Object.entries(exampleTasks)) {
    t.true(steps >= 1, name);
    let before = task.model.inputs;
    task.model.layers.forEach(({ units, bias = true }, l) => {
      t.is(weights[l]!.length, units * (before + Number(bias)), name);
      before = units;
    });
    if (name === 'icu' || name === 'mnist') {
      await t.throwsAsync(data(undefined), { instanceOf: ArgumentError, message: /needs --data FOLDER/ });
      continue;
    }
    const { training, test: held } = await data(undefined);
    for (const { rows, features, labels } of [training, held]) {
      t.is(features.length, rows * task.model.inputs, name);
      t.is(labels.length, rows * task.model.layers.at(-1)!.units, name);
      t.true(
        features.every((x) => Math.abs(x) <= task.model.inputBound!),
        name,
      );
    }
    t.is(training.rows, task.batch, name);
  }
  t.throws(() => taskNamed('iris'), { instanceOf: ArgumentError, message: /wdbc, wdbc-network, digits/ });
});

const record = (step: number, seconds = 2): StepRecord => ({
  step,
  seconds,
  bootstraps: 1,
  loss_encrypted: 0.5 / step,
  loss_clear: 0.5 / step,
  figure_encrypted: 0.9,
  figure_clear: 0.9,
  deviation: 1e-4,
  bound: 1e-3,
});

test('notes of a training survive a line that was cut off and steps that were done twice', async (t) => {
  await inFolder(async (parent) => {
    const folder = new TrainingFolder(join(parent, 'training'));
    await t.throwsAsync(folder.requireStarted(), { instanceOf: ArgumentError, message: /no training in/ });
    await folder.create();
    await t.throwsAsync(folder.create(), { instanceOf: ArgumentError, message: /--resume/ });
    await folder.note({ keys: 3, encryption: 1, batchBytes: 5 });
    await folder.note({ session: 'first' });
    await folder.note(record(1));
    await folder.note(record(2));
    await writeFile(folder.notes, `${await readFile(folder.notes, 'utf8')}{"step":3,"sec`);
    await writeFile(folder.notes, `${await readFile(folder.notes, 'utf8')}\n`);
    await folder.note({ session: 'second' });
    await folder.note(record(2, 7));
    const { begun, steps, sessions } = await folder.read();
    t.deepEqual(begun, { keys: 3, encryption: 1, batchBytes: 5 });
    t.deepEqual(steps, [record(1), record(2, 7)]);
    t.is(sessions, 2);
  });
});

test('the picture has loss and accuracy of both runs on one chart', (t) => {
  const svg = drawTraining({
    title: 'A training',
    subtitle: 'somewhere',
    measure: 'accuracy',
    start: { loss: 0.7, figure: 0.4 },
    float32: 0.95,
    steps: [record(1), record(2)],
  });
  t.regex(svg, /^<svg /);
  for (const text of [
    'A training',
    'loss, clear',
    'loss, encrypted',
    'accuracy, clear',
    'accuracy, encrypted',
    'accuracy, float32',
  ])
    t.true(svg.includes(text), text);
});

test('committed results keep to the schema: accuracy, bounds of time, and weights near the clear ones', async (t) => {
  const folder = new URL('../../examples/training-ckks/results/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  t.true(names.length > 0);
  for (const name of names) {
    const result = await validateResult(JSON.parse(await readFile(new URL(name, folder), 'utf8')));
    t.is(`${result.task}.json`, name);
    t.true(result.weights_changed >= 0.9, name);
    const least = { accuracy: 1 / result.rows.test, auc: 0.005 }[result.measure];
    t.true(result.figures.encrypted >= result.figures.float32 - least - 1e-9, name);
    if (result.task === 'digits') t.true(result.figures.encrypted >= 0.92);
    for (const { step, deviation, bound } of result.steps)
      t.true(deviation <= bound, `${name}, step ${step}`);
    t.true(Math.abs(result.figures.encrypted_inference - result.figures.encrypted) < 0.02, name);
    await readFile(new URL(name.replace('.json', '.svg'), folder), 'utf8');
    await t.throwsAsync(validateResult({ ...result, extra: 1 }));
    await t.throwsAsync(validateResult({ ...result, steps: [] }));
  }
});
