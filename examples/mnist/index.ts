/**
 * The ML-inference workload of the public FHE benchmark suite on MNIST: a client encrypts 1, 100 or 10,000 test images, a
 * server in another process classifies them without ever seeing one, the client decrypts the answers.
 *
 *   npm run example -- mnist --data FOLDER [--task single|small|large] [--model mlp|cnn] [--count N] [--json FILE]
 */
import { parseArgs } from 'node:util';
import { refuse, requireInteger } from '../../lib/check.js';
import { ArgumentError, CiphernetError } from '../../lib/errors.js';
import { duration, inferRemotely, report } from '../support/inference.js';
import { readMnist, sliceMnist, unitPixels } from './data.js';
import { networkNamed } from './options.js';
import { readWeights } from './weights.js';

/** How many images each task takes. */
const tasks = { single: 1, small: 100, large: 10_000 } as const;

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      task: { type: 'string', default: 'small' },
      model: { type: 'string', default: 'mlp' },
      data: { type: 'string' },
      count: { type: 'string' },
      resume: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const { task, data } = options;
  if (!Object.hasOwn(tasks, task)) refuse(Object.keys(tasks).join(', '), '--task', task);
  if (data === undefined)
    throw new ArgumentError(
      'The MNIST example needs --data FOLDER with the four gzipped idx files of MNIST (train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz).',
    );
  const test = await readMnist(data, 'test');
  const count = options.count === undefined ? tasks[task as keyof typeof tasks] : Number(options.count);
  requireInteger(count, '--count', 1, test.rows);
  const name = networkNamed(options.model);

  const start = performance.now();
  console.log(`Encrypted inference on MNIST, task ${task}, network ${name}\n`);
  const images = sliceMnist(test, 0, count);
  const rows = unitPixels(images.pixels);
  const run = await inferRemotely(
    new URL('server.ts', import.meta.url),
    [name, String(count), data],
    () => rows,
  );
  const model = await readWeights(name);
  const agreed = await report(
    run,
    {
      example: 'mnist',
      task: name === 'mlp' ? task : `${task}-${name}`,
      float: model,
      polynomial: model,
      rows,
      labels: images.labels,
      images: 'of the test set',
    },
    options.json,
  );
  console.log(`In all: ${duration(performance.now() - start)}.`);
  if (!agreed) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  // A missing file or a wrong option is told without a stack.
  if (!(error instanceof CiphernetError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
