/**
 * Trains the networks of the MNIST example and writes mlp.json or cnn.json; the seed gives the same bytes every time.
 *
 *   tsx examples/mnist/train.ts mlp|cnn --data FOLDER              train on the first 55,000 images, write the weights
 *   tsx examples/mnist/train.ts mlp|cnn --data FOLDER --check      train the first steps, compare with what the file notes
 *   tsx examples/mnist/train.ts mlp|cnn --data FOLDER --check-all  train to the end, compare the bytes, write nothing
 *   tsx examples/mnist/train.ts mlp|cnn --data FOLDER --report     figures of the committed network, on the test images too
 *
 * Options are chosen by the last 5,000 training images. The test images are read for the report alone.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readMnist, sliceMnist } from './data.js';
import type { MnistImages } from './data.js';
import { parameterBlocks } from './network.js';
import type { Network } from './network.js';
import { chosenOptions, kHeldOut, networkNames } from './options.js';
import type { NetworkName } from './options.js';
import { measure, rowNorms } from './report.js';
import { trainNetwork } from './training.js';
import { formatWeights, parseWeights, readWeights, weightsFile } from './weights.js';
import type { Checkpoint } from './weights.js';

/** Steps after which the parameters are noted in the weights file. */
const kCheckpointSteps = 100;

function checkpointOf(network: Network, steps: number): Checkpoint {
  const hash = createHash('sha256');
  for (const { values } of parameterBlocks(network)) {
    const bytes = Buffer.alloc(values.byteLength);
    values.forEach((value, i) => bytes.writeDoubleLE(value, i * Float64Array.BYTES_PER_ELEMENT));
    hash.update(bytes);
  }
  return { steps, sha256: hash.digest('hex') };
}

/** Trains to the end, or to the checkpoint only; gives the text of the weights file, or the checkpoint. */
function train(images: MnistImages, name: NetworkName): string {
  const options = chosenOptions[name];
  const start = performance.now();
  let checkpoint: Checkpoint | undefined;
  const network = trainNetwork(images, options, (step, steps, current) => {
    if (step === Math.min(kCheckpointSteps, steps)) checkpoint = checkpointOf(current, step);
    const perEpoch = steps / options.epochs;
    if (step % (5 * perEpoch) === 0) {
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`epoch ${step / perEpoch} of ${options.epochs}, ${seconds} s`);
    }
    return true;
  });
  return formatWeights(network, checkpoint!);
}

function trainToCheckpoint(images: MnistImages, name: NetworkName, steps: number): Checkpoint {
  return checkpointOf(
    trainNetwork(images, chosenOptions[name], (step) => step < steps),
    steps,
  );
}

function verdict(same: boolean, what: string): void {
  if (same) console.log(`the same ${what}`);
  else {
    console.error(`Expected the ${what} of the weights file but the training gave others`);
    process.exitCode = 1;
  }
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    check: { type: 'boolean', default: false },
    'check-all': { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});
const name = networkNames.find((known) => known === positionals[0]);
if (name === undefined || positionals.length !== 1 || flags.data === undefined) {
  throw new Error(`Expected ${networkNames.join(' or ')} and --data FOLDER, the folder of the MNIST files.`);
}
const all = await readMnist(flags.data, 'training');
if (all.rows <= kHeldOut) {
  throw new Error(`Expected more than ${kHeldOut} training images in ${flags.data} but found ${all.rows}.`);
}
const boundary = all.rows - kHeldOut;
const images = sliceMnist(all, 0, boundary);
const path = weightsFile(name);
if (flags.report) {
  const model = await readWeights(name);
  rowNorms(model).forEach((line) => {
    console.log(line);
  });
  console.log(`training images: ${measure(model, images)}`);
  console.log(`held-out images: ${measure(model, sliceMnist(all, boundary, all.rows))}`);
  console.log(`test images:     ${measure(model, await readMnist(flags.data, 'test'))}`);
} else if (flags.check) {
  const { checkpoint } = parseWeights(await readFile(path, 'utf8'));
  const reached = trainToCheckpoint(images, name, checkpoint.steps);
  verdict(reached.sha256 === checkpoint.sha256, `parameters after ${checkpoint.steps} steps`);
} else {
  const text = train(images, name);
  if (flags['check-all']) verdict(text === (await readFile(path, 'utf8')), 'bytes');
  else {
    await writeFile(path, text);
    console.log(
      `wrote ${path}; held-out images: ${measure(parseWeights(text).model, sliceMnist(all, boundary, all.rows))}`,
    );
  }
}
