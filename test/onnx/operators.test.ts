import test from 'ava';
import { agrees, floats, integers, node, onnxFile, random } from './support.js';
import type { Fields, File } from './support.js';

// Every operator that is read, in the clear against onnxruntime on the same file.

const vector = random(5);

interface Case {
  readonly title: string;
  /** Of one sample. */
  readonly sample: readonly number[];
  readonly nodes: readonly Fields[];
  readonly weights?: readonly Fields[];
  readonly opset?: number;
  /** Only for a batch of one: axes are moved or reduced that a batch does not survive. */
  readonly single?: boolean;
}

const w = (...dims: number[]): Fields => floats('w', dims, vector(dims.reduce((a, b) => a * b, 1)));
const named = (name: string, ...dims: number[]): Fields => ({ ...w(...dims), name });
const one = (operator: string, more: readonly string[] = [], attributes = {}): readonly Fields[] => [
  node(operator, ['x', ...more], ['y'], attributes),
];
const scalar = (name: string, value: number): Fields => floats(name, [], [value]);

const cases: readonly Case[] = [
  { title: 'Gemm', sample: [5], nodes: one('Gemm', ['w', 'c']), weights: [w(5, 4), named('c', 4)] },
  {
    title: 'Gemm with alpha, beta and transB',
    sample: [5],
    nodes: one('Gemm', ['w', 'c'], { alpha: { float: 0.5 }, beta: { float: -2 }, transB: 1 }),
    weights: [w(4, 5), named('c', 1, 4)],
  },
  { title: 'Gemm without a bias', sample: [5], nodes: one('Gemm', ['w']), weights: [w(5, 4)] },
  {
    title: 'Gemm with one number as bias',
    sample: [5],
    nodes: one('Gemm', ['w', 'c']),
    weights: [w(5, 4), scalar('c', 3)],
  },
  {
    title: 'Gemm of a transposed matrix',
    sample: [1, 5],
    single: true,
    nodes: [node('Reshape', ['x', 'shape'], ['m']), node('Gemm', ['m', 'w', 'c'], ['y'], { transA: 1 })],
    weights: [integers('shape', [5, 1]), w(5, 2), named('c', 1, 1)],
  },
  {
    title: 'Gemm whose C depends on the input',
    sample: [4],
    nodes: one('Gemm', ['w', 'x'], { beta: { float: 0.25 } }),
    weights: [w(4, 4)],
  },
  { title: 'MatMul', sample: [5], nodes: one('MatMul', ['w']), weights: [w(5, 4)] },
  { title: 'MatMul of rows', sample: [3, 5], nodes: one('MatMul', ['w']), weights: [w(5, 4)] },
  { title: 'MatMul by a vector', sample: [3, 5], nodes: one('MatMul', ['w']), weights: [w(5)] },
  {
    title: 'MatMul from the left',
    sample: [5, 3],
    nodes: [node('MatMul', ['w', 'x'], ['y'])],
    weights: [w(4, 5)],
  },
  {
    title: 'MatMul from the left of many',
    sample: [2, 5, 3],
    nodes: [node('MatMul', ['w', 'x'], ['y'])],
    weights: [w(4, 5)],
  },
  {
    title: 'MatMul of a vector from the left',
    sample: [5, 3],
    nodes: [node('MatMul', ['w', 'x'], ['y'])],
    weights: [w(5)],
  },
  { title: 'Add of a bias', sample: [4], nodes: one('Add', ['w']), weights: [w(4)] },
  { title: 'Add by channels', sample: [3, 2, 4], nodes: one('Add', ['w']), weights: [w(3, 1, 1)] },
  { title: 'Add by columns', sample: [3, 2, 4], nodes: one('Add', ['w']), weights: [w(4)] },
  { title: 'Add of every element', sample: [3, 2, 4], nodes: one('Add', ['w']), weights: [w(1, 3, 2, 4)] },
  {
    title: 'Add that makes the input larger',
    sample: [3, 1, 4],
    nodes: one('Add', ['w']),
    weights: [w(3, 5, 1)],
  },
  { title: 'Sub', sample: [4], nodes: one('Sub', ['w']), weights: [w(4)] },
  { title: 'Sub from a constant', sample: [4], nodes: [node('Sub', ['w', 'x'], ['y'])], weights: [w(4)] },
  { title: 'Mul by channels', sample: [3, 2, 4], nodes: one('Mul', ['w']), weights: [w(3, 1, 1)] },
  { title: 'Div', sample: [4], nodes: one('Div', ['w']), weights: [floats('w', [4], [1, -2, 4, 0.3])] },
  { title: 'Neg', sample: [4], nodes: one('Neg') },
  { title: 'Pow 2', sample: [4], nodes: one('Pow', ['w']), weights: [scalar('w', 2)] },
  { title: 'Pow 3', sample: [4], nodes: one('Pow', ['w']), weights: [scalar('w', 3)] },
  { title: 'Mul of the input with itself', sample: [4], nodes: one('Mul', ['x']) },
  {
    title: 'sums, differences and products of two tensors',
    sample: [4],
    nodes: [
      node('MatMul', ['x', 'w'], ['a']),
      node('Add', ['a', 'x'], ['b']),
      node('Sub', ['b', 'v'], ['c']),
      node('Mul', ['c', 'a'], ['d']),
      node('Sub', ['d', 'x'], ['e']),
      node('Sum', ['v', 'v', 'e', 'x', 'a'], ['y']),
    ],
    weights: [w(4, 4), named('v', 4)],
  },
  {
    title: 'two tensors that broadcast',
    sample: [3, 4, 5],
    nodes: [
      node('GlobalAveragePool', ['x'], ['a']),
      node('Mul', ['x', 'a'], ['b']),
      node('ReduceMean', ['x'], ['c'], { axes: [2], keepdims: 1 }),
      node('Add', ['b', 'c'], ['d']),
      node('ReduceMean', ['x'], ['e'], { axes: [1, 3], keepdims: 1 }),
      node('Sub', ['e', 'd'], ['y']),
    ],
  },
  {
    title: 'Conv',
    sample: [2, 6, 7],
    nodes: one('Conv', ['w', 'b']),
    weights: [w(3, 2, 3, 2), named('b', 3)],
  },
  {
    title: 'Conv with strides, dilations and uneven pads',
    sample: [2, 9, 8],
    nodes: one('Conv', ['w'], {
      strides: [2, 1],
      dilations: [1, 2],
      pads: [1, 0, 2, 3],
      kernel_shape: [3, 2],
    }),
    weights: [w(3, 2, 3, 2)],
  },
  {
    title: 'Conv by groups',
    sample: [4, 5, 5],
    nodes: one('Conv', ['w'], { group: 2 }),
    weights: [w(6, 2, 3, 3)],
  },
  {
    title: 'Conv by channels (depthwise)',
    sample: [4, 5, 5],
    nodes: one('Conv', ['w', 'b'], { group: 4, pads: [1, 1, 1, 1] }),
    weights: [w(4, 1, 3, 3), named('b', 4)],
  },
  ...(['SAME_UPPER', 'SAME_LOWER', 'VALID'] as const).flatMap((mode) => [
    {
      title: `Conv with auto_pad ${mode}`,
      sample: [2, 7, 6],
      nodes: one('Conv', ['w'], { auto_pad: mode, strides: [2, 2] }),
      weights: [w(3, 2, 2, 3)],
    },
    {
      title: `AveragePool with auto_pad ${mode}`,
      sample: [2, 7, 6],
      nodes: one('AveragePool', [], { auto_pad: mode, kernel_shape: [2, 3], strides: [2, 2] }),
    },
  ]),
  {
    title: 'Conv of signals',
    sample: [2, 9],
    nodes: one('Conv', ['w', 'b'], { strides: [2], pads: [1, 2] }),
    weights: [w(3, 2, 4), named('b', 3)],
  },
  {
    title: 'AveragePool',
    sample: [2, 6, 7],
    nodes: one('AveragePool', [], { kernel_shape: [2, 3], strides: [2, 2] }),
  },
  {
    title: 'AveragePool that leaves out the edges',
    sample: [2, 5, 5],
    nodes: one('AveragePool', [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  },
  {
    title: 'AveragePool that counts the edges',
    sample: [2, 5, 5],
    nodes: one('AveragePool', [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  },
  {
    title: 'AveragePool with a ceil_mode without effect',
    sample: [2, 6, 6],
    nodes: one('AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
  },
  {
    title: 'AveragePool of signals',
    sample: [2, 8],
    nodes: one('AveragePool', [], { kernel_shape: [3], strides: [2] }),
  },
  { title: 'GlobalAveragePool', sample: [3, 4, 5], nodes: one('GlobalAveragePool') },
  { title: 'GlobalAveragePool of signals', sample: [3, 4], nodes: one('GlobalAveragePool') },
  {
    title: 'ReduceMean over places',
    sample: [3, 4, 5],
    nodes: one('ReduceMean', [], { axes: [2, 3], keepdims: 0 }),
  },
  { title: 'ReduceMean over axes apart', sample: [3, 4, 5], nodes: one('ReduceMean', [], { axes: [-1, 1] }) },
  {
    title: 'ReduceMean with its axes as an input',
    sample: [3, 4, 5],
    nodes: one('ReduceMean', ['axes'], { keepdims: 0 }),
    weights: [integers('axes', [-2])],
    opset: 18,
  },
  { title: 'ReduceMean over everything', sample: [3, 4], nodes: one('ReduceMean'), single: true },
  {
    title: 'ReduceSum',
    sample: [3, 4],
    nodes: one('ReduceSum', ['axes']),
    weights: [integers('axes', [1, 2])],
  },
  {
    title: 'BatchNormalization',
    sample: [3, 2, 2],
    nodes: one('BatchNormalization', ['w', 'b', 'mean', 'variance'], { epsilon: { float: 0.01 } }),
    weights: [w(3), named('b', 3), named('mean', 3), floats('variance', [3], [0.5, 2, 0])],
  },
  {
    title: 'BatchNormalization of units',
    sample: [3],
    nodes: one('BatchNormalization', ['w', 'b', 'mean', 'variance']),
    weights: [w(3), named('b', 3), named('mean', 3), floats('variance', [3], [0.5, 2, 1])],
  },
  { title: 'Flatten', sample: [2, 3, 2], nodes: one('Flatten') },
  {
    title: 'Flatten at a later axis',
    sample: [2, 3, 2],
    nodes: one('Flatten', [], { axis: -1 }),
    single: true,
  },
  {
    title: 'Reshape with 0 and -1',
    sample: [2, 3, 2],
    nodes: one('Reshape', ['s']),
    weights: [integers('s', [0, 3, -1])],
  },
  {
    title: 'Reshape with the batch worked out',
    sample: [2, 3, 2],
    nodes: one('Reshape', ['s']),
    weights: [integers('s', [-1, 4, 3])],
  },
  {
    title: 'Reshape that drops the batch of one',
    sample: [2, 6],
    single: true,
    nodes: [node('Reshape', ['x', 's'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
    weights: [integers('s', [4, -1]), w(3, 2)],
  },
  {
    title: 'Squeeze and Unsqueeze',
    sample: [2, 1, 3],
    nodes: [
      node('Squeeze', ['x', 'two'], ['a']),
      node('Unsqueeze', ['a', 'axes'], ['b']),
      node('Transpose', ['b'], ['y'], { perm: [0, 4, 1, 2, 3] }),
    ],
    weights: [integers('two', [2]), integers('axes', [1, -1])],
  },
  {
    title: 'Squeeze and Unsqueeze with their axes as attributes',
    sample: [2, 1, 3],
    nodes: [node('Squeeze', ['x'], ['a'], { axes: [2] }), node('Unsqueeze', ['a'], ['y'], { axes: [3] })],
    opset: 11,
  },
  { title: 'Squeeze of every axis of size 1', sample: [2, 1, 3], nodes: one('Squeeze'), single: true },
  { title: 'Transpose', sample: [2, 3, 4], nodes: one('Transpose', [], { perm: [0, 2, 3, 1] }) },
  { title: 'Transpose of every axis', sample: [2, 3, 4], nodes: one('Transpose'), single: true },
  {
    title: 'Pad',
    sample: [2, 3, 4],
    nodes: one('Pad', ['p']),
    weights: [integers('p', [0, 0, 1, 2, 0, 1, 0, 3])],
  },
  {
    title: 'Pad with axes',
    sample: [2, 3, 4],
    nodes: one('Pad', ['p', '', 'a']),
    weights: [integers('p', [1, 2]), integers('a', [-1])],
    opset: 18,
  },
  {
    title: 'Pad by attributes',
    sample: [2, 3],
    nodes: one('Pad', [], { pads: [0, 1, 0, 0, 0, 2] }),
    opset: 10,
  },
  {
    title: 'Concat',
    sample: [2, 3],
    nodes: [
      node('Neg', ['x'], ['a']),
      node('Concat', ['x', 'a', 'x'], ['b'], { axis: 1 }),
      node('Concat', ['b', 'b'], ['y'], { axis: -1 }),
    ],
  },
  { title: 'Identity', sample: [3], nodes: one('Identity') },
  {
    title: 'Dropout',
    sample: [3],
    nodes: one('Dropout', ['r', 't']),
    weights: [scalar('r', 0.5), { name: 't', dataType: 9, int32Data: [0] }],
  },
  { title: 'Expand', sample: [3, 1], nodes: one('Expand', ['s']), weights: [integers('s', [1, 3, 4])] },
  { title: 'Relu', sample: [9], nodes: one('Relu') },
  { title: 'Sigmoid', sample: [9], nodes: one('Sigmoid') },
  { title: 'Tanh', sample: [9], nodes: one('Tanh') },
  { title: 'Softplus', sample: [9], nodes: one('Softplus') },
  { title: 'Erf', sample: [9], nodes: one('Erf') },
  { title: 'Gelu', sample: [9], nodes: one('Gelu'), opset: 20 },
  { title: 'Gelu by tanh', sample: [9], nodes: one('Gelu', [], { approximate: 'tanh' }), opset: 20 },
  { title: 'HardSwish', sample: [9], nodes: one('HardSwish') },
  {
    title: 'HardSigmoid',
    sample: [9],
    nodes: one('HardSigmoid', [], { alpha: { float: 0.3 }, beta: { float: 0.4 } }),
  },
  { title: 'Mish', sample: [9], nodes: one('Mish'), opset: 18 },
  { title: 'Abs', sample: [9], nodes: one('Abs') },
  { title: 'LeakyRelu', sample: [9], nodes: one('LeakyRelu', [], { alpha: { float: 0.2 } }) },
  { title: 'PRelu', sample: [3, 2, 2], nodes: one('PRelu', ['w']), weights: [w(3, 1, 1)] },
  { title: 'Elu', sample: [9], nodes: one('Elu') },
  { title: 'Elu with alpha', sample: [9], nodes: one('Elu', [], { alpha: { float: 0.5 } }) },
  { title: 'Selu', sample: [9], nodes: one('Selu') },
  { title: 'Celu', sample: [9], nodes: one('Celu', [], { alpha: { float: 1.5 } }) },
  {
    title: 'Clip',
    sample: [9],
    nodes: one('Clip', ['l', 'h']),
    weights: [scalar('l', -0.5), scalar('h', 1.25)],
  },
  { title: 'Clip from below', sample: [9], nodes: one('Clip', ['l']), weights: [scalar('l', -0.5)] },
  { title: 'Clip from above', sample: [9], nodes: one('Clip', ['', 'h']), weights: [scalar('h', 0.5)] },
  {
    title: 'Clip by attributes',
    sample: [9],
    nodes: one('Clip', [], { min: { float: 0 }, max: { float: 6 } }),
    opset: 10,
  },
  {
    title: 'Cast of constants',
    sample: [4],
    nodes: [node('Cast', ['w'], ['v'], { to: 1 }), node('Mul', ['x', 'v'], ['y'])],
    weights: [integers('w', [1, -2, 3, 4])],
  },
  {
    title: 'constants by every kind of node',
    sample: [4],
    nodes: [
      node('Constant', [], ['a'], { value: { tensor: floats('', [4], [1, 2, 3, 4]) } }),
      node('Constant', [], ['b'], { value_float: { float: 0.5 } }),
      node('Constant', [], ['n'], { value_ints: [4] }),
      node('ConstantOfShape', ['n'], ['c'], { value: { tensor: floats('', [1], [0.25]) } }),
      node('Mul', ['a', 'b'], ['d']),
      node('Sqrt', ['d'], ['e']),
      node('Sub', ['e', 'c'], ['f']),
      node('Add', ['x', 'f'], ['y']),
    ],
  },
  {
    title: 'the arithmetic of shapes that exporters write before Reshape',
    sample: [2, 3, 4],
    nodes: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n'], { axis: 0 }),
      node('Unsqueeze', ['n', 'axis'], ['first']),
      node('Slice', ['shape', 'one', 'end'], ['tail']),
      node('ReduceProd', ['tail'], ['rest']),
      node('Mul', ['rest', 'two'], ['twice']),
      node('Div', ['twice', 'two'], ['once']),
      node('Cast', ['once'], ['size'], { to: 7 }),
      node('Concat', ['first', 'size'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['y']),
    ],
    weights: [
      integers('zero', [0], []),
      integers('axis', [0]),
      integers('one', [1]),
      integers('end', [2 ** 52]),
      integers('two', [2]),
    ],
  },
];

for (const { title, sample, nodes, weights = [], opset = 17, single = false } of cases) {
  const file = (input: File['input']): Uint8Array => onnxFile({ nodes, weights, input, opset });
  if (!single) {
    test(`${title}: as onnxruntime computes it, for a batch of any size`, async (t) => {
      await agrees(t, file(['batch', ...sample]), sample);
    });
  }
  test(`${title}: as onnxruntime computes it, for a batch of one`, async (t) => {
    await agrees(t, file([1, ...sample]), sample, { batch: 1 });
  });
}
