/**
 * Encrypted inference of handwritten digits: a client encrypts images, a server in another process classifies them without
 * ever seeing one, the client decrypts the answers.
 *
 *   npm run example -- digits [--count N] [--data FOLDER] [--json FILE]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { resourceUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Client, planFromBytes } from '../../lib/client.js';
import { info } from '../../lib/index.js';
import { argmaxRows, calibrate, evaluate, toPolynomialModel } from '../../lib/nn/index.js';
import type { Plan } from '../../lib/nn/index.js';
import { readFrames, writeFrame } from '../support/frames.js';
import { commitName, machineName, writeResult } from '../support/result.js';
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

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;
const percent = (part: number, whole: number): string =>
  `${((100 * part) / whole).toFixed(2)} % (${part} of ${whole})`;
const seconds = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

function describe(plan: Plan): void {
  const { parameters, predicted, steps } = plan;
  const layers = steps.map((step) => (step.kind === 'linear' ? `${step.units} units` : step.kind)).join(', ');
  console.log(`Network: ${plan.inputs} inputs, ${layers}. ${predicted.levels} products one after the other.`);
  console.log(
    `Parameters: CKKS, N = 2^${parameters.logN}, Q of ${parameters.logQ.join(' + ')} bits, P of ${parameters.logP.join(' + ')} bits, 128 bits of security. Why:`,
  );
  for (const reason of plan.reasons) console.log(`  - ${reason}`);
  console.log(
    `Predicted before any key was made: outputs within ${predicted.error.toExponential(1)}, keys ${megabytes(predicted.bytes.evaluationKeys)}, ` +
      `upload ${megabytes(predicted.bytes.upload)}, download ${megabytes(predicted.bytes.download)} and ${seconds(1000 * predicted.seconds.batch)} ` +
      `on one thread (${predicted.seconds.cpuLevel}) for up to ${plan.samplesPerBatch} images.\n`,
  );
}

const start = performance.now();
console.log(
  'Encrypted inference of handwritten digits (8 × 8 pixels, UCI "Optical Recognition of Handwritten Digits", CC BY 4.0)\n',
);
const server = spawn(
  process.execPath,
  [...process.execArgv, fileURLToPath(new URL('server.ts', import.meta.url)), dataFile],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
);
const frames = readFrames(server.stdout);
/** The next frame of this name from the server; progress goes to `bar`. */
async function receive(name: string, bar?: SingleBar): Promise<Uint8Array> {
  for (;;) {
    const next = await frames.next();
    if (next.done) throw new Error('The server ended.');
    const { name: received, body } = next.value;
    if (received === name) return body;
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as { message?: string; done?: number };
    if (received === 'progress') bar?.update(value.done ?? 0);
    else throw new Error(`The server answered: ${value.message ?? received}`);
  }
}

// The client knows the plan and its images. Only what goes through `writeFrame` leaves it.
const plan = planFromBytes(await receive('plan'));
describe(plan);
const images = sliceDigits(await readDigits('test', dataFile), 0, count);

const keyStart = performance.now();
const client = await Client.create(plan);
const keys = await client.evaluationKeys();
const keyTime = performance.now() - keyStart;
await writeFrame(server.stdin, { name: 'evaluation-keys', body: keys });
const { keyBytes } = JSON.parse(Buffer.from(await receive('ready')).toString('utf8')) as { keyBytes: number };

const encryptStart = performance.now();
const request = await client.encrypt(images.pixels);
const encryptTime = performance.now() - encryptStart;

const steps = plan.steps.length * 100 * Math.ceil(count / plan.samplesPerBatch);
const bar = new SingleBar({
  format: 'Server, on ciphertexts [{bar}] {percentage} %',
  hideCursor: true,
  noTTYOutput: true,
  notTTYSchedule: 500,
});
bar.start(steps, 0);
await writeFrame(server.stdin, { name: 'request', body: request });
const timing = JSON.parse(Buffer.from(await receive('timing', bar)).toString('utf8')) as {
  milliseconds: number;
  peakRssBytes: number;
};
const response = await receive('response', bar);
bar.update(steps);
bar.stop();

const decryptStart = performance.now();
const logits = await client.decrypt(response);
const decryptTime = performance.now() - decryptStart;
client.dispose();
server.stdin.end();

// The referee: what the same network gives in the clear.
const model = await readWeights();
const training = await readDigits('training', dataFile);
const polynomial = toPolynomialModel(
  model,
  calibrate(model, training.pixels, { margin: kCalibrationMargin }),
).model;
const clearLogits = evaluate(polynomial, images.pixels);
const answers = {
  float: argmaxRows(evaluate(model, images.pixels), model.outputs),
  clear: argmaxRows(clearLogits, model.outputs),
  encrypted: argmaxRows(logits, model.outputs),
};
const correct = (given: Int32Array): number =>
  given.filter((answer, i) => answer === images.labels[i]).length;
const agree = answers.encrypted.filter((answer, i) => answer === answers.clear[i]).length;
const deviation = logits.reduce((worst, value, i) => Math.max(worst, Math.abs(value - clearLogits[i]!)), 0);
const total = performance.now() - start;

console.log(`
Sent to the server once: evaluation keys, ${megabytes(keys.length)} (${megabytes(keyBytes)} in its memory)
Sent for ${count} images:   ${megabytes(request.length)} (${megabytes(request.length / count)} an image); back: ${megabytes(response.length)}
Keys ${seconds(keyTime)}, encryption ${seconds(encryptTime)}, server ${seconds(timing.milliseconds)}, decryption ${seconds(decryptTime)}

Accuracy on ${count} images that played no part in training or in any choice
  float network:                        ${percent(correct(answers.float), count)}
  polynomial activations, in the clear: ${percent(correct(answers.clear), count)}
  decrypted ciphertexts:                ${percent(correct(answers.encrypted), count)}
The last two agree on ${agree} of ${count} images. Largest deviation of a logit: ${deviation.toExponential(1)}.
Server time an image: ${(timing.milliseconds / count).toFixed(2)} ms (a batch of any size takes the same time). In all: ${seconds(total)}.`);

if (options.json !== undefined) {
  const { threads, cpuLevel } = info();
  await writeResult(options.json, {
    schema: 1,
    example: 'digits',
    task: options.task,
    parameters: { ...plan.parameters },
    security_bits: 128,
    threads,
    cpu_level: cpuLevel,
    machine: machineName(),
    commit: commitName(),
    images_run: count,
    accuracy_clear: correct(answers.clear) / count,
    accuracy_float: correct(answers.float) / count,
    accuracy_encrypted: correct(answers.encrypted) / count,
    agree: agree / count,
    max_abs_deviation: deviation,
    ms: {
      keygen: keyTime,
      encrypt: encryptTime,
      evaluate: timing.milliseconds,
      decrypt: decryptTime,
      per_item: timing.milliseconds / count,
    },
    bytes: {
      evaluation_keys_disk: keys.length,
      evaluation_keys_ram: keyBytes,
      upload: request.length,
      download: response.length,
    },
    peak_rss_bytes: Math.max(timing.peakRssBytes, resourceUsage().maxRSS * 1024),
  });
}
if (agree !== count) process.exitCode = 1;
