import { copyFile, mkdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { onnxOperators } from '../../lib/onnx/index.js';
import { printed, programFolder } from './programs.js';

const page = await readFile(new URL('../../docs/models.md', import.meta.url), 'utf8');

test('the program of docs/models.md runs as printed', async (t) => {
  await mkdir(programFolder, { recursive: true });
  const network = new URL('../fixtures/onnx/perceptron-dynamo.onnx', import.meta.url);
  await copyFile(network, new URL('model.onnx', programFolder));
  const stdout = await printed(/```js\n([\s\S]*?)```/.exec(page)![1]!, 'models');
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
