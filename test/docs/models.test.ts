import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { onnxOperators } from '../../lib/onnx/index.js';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/models.md', root), 'utf8');

test('the program of docs/models.md runs as printed', async (t) => {
  const folder = new URL('build/docs-models/', root);
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('program.mjs', folder), /```js\n([\s\S]*?)```/.exec(page)![1]!);
  const network = new URL('test/fixtures/onnx/perceptron-dynamo.onnx', root);
  await copyFile(network, new URL('model.onnx', folder));
  const options = { cwd: fileURLToPath(folder) };
  const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], options);
  // Four differences of -4 along the diagonals: 4 · silu(-4).
  const [, sum, sizes] = /\[\s*(-?\d+\.\d+)\s*\][\s\S]*?(\d+ \d+) Float64Array/.exec(stdout)!;
  t.true(Math.abs(Number(sum) + 16 / (1 + Math.exp(4))) < 1e-12, stdout);
  t.is(sizes, '6 3');
});

test('docs/models.md lists the operators that are read', (t) => {
  const table = /\| Operator +\| Becomes +\|\n([\s\S]*?)\n\n/.exec(page)![1]!;
  const first = table.split('\n').flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)]);
  t.deepEqual(first.map((match) => match[1]).toSorted(), [...onnxOperators]);
});
