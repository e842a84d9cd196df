import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { exp, integerPower, sigmoid } from '../../examples/support/arithmetic.js';
import { augmenter } from '../../examples/support/augment.js';
import { kPixels, kSide, parseDigits, readDigits, sliceDigits } from '../../examples/digits/data.js';
import { chosenOptions } from '../../examples/digits/options.js';
import { SeededRandom } from '../../examples/support/random.js';
import { fitSilu, kCalibrationMargin, trainNetwork } from '../../examples/digits/training.js';
import { formatWeights, parseWeights, readWeights } from '../../examples/digits/weights.js';
import { CiphernetError } from '../../lib/errors.js';
import { scalarFunction } from '../../lib/nn/activations.js';
import { calibrate } from '../../lib/nn/calibrate.js';
import { argmaxRows, evaluate } from '../../lib/nn/evaluate.js';
import { fitPolynomial } from '../../lib/nn/fit.js';
import type { Model } from '../../lib/nn/model.js';
import { toPolynomialModel } from '../../lib/nn/polynomial-model.js';

const names = Array.from({ length: kPixels }, (_, i) => `p${Math.floor(i / 8)}${i % 8}`);
const header = [...names, 'digit'].join(',');
const row = (fields: readonly (string | number)[] = []): string =>
  [...fields, ...new Array<number>(kPixels + 1 - fields.length).fill(0)].join(',');

const accuracy = (model: Model, digits: { pixels: Float64Array; labels: Uint8Array }): number => {
  const answers = argmaxRows(evaluate(model, digits.pixels), model.outputs);
  return answers.filter((answer, i) => answer === digits.labels[i]).length / answers.length;
};

test('the file has 1,437 training rows and 360 test rows of values in [0, 1]', async (t) => {
  for (const [part, rows] of [
    ['training', 1437],
    ['test', 360],
  ] as const) {
    const digits = await readDigits(part);
    t.is(digits.rows, rows);
    t.is(digits.pixels.length, rows * kPixels);
    t.is(digits.labels.length, rows);
    t.true(digits.pixels.every((value) => value >= 0 && value <= 1 && Number.isInteger(value * 16)));
    t.deepEqual(new Set(digits.labels).size, 10);
  }
});

test('pixels are divided by 16, the digit is not', (t) => {
  const digits = parseDigits(`${header}\n${row([16, 4])}\n`);
  t.deepEqual([...digits.pixels.subarray(0, 3)], [1, 0.25, 0]);
  t.deepEqual([...digits.labels], [0]);
});

test('a missing file is reported with its path', async (t) => {
  const error = await t.throwsAsync(readDigits('training', '/nowhere/digits.csv'), {
    instanceOf: CiphernetError,
  });
  t.is(
    error.message,
    'Expected a readable file for the digits data at /nowhere/digits.csv but received ENOENT',
  );
});

test('a file of too few rows is refused', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'digits-'));
  try {
    const path = join(folder, 'short.csv');
    await writeFile(path, `${header}\n${row()}\n`);
    await t.throwsAsync(readDigits('training', path), {
      message: /more than 360 rows .* but received 1 rows/,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a row of the wrong number of columns is refused by its line', (t) => {
  const error = t.throws(() => parseDigits(`${header}\n${row()}\n1,2,3\n`), { instanceOf: CiphernetError });
  t.is(error.message, 'Expected 65 columns for line 3 of the digits data but received 3');
});

test('fields that are no integers in range are refused by their column', (t) => {
  for (const field of ['1.5', '-1', '17', 'x', '', ' 3', '1e1', 'NaN']) {
    t.throws(() => parseDigits(`${header}\n${row([0, field])}\n`), {
      instanceOf: CiphernetError,
      message: `Expected an integer from 0 to 16 for p01 in line 2 of the digits data but received "${field}"`,
    });
  }
  const wrongDigit = row().replace(/0$/, '10');
  t.throws(() => parseDigits(`${header}\n${wrongDigit}\n`), {
    message: /0 to 9 for digit in line 2 .* "10"/,
  });
});

test('another header, or none, is refused', (t) => {
  t.throws(() => parseDigits(`${row()}\n`), { message: /Expected the header/ });
  t.throws(() => parseDigits(''), { message: /Expected the header/ });
});

test('the exponential agrees with the engine to 4 units in the last place', (t) => {
  for (let x = -50; x <= 50; x += 0.037) t.true(Math.abs(exp(x) / Math.exp(x) - 1) < 9e-16, `at ${x}`);
  t.is(exp(0), 1);
  t.is(sigmoid(0), 0.5);
  t.is(integerPower(3, 13), 1594323);
});

test('the exact-bits fit of SiLU is the library fit', (t) => {
  const ours = fitSilu(-3.5, 4.25);
  fitPolynomial(scalarFunction('silu'), [-3.5, 4.25], 2).power.forEach((value, k) => {
    t.true(Math.abs(ours[k]! - value) < 1e-12);
  });
});

test('the random stream has its mean, its deviation and all places of a permutation', (t) => {
  const random = new SeededRandom(7);
  const drawn = Array.from({ length: 20000 }, () => random.bell(2));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length;
  t.true(Math.abs(mean) < 0.06); // four deviations of the mean
  t.true(Math.abs(variance - 4) < 0.2);
  t.deepEqual(
    [...random.permutation(50)].sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test('no variation leaves an image as it is, and a variation does not leave [0, 1]', async (t) => {
  const { pixels } = await readDigits('training');
  const augment = augmenter(kSide, 3);
  const target = new Float64Array(kPixels);
  const none = { rotation: 0, shear: 0, stretch: 0, shift: 0, elastic: 0, contrast: 0, noise: 0 };
  augment(pixels, kPixels, target, 0, new SeededRandom(1), none);
  t.deepEqual(target, pixels.slice(kPixels, 2 * kPixels));
  augment(pixels, kPixels, target, 0, new SeededRandom(1), chosenOptions.augmentation);
  t.notDeepEqual(target, pixels.slice(kPixels, 2 * kPixels));
  t.true(target.every((value) => value >= 0 && value <= 1));
});

test('a seed gives the same weights again, another seed gives others, and training learns', async (t) => {
  const digits = sliceDigits(await readDigits('training'), 0, 640);
  const options = { ...chosenOptions, hidden: 16, epochs: 6 };
  const model = trainNetwork(digits, options);
  t.is(formatWeights(trainNetwork(digits, options)), formatWeights(model));
  t.not(formatWeights(trainNetwork(digits, { ...options, seed: options.seed + 1 })), formatWeights(model));
  t.true(accuracy(model, digits) > 0.6);
});

test('weights come back from their file unchanged', async (t) => {
  const model = await readWeights();
  t.deepEqual(parseWeights(formatWeights(model)), model);
});

test('the shipped network is right on 97 % of what it was trained on, with SiLU and with its polynomial', async (t) => {
  const digits = await readDigits('training');
  const model = await readWeights();
  const calibration = calibrate(model, digits.pixels, { margin: kCalibrationMargin });
  t.true(accuracy(model, digits) >= 0.97);
  t.true(accuracy(toPolynomialModel(model, calibration).model, digits) >= 0.97);
});
