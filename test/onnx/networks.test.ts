import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { Client } from '../../lib/client.js';
import { compile, evaluate } from '../../lib/nn/index.js';
import type { Model } from '../../lib/nn/index.js';
import { readOnnx } from '../../lib/onnx/index.js';
import { Server } from '../../lib/server.js';
import { agrees, floats, node, onnxFile, random, runOnnx } from './support.js';
import type { Fields } from './support.js';

const exports = new URL('../fixtures/onnx/', import.meta.url);
const vector = random(9);
const weights = (name: string, ...dims: number[]): Fields =>
  floats(
    name,
    dims,
    vector(
      dims.reduce((a, b) => a * b, 1),
      0.5,
    ),
  );
const functionsOf = (model: Model): unknown[] =>
  model.nodes.flatMap(({ layer }) => (layer.kind === 'activation' ? [layer.function] : []));

const samples: Readonly<Record<string, readonly number[]>> = {
  perceptron: [6],
  lenet: [1, 16, 16],
  residual: [3, 8, 8],
  mobile: [3, 12, 12],
};

const files = readdirSync(exports);

test('there is an export of each network by either exporter', (t) => {
  t.is(files.length, 2 * Object.keys(samples).length);
});

for (const file of files) {
  test(`${file}, as PyTorch exports it, gives what onnxruntime gives`, async (t) => {
    await agrees(t, readFileSync(new URL(file, exports)), samples[file.split('-')[0]!]!);
  });
}

test('Gelu and SiLU are one activation, in whatever operators exporters write them', (t) => {
  for (const exporter of ['torchscript', 'dynamo']) {
    const read = (name: string): Model =>
      readOnnx(readFileSync(new URL(`${name}-${exporter}.onnx`, exports)));
    t.deepEqual(functionsOf(read('perceptron')), ['gelu', 'geluTanh'], exporter);
    t.true(functionsOf(read('residual')).includes('silu'), exporter);
    t.false(
      read('residual').nodes.some(({ layer }) => layer.kind === 'product'),
      exporter,
    );
  }
});

const half = floats('half', [], [0.5]);
const numbers = [
  half,
  floats('one', [], [1]),
  floats('three', [], [3]),
  floats('six', [], [6]),
  floats('root', [1], [Math.SQRT1_2]),
];

for (const [name, nodes] of [
  [
    'gelu',
    [
      node('Mul', ['half', 'x'], ['a']),
      node('Mul', ['x', 'root'], ['b']),
      node('Erf', ['b'], ['c']),
      node('Add', ['one', 'c'], ['d']),
      node('Mul', ['d', 'a'], ['y']),
    ],
  ],
  [
    'hardSwish',
    [
      node('Add', ['x', 'three'], ['a']),
      node('Clip', ['a', '', 'six'], ['b']),
      node('Relu', ['b'], ['c']),
      node('Mul', ['c', 'x'], ['d']),
      node('Div', ['d', 'six'], ['y']),
    ],
  ],
  ['mish', [node('Softplus', ['x'], ['a']), node('Tanh', ['a'], ['b']), node('Mul', ['b', 'x'], ['y'])]],
] as const) {
  test(`${name} in another order of operators is recognised`, async (t) => {
    const model = await agrees(t, onnxFile({ nodes, input: ['n', 7], weights: numbers }), [7]);
    t.deepEqual(functionsOf(model), [name]);
  });
}

test('what only looks like a known activation is computed as it is written', async (t) => {
  const nodes = [
    node('Sigmoid', ['x'], ['a']),
    node('Mul', ['a', 'x'], ['b']),
    node('Add', ['x', 'one'], ['c']),
    node('Sigmoid', ['c'], ['d']),
    node('Mul', ['x', 'd'], ['e']),
    node('Add', ['b', 'e'], ['y']),
  ];
  const model = await agrees(t, onnxFile({ nodes, input: ['n', 7], weights: numbers }), [7]);
  t.deepEqual(functionsOf(model).toSorted(), ['sigmoid', 'silu']);
});

const perceptron = {
  input: ['batch', 6],
  nodes: [
    node('MatMul', ['x', 'w1'], ['a']),
    node('Add', ['a', 'b1'], ['b']),
    node('Tanh', ['b'], ['c']),
    node('Gemm', ['c', 'w2', 'b2'], ['y'], { transB: 1 }),
    node('Softmax', ['y'], ['p'], { axis: -1 }),
  ],
  weights: [weights('w1', 6, 8), weights('b1', 8), weights('w2', 3, 8), weights('b2', 3)],
};

test('a network up to a tensor within it, where what follows has no encrypted counterpart', async (t) => {
  const bytes = onnxFile({ ...perceptron, output: 'p' });
  t.throws(() => readOnnx(bytes), {
    code: 'ONNX_UNSUPPORTED',
    message: /Node 'softmax_p' \(operator 'Softmax'\) .* the option output/,
  });
  const rows = vector(6 * 4);
  const whole = await runOnnx(bytes, rows, [4, 6]);
  const logits = evaluate(readOnnx(bytes, { output: 'y' }), rows);
  for (let row = 0; row < 4; ++row) {
    const powers = logits.slice(3 * row, 3 * row + 3).map(Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, i) => t.true(Math.abs(power / sum - whole[3 * row + i]!) < 1e-6));
  }
});

test('one of several outputs is read by its name, and no more nodes than it needs', async (t) => {
  const graph = { output: [{ name: 'y' }, { name: 'p' }] };
  const bytes = onnxFile({ ...perceptron, graph });
  t.throws(() => readOnnx(bytes), { code: 'ONNX_UNSUPPORTED', message: /2 outputs: 'y', 'p'/ });
  await agrees(t, onnxFile({ ...perceptron }), [6], { output: 'y' });
  t.is(readOnnx(bytes, { output: 'y' }).outputs, 3);
  t.throws(() => readOnnx(bytes, { output: 'z' }), { code: 'INVALID_ARGUMENT', message: /'z'.*'y', 'p'/ });
});

test('sizes that the file leaves open are said by the option inputShape', async (t) => {
  const nodes = [node('GlobalAveragePool', ['x'], ['y'])];
  const bytes = onnxFile({ nodes, input: ['batch', 2, 'height', 'width'] });
  await agrees(t, bytes, [2, 5, 3], { inputShape: [2, 5, 3] });
  t.throws(() => readOnnx(bytes), { code: 'ONNX_UNSUPPORTED', message: /\[\?, 2, \?, \?\].*inputShape/ });
  t.throws(() => readOnnx(bytes, { inputShape: [3, 5, 3] }), {
    code: 'INVALID_ARGUMENT',
    message: /\[2, \?, \?\]/,
  });
});

test('an input without a batch is one sample', async (t) => {
  const nodes = [node('MatMul', ['x', 'w'], ['y'])];
  const bytes = onnxFile({ nodes, input: [6], weights: [weights('w', 6, 2)] });
  await agrees(t, bytes, [6], { unbatched: true });
});

test('a network of single numbers has one number a sample', async (t) => {
  const nodes = [node('Mul', ['x', 'three'], ['a']), node('Sigmoid', ['a'], ['y'])];
  const model = await agrees(t, onnxFile({ nodes, input: ['batch'], weights: numbers }), []);
  t.deepEqual([model.inputs, model.outputs], [1, 1]);
});

test('decrypted outputs of a network from an ONNX file are those of onnxruntime, within the error of the plan', async (t) => {
  const bytes = onnxFile({
    input: ['batch', 1, 6, 6],
    nodes: [
      node('Conv', ['x', 'k', 'b'], ['a'], { strides: [2, 2] }),
      node('Mul', ['a', 'a'], ['s']),
      node('GlobalAveragePool', ['s'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'w', 'c'], ['y']),
    ],
    weights: [weights('k', 3, 1, 3, 3), weights('b', 3), weights('w', 3, 2), weights('c', 2)],
  });
  const rows = vector(36 * 5);
  const { plan, serverModel } = await compile(readOnnx(bytes), { calibration: vector(36 * 300) });
  using client = await Client.create(plan);
  using server = await Server.create(plan, serverModel, await client.evaluationKeys());
  const answers = await client.decrypt(await server.evaluate(await client.encrypt(rows)));
  const clear = await runOnnx(bytes, rows, [5, 1, 6, 6]);
  const bound = plan.predicted.error + 2 ** -19;
  answers.forEach((answer, i) => t.true(Math.abs(answer - clear[i]!) <= bound, `${answer} for ${clear[i]}`));
});
