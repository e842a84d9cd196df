import test from 'ava';
import { FormatError } from '../../lib/errors.js';
import {
  activation,
  add,
  affine,
  averagePool2d,
  concat,
  conv2d,
  dense,
  evaluate,
  flatten,
  globalAveragePool,
  graph,
  modelFromBytes,
  modelToBytes,
  pad,
  product,
  reshape,
  sequential,
  transpose,
} from '../../lib/nn/index.js';
import { layerKinds } from '../../lib/nn/layers.js';

const model = sequential([
  dense({ inputs: 2, units: 3, weights: Float64Array.of(1, -1, 0.1, 1e-300, 2, 1 / 3) }),
  activation('silu'),
  dense({ inputs: 3, units: 1, weights: Float64Array.of(-1, -1, 5), bias: Float64Array.of(-0) }),
  activation({ polynomial: [0.5, 0, 2] }),
]);

const wave = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => Math.sin(i + 1));
/** Every kind of layer once. */
const picture = graph([2, 4, 4], (x) => {
  const weights = wave(2 * 2 * 9);
  const convolved = x.apply(conv2d({ channels: 2, filters: 2, kernel: 3, padding: 1, weights }));
  const both = convolved
    .apply(activation('square'))
    .apply(product(), x)
    .apply(add([1, -0.5]), x);
  const shaped = both.apply(affine({ scale: wave(2) })).apply(pad({ before: [0, 1, 0], after: [0, 1, 2] }));
  const pooled = shaped.apply(averagePool2d({ kernel: 2 })).apply(transpose([1, 0, 2]));
  const joined = pooled
    .apply(reshape([2, 3, 3]))
    .apply(concat(), both.apply(averagePool2d({ kernel: [2, 2], stride: 1 })));
  const mean = joined.apply(globalAveragePool()).apply(flatten());
  return mean.apply(dense({ inputs: 4, units: 2, weights: wave(8) }));
});

const parsed = (): { nodes: { from: number[]; layer: Record<string, unknown> }[] } & Record<
  string,
  unknown
> => JSON.parse(Buffer.from(modelToBytes(model)).toString('utf8')) as never;
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

test('a model comes back from its bytes, bit for bit', (t) => {
  const bytes = modelToBytes(model);
  const read = modelFromBytes(bytes);
  t.deepEqual(read, model);
  t.deepEqual(modelToBytes(read), bytes);
});

test('every kind of layer comes back, and computes the same', (t) => {
  t.deepEqual(
    [...new Set(picture.nodes.map(({ layer }) => layer.kind))].toSorted(),
    [...layerKinds].toSorted(),
  );
  const read = modelFromBytes(modelToBytes(picture));
  t.deepEqual(read, picture);
  t.deepEqual(evaluate(read, wave(64)), evaluate(picture, wave(64)));
});

test('a model file with a wrong field is refused by the name of the field', (t) => {
  type Parsed = ReturnType<typeof parsed>;
  const changes: readonly [field: string, change: (value: Parsed) => unknown][] = [
    ['whole', (value) => (value.extra = 1)],
    ['format', (value) => (value.format = 'ciphernet-plan')],
    ['inputShape', (value) => (value.inputShape = [])],
    ['nodes.0', (value) => (value.inputShape = [3])],
    ['nodes.0.from', (value) => (value.nodes[0]!.from = [1])],
    ['nodes.0.layer', (value) => (value.nodes[0]!.layer.units = 4)],
    ['nodes.0.layer.weights', (value) => (value.nodes[0]!.layer.weights = 'AAAA')],
    ['nodes.0.layer.weights', (value) => (value.nodes[0]!.layer.weights = '!')],
    [
      'nodes.0.layer.bias',
      (value) => (value.nodes[0]!.layer.bias = Buffer.alloc(24, 0xff).toString('base64')),
    ],
    ['nodes.1.layer', (value) => (value.nodes[1]!.layer = { kind: 'lstm' })],
    ['nodes.1.layer', (value) => (value.nodes[1]!.layer.extra = 1)],
    ['nodes.1.layer.function', (value) => (value.nodes[1]!.layer.function = 'step')],
    ['nodes.3.layer', (value) => (value.nodes[3]!.layer.function = { polynomial: [1, 0] })],
    ['nodes.2', (value) => (value.nodes[2]!.layer = value.nodes[0]!.layer)],
    ['nodes', (value) => (value.nodes = [])],
  ];
  for (const [field, change] of changes) {
    const value = parsed();
    change(value);
    const error = t.throws(
      () => modelFromBytes(bytesOf(value)),
      { instanceOf: FormatError, code: 'FORMAT_CORRUPT' },
      field,
    );
    t.true(error.message.includes(field), `${field}: ${error.message}`);
  }
  t.throws(() => modelFromBytes(bytesOf({ ...parsed(), version: 2 })), { code: 'FORMAT_VERSION' });
  t.throws(() => modelFromBytes(Buffer.from('{')), { code: 'FORMAT_CORRUPT' });
  t.throws(() => modelFromBytes(Buffer.from('null')), { code: 'FORMAT_CORRUPT' });
});
