import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { SeededRandom } from '../../examples/support/random.js';
import type { ExampleResult } from '../../examples/support/result.js';

// The whole example on a data set of its own: blots in place of digits, so that nothing has to be fetched.

const run = promisify(execFile);
const random = new SeededRandom(3);
const side = 28;

/** One idx file: magic, sizes, bytes. */
function idx(sizes: readonly number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x0800 + sizes.length);
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return gzipSync(Buffer.concat([header, values]));
}

/** A bright square somewhere in the middle of each image. */
function blots(rows: number): Uint8Array {
  const pixels = new Uint8Array(rows * side * side);
  for (let row = 0; row < rows; ++row) {
    const [top, left] = [6 + (random.next() % 8), 6 + (random.next() % 8)];
    for (let y = top; y < top + 8; ++y)
      pixels.fill(200, (row * side + y) * side + left, (row * side + y) * side + left + 8);
  }
  return pixels;
}

async function dataSet(folder: string): Promise<void> {
  for (const [prefix, rows] of [
    ['train', 40],
    ['t10k', 6],
  ] as const) {
    await writeFile(join(folder, `${prefix}-images-idx3-ubyte.gz`), idx([rows, side, side], blots(rows)));
    const labels = Uint8Array.from({ length: rows }, (_, row) => row % 10);
    await writeFile(join(folder, `${prefix}-labels-idx1-ubyte.gz`), idx([rows], labels));
  }
}

for (const model of ['mlp', 'cnn']) {
  test(`the MNIST example gives the answers of its ${model} in the clear, from encrypted images`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'ciphernet-mnist-'));
    try {
      await dataSet(folder);
      const json = join(folder, 'result.json');
      const words = ['--data', folder, '--task', 'single', '--model', model, '--count', '6', '--json', json];
      await run(process.execPath, ['--import=tsx', 'examples/mnist/index.ts', ...words]);
      const result = JSON.parse(await readFile(json, 'utf8')) as ExampleResult;
      t.is(result.images_run, 6);
      t.is(result.agree, 1);
      t.true(result.max_abs_deviation < 0.01);
      t.true(result.bytes.evaluation_keys_ram <= 100e6);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

test('the MNIST example says in one line what is missing', async (t) => {
  const fails = async (...words: string[]): Promise<string> => {
    const ended = run(process.execPath, ['--import=tsx', 'examples/mnist/index.ts', ...words]);
    return (await t.throwsAsync<Error & { stderr: string }>(ended)).stderr;
  };
  t.regex(
    await fails('--data', '/nowhere'),
    /^Expected the MNIST file t10k-images-idx3-ubyte\.gz .* ENOENT/m,
  );
  t.regex(await fails(), /^The MNIST example needs --data FOLDER/m);
  t.regex(await fails('--data', '.', '--task', 'huge'), /^Expected single, small, large for --task/m);
});
