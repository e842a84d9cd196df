import test from 'ava';
import { CiphernetError, FormatError } from '../../lib/errors.js';
import { evaluate } from '../../lib/nn/index.js';
import { readOnnx } from '../../lib/onnx/index.js';
import { agrees, floats, integers, node, onnxFile, random } from './support.js';
import type { Fields, File } from './support.js';
import { SeededRandom } from '../../examples/support/random.js';

// Bytes of strangers: sizes, counts, truncation and changes; and weights of every type.

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
const raw = (name: string, dims: readonly number[], dataType: number, bytes: number): Fields => ({
  name,
  dims,
  dataType,
  rawData: new Uint8Array(bytes),
});

const big = 2 ** 26;
/** A constant of one number made as large as a file of a hundred bytes may ask. */
const grown = (operator: string): readonly Fields[] => [
  node('ConstantOfShape', ['n'], ['w']),
  node(operator, ['x', 'w'], ['y']),
];

const tooLarge: readonly (readonly [title: string, file: File])[] = [
  ['weights of 2^60 elements without data', { ...sound, weights: [raw('w', [2 ** 30, 2 ** 30], 1, 0)] }],
  ['weights of more elements than are read', { ...sound, weights: [raw('w', [big + 1], 1, 0)] }],
  ['weights of nine axes', { ...sound, weights: [raw('w', [1, 1, 1, 1, 1, 1, 1, 1, 1], 1, 4)] }],
  ['an input of 2^40 numbers', { nodes: one('Neg'), input: ['n', 2 ** 20, 2 ** 20] }],
  ['an input of nine axes', { nodes: one('Neg'), input: ['n', 1, 1, 1, 1, 1, 1, 1, 1] }],
  ['a constant that is made large', { nodes: grown('MatMul'), input: x4, weights: [integers('n', [big])] }],
  [
    'a constant beyond what is read',
    { nodes: grown('Add'), input: x4, weights: [integers('n', [2 ** 31, 2 ** 31])] },
  ],
  [
    'padding beyond what is read',
    {
      nodes: one('Pad', ['p']),
      input: ['n', 4, 4, 4],
      weights: [integers('p', [0, 60000, 60000, 0, 0, 0, 0, 0])],
    },
  ],
  [
    'a tensor that is repeated very often',
    { nodes: one('Expand', ['s']), input: ['n', 4, 1], weights: [integers('s', [1, 4, 65536])] },
  ],
  [
    'many tensors, each repeated often',
    {
      nodes: [
        ...Array.from({ length: 100 }, (_, i) => node('Expand', ['x', 's'], [`e${i}`])),
        node(
          'Sum',
          Array.from({ length: 100 }, (_, i) => `e${i}`),
          ['y'],
        ),
      ],
      input: ['n', 4, 1],
      weights: [integers('s', [1, 4, 16384])],
    },
  ],
  [
    'constants that double at each node',
    {
      nodes: [
        ...Array.from({ length: 30 }, (_, i) =>
          node('Concat', [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: 0 }),
        ),
        node('Add', ['x', 'c30'], ['y']),
      ],
      input: x4,
      weights: [floats('c0', [16], vector(16))],
    },
  ],
];

for (const [title, file] of tooLarge) {
  test(`refused before it is allocated: ${title}`, (t) => {
    const error = t.throws(() => readOnnx(onnxFile(file)), { instanceOf: FormatError });
    t.is(error.code, 'FORMAT_TOO_LARGE', error.message);
  });
}

test('more messages than a network has are refused while they are read', (t) => {
  const graph = new Uint8Array(2 ** 20).map((_, i) => (i % 2 === 0 ? 0x0a : 0)); // Empty nodes.
  const bytes = Buffer.concat([Uint8Array.of(0x3a, 0x80, 0x80, 0x40), graph]);
  const error = t.throws(() => readOnnx(bytes), { instanceOf: FormatError, message: /graph\.node\[\d+\]/ });
  t.is(error.code, 'FORMAT_TOO_LARGE');
});

test('bytes of something else are no ONNX file', (t) => {
  for (const bytes of [
    new Uint8Array(),
    Buffer.from('{"format":"ciphernet-model"}'),
    Buffer.from('\u0089PNG\r\n'),
    new Uint8Array(64),
  ])
    t.throws(() => readOnnx(bytes), { instanceOf: FormatError });
  t.throws(() => readOnnx('model.onnx' as never), { code: 'INVALID_ARGUMENT', message: /a Uint8Array/ });
  t.throws(() => readOnnx(onnxFile(sound), { shape: [4] } as never), { message: /Unknown option shape/ });
});

test('a file that ends early is refused at every length', (t) => {
  const bytes = onnxFile(sound);
  for (let length = 0; length < bytes.length; ++length) {
    // Where it ends after a field, what follows is missing.
    const error = t.throws(() => readOnnx(bytes.subarray(0, length)), { instanceOf: FormatError });
    t.true(['FORMAT_TRUNCATED', 'FORMAT_CORRUPT'].includes(error.code), error.code);
  }
  t.notThrows(() => readOnnx(bytes));
});

test('a nested field that reaches beyond what holds it is refused, and groups are', (t) => {
  const field = (bytes: readonly number[]) =>
    t.throws(() => readOnnx(Uint8Array.from(bytes)), { instanceOf: FormatError });
  t.regex(field([0x3a, 2, 0x0a, 5]).message, /graph\.node/);
  t.is(field([0x3a, 2, 0x0a, 5]).code, 'FORMAT_TRUNCATED');
  t.regex(field(Array.from({ length: 20000 }, (_, i) => [0xa3, 0x06][i % 2]!)).message, /is a group/);
  t.regex(field([0x38, 1]).message, /graph has wire type 0 instead of 2/);
  t.regex(field([0x3a, 0, 0x3a, 0]).message, /graph appears twice/);
});

test('whatever byte changes, a file is read or refused by a typed error', (t) => {
  const source = new SeededRandom(17);
  const bytes = onnxFile({
    nodes: [
      node('Conv', ['x', 'w'], ['a'], { pads: [1, 1, 1, 1] }),
      node('Relu', ['a'], ['b']),
      node('Reshape', ['b', 's'], ['y']),
    ],
    input: picture,
    weights: [w(3, 2, 3, 3), integers('s', [0, -1])],
  });
  let refused = 0;
  for (let round = 0; round < 3000; ++round) {
    const changed = bytes.slice();
    const at = Math.floor(((source.symmetric(1) + 1) / 2) * bytes.length) % bytes.length;
    changed[at] = (changed[at]! + 1 + (round % 255)) & 255;
    try {
      readOnnx(changed);
    } catch (error) {
      if (!(error instanceof CiphernetError)) throw error;
      ++refused;
    }
  }
  t.true(refused > 300 && refused < 3000);
});

test('weights of every type of number are read alike, packed or as bytes', async (t) => {
  const values = [1, -2, 0.5, 3];
  const bytesOf = (array: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer);
  const half = [0x3c00, 0xc000, 0x3800, 0x4200];
  const brain = [0x3f80, 0xc000, 0x3f00, 0x4040];
  const forms: readonly Fields[] = [
    { dataType: 1, floatData: values },
    { dataType: 1, rawData: bytesOf(Float32Array.from(values)) },
    { dataType: 11, doubleData: values },
    { dataType: 11, rawData: bytesOf(Float64Array.from(values)) },
    { dataType: 10, int32Data: half },
    { dataType: 10, rawData: bytesOf(Uint16Array.from(half)) },
    { dataType: 16, int32Data: brain },
    { dataType: 16, rawData: bytesOf(Uint16Array.from(brain)) },
  ];
  for (const form of forms) {
    const bytes = onnxFile({
      nodes: one('Mul', ['w']),
      input: x4,
      weights: [{ name: 'w', dims: [4], ...form }],
    });
    t.deepEqual([...evaluate(readOnnx(bytes), Float64Array.of(1, 1, 1, 1))], values);
  }
  const whole = [1, -2, 100, 3];
  const integersOf: readonly Fields[] = [
    { dataType: 3, int32Data: whole },
    { dataType: 3, rawData: bytesOf(Int8Array.from(whole)) },
    { dataType: 5, rawData: bytesOf(Int16Array.from(whole)) },
    { dataType: 6, int32Data: whole },
    { dataType: 6, rawData: bytesOf(Int32Array.from(whole)) },
    { dataType: 7, int64Data: whole },
    { dataType: 7, rawData: bytesOf(BigInt64Array.from(whole.map(BigInt))) },
  ];
  for (const form of integersOf) {
    const nodes = [node('Cast', ['w'], ['v'], { to: 1 }), node('Add', ['x', 'v'], ['y'])];
    await agrees(t, onnxFile({ nodes, input: x4, weights: [{ name: 'w', dims: [4], ...form }] }), [4]);
  }
});
