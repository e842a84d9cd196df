/**
 * Encrypted inference of handwritten digits: a client encrypts images, a server in another process classifies them without
 * ever seeing one, the client decrypts the answers.
 *
 *   npm run example -- digits [--count N] [--data FOLDER] [--json FILE]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { calibrate, toPolynomialModel } from '../../lib/nn/index.js';
import { duration, inferRemotely, report } from '../support/inference.js';
import { digitsFile, kTestRows, readDigits, sliceDigits } from './data.js';
import { kCalibrationMargin } from './training.js';
import { readWeights } from './weights.js';

const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'inference' },
    data: { type: 'string' },
    count: { type: 'string', default: String(kTestRows) },
    resume: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const count = Number(options.count);
if (!Number.isInteger(count) || count < 1 || count > kTestRows) {
  throw new Error(`Expected --count from 1 to ${kTestRows} but received "${options.count}".`);
}
if (options.task !== 'inference')
  throw new Error(`The digits example has one task, "inference"; received "${options.task}".`);
const dataFile = options.data === undefined ? digitsFile : join(options.data, 'digits8x8.csv');

const start = performance.now();
console.log(
  'Encrypted inference of handwritten digits (8 × 8 pixels, UCI "Optical Recognition of Handwritten Digits", CC BY 4.0)\n',
);
const images = sliceDigits(await readDigits('test', dataFile), 0, count);
const run = await inferRemotely(
  new URL('server.ts', import.meta.url),
  [String(count), dataFile],
  () => images.pixels,
);

const float = await readWeights();
const training = await readDigits('training', dataFile);
const calibration = calibrate(float, training.pixels, { margin: kCalibrationMargin });
const agreed = await report(
  run,
  {
    example: 'digits',
    task: options.task,
    float,
    polynomial: toPolynomialModel(float, calibration).model,
    rows: images.pixels,
    labels: images.labels,
    images: 'that played no part in training or in any choice',
  },
  options.json,
);
console.log(`In all: ${duration(performance.now() - start)}.`);
if (!agreed) process.exitCode = 1;
