import test from 'ava';
import { FormatError } from '../../lib/errors.js';
import { onnxOperators, readOnnx } from '../../lib/onnx/index.js';
import { floats, integers, node, onnxFile, random, valueInfo } from './support.js';
import type { Fields, File } from './support.js';

const vector = random(3);
const x4 = ['batch', 4] as const;
const picture = ['batch', 2, 6, 6] as const;
const w = (...dims: number[]): Fields => floats('w', dims, vector(dims.reduce((a, b) => a * b, 1)));
const one = (operator: string, more: readonly string[] = [], attributes = {}): readonly Fields[] => [
  node(operator, ['x', ...more], ['y'], attributes),
];
const sound: File = {
  nodes: one('Gemm', ['w', 'b']),
  input: x4,
  weights: [w(4, 3), floats('b', [3], [1, 2, 3])],
};

/** Files that are sound and ask for what is not read: what the message says. */
const unsupported: readonly (readonly [title: string, file: File, message: RegExp])[] = [
  [
    'an unknown operator is named with its node',
    { nodes: one('LSTM', ['w']), input: x4, weights: [w(4)] },
    /^Node 'lstm_y' \(operator 'LSTM'\) is not supported\. Train a network without recurrence/,
  ],
  [
    'a node without a name is named by its place',
    { nodes: [{ ...one('LSTM')[0], name: '' }], input: x4 },
    /^Node 0 \(operator 'LSTM'\)/,
  ],
  [
    'maximum pooling',
    { nodes: one('MaxPool', [], { kernel_shape: [2, 2] }), input: picture },
    /AveragePool instead/,
  ],
  [
    'an operator of another domain',
    { nodes: [{ ...one('Gelu')[0], domain: 'com.microsoft' }], input: x4 },
    /operator 'com\.microsoft\.Gelu'\) is not supported/,
  ],
  [
    'an operator named as a property of objects',
    { nodes: one('constructor'), input: x4 },
    /'constructor'\) is not supported/,
  ],
  [
    'several inputs',
    { ...sound, graph: { input: [valueInfo('x', x4), valueInfo('z', x4)] } },
    /2 inputs: 'x', 'z'/,
  ],
  ['an input of integers', { ...sound, graph: { input: [valueInfo('x', x4, 7)] } }, /elements of type 7/],
  ['a fixed batch of several samples', { ...sound, input: [32, 4] }, /a batch of 32\. Export/],
  ['operators of an old version', { ...sound, opset: 6 }, /version 6.*convert_version/],
  [
    'weights in another file',
    {
      ...sound,
      weights: [
        {
          name: 'w',
          dims: [4, 3],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: 'location', value: 'w.bin' }],
        },
        floats('b', [3], [1, 2, 3]),
      ],
    },
    /^The tensor 'w' has its data in another file, 'w\.bin'\..*save_as_external_data=False/,
  ],
  [
    'text as weights',
    { ...sound, weights: [{ name: 'w', dims: [4, 3], dataType: 8 }, floats('b', [3], [1, 2, 3])] },
    /type 8/,
  ],
  ['sparse weights', { ...sound, graph: { sparseInitializer: [new Uint8Array()] } }, /sparse/],
  [
    'a product of two matrices of the input',
    { nodes: one('MatMul', ['x']), input: ['batch', 4, 4] },
    /both depend on the input/,
  ],
  [
    'a quotient by the input',
    { nodes: [node('Div', ['w', 'x'], ['y'])], input: x4, weights: [w(4)] },
    /divides by what depends/,
  ],
  [
    'a power that is no integer',
    { nodes: one('Pow', ['e']), input: x4, weights: [floats('e', [], [0.5])] },
    /exponent 0\.5/,
  ],
  [
    'edges of another value',
    {
      nodes: one('Pad', ['p', 'v']),
      input: x4,
      weights: [integers('p', [0, 1, 0, 1]), floats('v', [], [2])],
    },
    /edges with 2/,
  ],
  [
    'edges that are cut off',
    { nodes: one('Pad', ['p']), input: x4, weights: [integers('p', [0, -1, 0, 0])] },
    /cuts off/,
  ],
  [
    'weights that depend on the input',
    { nodes: one('Conv', ['x']), input: picture },
    /weights that depends on the input/,
  ],
  [
    'convolutions of three dimensions',
    { nodes: one('Conv', ['w']), input: ['b', 1, 3, 3, 3], weights: [w(1, 1, 2, 2, 2)] },
    /windows of 3 dimensions/,
  ],
  [
    'windows over the edge',
    {
      nodes: one('AveragePool', [], { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 }),
      input: picture,
    },
    /ceil_mode/,
  ],
  [
    'training mode',
    {
      nodes: one('BatchNormalization', ['w', 'w', 'w', 'w'], { training_mode: 1 }),
      input: picture,
      weights: [w(2)],
    },
    /model\.eval\(\)/,
  ],
  ['rounding', { nodes: one('Cast', [], { to: 7 }), input: x4 }, /rounds to type 7/],
  // The batch has to stay the first axis from input to output.
  [
    'a transposed batch',
    { nodes: one('Transpose', [], { perm: [1, 0] }), input: x4 },
    /moves the axis of the batch/,
  ],
  ['a batch that is reduced', { nodes: one('ReduceMean'), input: x4 }, /along the axis of the batch/],
  ['a batch that is joined', { nodes: one('Concat', ['x'], { axis: 0 }), input: x4 }, /joins samples/],
  [
    'a batch that is reshaped away',
    { nodes: one('Reshape', ['s']), input: x4, weights: [integers('s', [-1, 2])] },
    /mixes the samples of a batch/,
  ],
  [
    'a batch of a fixed size in a shape',
    { nodes: one('Reshape', ['s']), input: x4, weights: [integers('s', [1, 4])] },
    /mixes the samples/,
  ],
  [
    'a batch that is flattened',
    { nodes: one('Flatten', [], { axis: 2 }), input: picture },
    /mixes the samples/,
  ],
  [
    'a constant that differs by samples',
    { nodes: one('Add', ['w']), input: x4, weights: [w(3, 4)] },
    /mixes the samples/,
  ],
  [
    'a batch that is no longer first',
    { nodes: one('Unsqueeze', ['a']), input: x4, weights: [integers('a', [0])] },
    /mixes the samples/,
  ],
  [
    'numbers that depend on the batch',
    {
      nodes: [node('Shape', ['x'], ['s']), node('Gather', ['s', 'i'], ['n']), node('Add', ['x', 'n'], ['y'])],
      input: x4,
      weights: [integers('i', [0])],
    },
    /mixes the samples/,
  ],
];

for (const [title, file, message] of unsupported) {
  test(`refused with a remedy: ${title}`, (t) => {
    const error = t.throws(() => readOnnx(onnxFile(file)), { instanceOf: FormatError, message });
    t.is(error.code, 'ONNX_UNSUPPORTED', error.message);
    t.regex(error.message, /\. [A-Z].*\.$/);
  });
}

const raw = (name: string, dims: readonly number[], dataType: number, bytes: number): Fields => ({
  name,
  dims,
  dataType,
  rawData: new Uint8Array(bytes),
});

/** Files that break the rules of ONNX. */
const malformed: readonly (readonly [title: string, file: File, message: RegExp])[] = [
  [
    'a cycle',
    {
      nodes: [node('Add', ['x', 'b'], ['a']), node('Neg', ['a'], ['b']), node('Neg', ['b'], ['y'])],
      input: x4,
    },
    /depends on its own result/,
  ],
  ['a node that reads its own result', { nodes: one('Add', ['y']), input: x4 }, /depends on its own result/],
  ['a tensor that is not there', { nodes: one('Add', ['z']), input: x4 }, /reads the tensor 'z'/],
  [
    'an output that is not there',
    { nodes: one('Neg'), input: x4, output: 'q' },
    /output 'q' that does not depend/,
  ],
  [
    'an output of constants',
    { nodes: [node('Neg', ['w'], ['y'])], input: x4, weights: [w(4)] },
    /does not depend on the input/,
  ],
  [
    'a second output',
    { nodes: [node('Dropout', ['x'], ['a', 'mask']), node('Neg', ['mask'], ['y'])], input: x4 },
    /second output/,
  ],
  [
    'a tensor that is made twice',
    { nodes: [...one('Neg'), ...one('Relu')], input: x4 },
    /'y', which exists already/,
  ],
  [
    'a tensor over the input',
    { nodes: [node('Neg', ['x'], ['x'])], input: x4, output: 'x' },
    /'x', which exists already/,
  ],
  ['weights of one name', { ...sound, weights: [w(4, 3), w(4, 3)] }, /'w' twice/],
  [
    'an attribute twice',
    { nodes: [{ ...one('Relu')[0], attribute: [{ name: 'a' }, { name: 'a' }] }], input: x4 },
    /'a' twice/,
  ],
  ['a node without an operator', { nodes: [{ input: ['x'], output: ['y'] }], input: x4 }, /no operator/],
  [
    'a node without an output',
    { nodes: [node('Neg', ['x'], [''])], input: x4, output: '' },
    /output '' that/,
  ],
  ['an input without a shape', { ...sound, graph: { input: [valueInfo('x')] } }, /no shape/],
  ['an input of size 0', { ...sound, input: ['n', 0] }, /dimensions \[-1, 0\]/],
  ['no input', { ...sound, graph: { input: [] } }, /no input/],
  ['no output', { ...sound, graph: { output: [] } }, /no output/],
  ['no version of operators', { ...sound, model: { opsetImport: [] } }, /which version/],
  [
    'weights of another length',
    { ...sound, weights: [raw('w', [4, 3], 1, 47)] },
    /47 bytes of data where 12 elements of type float have 48/,
  ],
  [
    'a list of another length',
    { ...sound, weights: [{ name: 'w', dims: [4, 3], dataType: 1, floatData: [1] }] },
    /has 1 elements/,
  ],
  ['a negative dimension', { ...sound, weights: [raw('w', [-4, 3], 1, 48)] }, /dimension of -4/],
  [
    'weights that are not finite',
    { ...sound, weights: [floats('w', [4, 3], new Array(12).fill(NaN)), floats('b', [3], [1, 2, 3])] },
    /^Node 'gemm_y'.*finite/,
  ],
  [
    'weights that do not fit',
    { ...sound, weights: [w(5, 3), floats('b', [3], [1, 2, 3])] },
    /by a matrix with 5 rows/,
  ],
  [
    'a bias that does not fit',
    { ...sound, weights: [w(4, 3), floats('b', [2], [1, 2])] },
    /constant of \[2\]/,
  ],
  [
    'channels that do not fit',
    { nodes: one('Conv', ['w']), input: picture, weights: [w(1, 3, 2, 2)] },
    /3 channels in each of 1 groups/,
  ],
  [
    'a kernel larger than its picture',
    { nodes: one('Conv', ['w']), input: picture, weights: [w(1, 2, 7, 2)] },
    /^Node 'conv_y' .*at least the kernel's/,
  ],
  [
    'a kernel of two sizes',
    { nodes: one('Conv', ['w'], { kernel_shape: [2, 2] }), input: picture, weights: [w(1, 2, 3, 3)] },
    /kernel_shape \[2, 2\]/,
  ],
  [
    'a stride of 0',
    { nodes: one('AveragePool', [], { kernel_shape: [2, 2], strides: [0, 1] }), input: picture },
    /'strides' = \[0, 1\]/,
  ],
  ['a pool without a kernel', { nodes: one('AveragePool'), input: picture }, /^Node 'averagepool_y'/],
  [
    'negative pads',
    { nodes: one('Conv', ['w'], { pads: [0, 0, -1, 0] }), input: picture, weights: [w(1, 2, 2, 2)] },
    /'pads'/,
  ],
  ['an attribute that is missing', { nodes: one('Concat', ['x']), input: x4 }, /lacks the attribute 'axis'/],
  ['axes that are missing', { nodes: one('Unsqueeze'), input: x4 }, /lacks its axes/],
  [
    'an attribute of another type',
    { nodes: one('Conv', ['w'], { group: 'two' }), input: picture, weights: [w(1, 2, 2, 2)] },
    /'group' of type 3 instead of 2/,
  ],
  [
    'a permutation with an axis twice',
    { nodes: one('Transpose', [], { perm: [0, 1, 1, 2] }), input: picture },
    /\[0, 1, 1, 2\] for 4 axes/,
  ],
  [
    'an axis beyond the last',
    { nodes: one('ReduceMean', [], { axes: [4] }), input: picture },
    /axis 4 of a tensor with 4 axes/,
  ],
  [
    'a shape of other elements',
    { nodes: one('Reshape', ['s']), input: x4, weights: [integers('s', [0, 5])] },
    /4 elements the dimensions \[5\]/,
  ],
  [
    'two sizes to work out',
    { nodes: one('Reshape', ['s']), input: picture, weights: [integers('s', [0, -1, -1])] },
    /dimensions \[-1, -1\]/,
  ],
  [
    'sums of other shapes',
    {
      nodes: [
        node('ReduceMean', ['x'], ['a'], { axes: [1], keepdims: 0 }),
        node('MatMul', ['a', 'w'], ['b']),
        node('Add', ['a', 'b'], ['y']),
      ],
      input: ['n', 3, 4],
      weights: [w(4, 3)],
    },
    /combines \[batch, 4\] with \[batch, 3\]/,
  ],
  [
    'joined tensors of other shapes',
    {
      nodes: [node('MatMul', ['x', 'w'], ['a']), node('Concat', ['x', 'a'], ['y'], { axis: 1 })],
      input: ['n', 3, 4],
      weights: [w(4, 3)],
    },
    /differ along axis 0 only/,
  ],
  [
    'a variance below zero',
    {
      nodes: one('BatchNormalization', ['w', 'w', 'w', 'v']),
      input: picture,
      weights: [w(2), floats('v', [2], [1, -1])],
    },
    /variance \+ epsilon of channel 1/,
  ],
  [
    'a quotient by zero',
    { nodes: one('Div', ['w']), input: x4, weights: [floats('w', [], [0])] },
    /^Node 'div_y'.*finite/,
  ],
  [
    'a clip without room',
    { nodes: one('Clip', ['l', 'h']), input: x4, weights: [floats('l', [], [1]), floats('h', [], [0])] },
    /clips to \[1, 0\]/,
  ],
  [
    'an index beyond the last',
    {
      nodes: [
        node('Shape', ['x'], ['s']),
        node('Gather', ['s', 'i'], ['n']),
        node('Reshape', ['x', 'n'], ['y']),
      ],
      input: x4,
      weights: [integers('i', [2])],
    },
    /axis 2 of a tensor with 2 axes/,
  ],
];

for (const [title, file, message] of malformed) {
  test(`refused as no sound model: ${title}`, (t) => {
    const error = t.throws(() => readOnnx(onnxFile(file)), { instanceOf: FormatError, message });
    t.is(error.code, 'FORMAT_CORRUPT', error.message);
  });
}

test('the operators that are read are listed', (t) => {
  for (const operator of ['Gemm', 'Conv', 'Gelu', 'Concat']) t.true(onnxOperators.includes(operator));
  t.true(Object.isFrozen(onnxOperators));
});
