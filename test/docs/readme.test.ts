import { readFile } from 'node:fs/promises';
import test from 'ava';
import { activation, calibrate, dense, evaluate, sequential, toPolynomialModel } from '../../lib/nn/index.js';
import { printed } from './programs.js';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1]!);

test('the client/server program of the README runs as printed and gives the answers of the clear network', async (t) => {
  t.true(programs[0]!.trim().split('\n').length <= 22);
  const output = await printed(programs[0]!, 'readme-1');
  const values = [...output.matchAll(/-?\d+\.\d+(e-?\d+)?/g)].map((match) => Number(match[0]));
  t.is(values.length, 4, output);
  const model = sequential([
    dense({ inputs: 2, units: 3, weights: Float64Array.of(1, -1, 0.5, 1, -1, 0.5) }),
    activation('tanh'),
    dense({ inputs: 3, units: 2, weights: Float64Array.of(1, 0.5, -1, -1, 1, 0.5) }),
  ]);
  const calibration = calibrate(model, Float64Array.of(0.1, 0.9, 0.8, 0.2, 0.5, 0.5, 0, 1, 1, 0));
  const clear = evaluate(toPolynomialModel(model, calibration).model, Float64Array.of(0.3, 0.7, 0.9, 0.1));
  values.forEach((value, i) => t.true(Math.abs(value - clear[i]!) < 1e-3, `${value} for ${clear[i]}`));
});

test('the CKKS program of the README runs as printed', async (t) => {
  t.true(Math.abs(Number(await printed(programs[1]!, 'readme-2')) - 0.0625) < 2 ** -20);
});

test('the training of the README runs as printed, in a ring that hides nothing', async (t) => {
  const task = {
    model: { inputs: 2, layers: [{ units: 1, activation: { function: 'sigmoid', degree: 3, interval: 4 } }] },
    loss: 'crossEntropy',
    optimizer: { kind: 'gradientDescent' },
    learningRate: 0.5,
    batch: 4,
  };
  const given = `const task = ${JSON.stringify(task)};
const features = Float64Array.of(1, 0, -1, 0, 0.5, 1, -0.5, -1);
const labels = Float64Array.of(1, 0, 1, 0);\n`;
  const imports = programs[3]!.lastIndexOf('import ');
  const end = programs[3]!.indexOf('\n', imports) + 1;
  const body = programs[3]!
    .slice(end)
    .replace('planTraining(task)', "planTraining(task, { security: 'none' })");
  const output = await printed(programs[3]!.slice(0, end) + given + body, 'readme-4');
  t.regex(output, /^1 [\d.]+\n2 [\d.]+\n3 [\d.]+\n4 [\d.]+\n\[\s+Float64Array\(3\)/);
});

test('the plan of the README is one', async (t) => {
  t.regex(await printed(programs[2]!, 'readme-3'), /^\d+ [\d.]+ 0 \[[^]*modular reduction/);
});
