import test from 'ava';
import { SeededRandom } from '../../examples/support/random.js';
import { formatWeights, parseWeights } from '../../examples/support/weights.js';
import { CiphernetError } from '../../lib/errors.js';
import { activation, conv2d, dense, flatten, reshape } from '../../lib/nn/layers.js';

const random = new SeededRandom(3);

const layers = [
  conv2d({
    channels: 2,
    filters: 3,
    kernel: [2, 3],
    stride: 2,
    padding: [0, 1, 2, 0],
    weights: random.vector(36, 0.7),
    bias: random.vector(3, 4),
  }),
  activation({ polynomial: [0.25, 0, 0.125] }),
  flatten(),
  reshape([6]),
  dense({ inputs: 6, units: 4, weights: random.vector(24, 100), bias: new Float64Array(4) }),
  activation('silu'),
];

test('values of the encoding come back unchanged, whatever the layer', (t) => {
  for (const encoding of ['float32', 'int16'] as const) {
    const rounded = parseWeights(formatWeights(layers, encoding)).layers;
    t.deepEqual(
      rounded.map(({ kind }) => kind),
      layers.map(({ kind }) => kind),
    );
    const text = formatWeights(rounded, encoding, { note: [1, 2] });
    t.deepEqual(parseWeights(text), { layers: rounded, facts: { note: [1, 2] } });
  }
});

test('16 bits move no value by more than the largest one over 32767', (t) => {
  const rounded = parseWeights(formatWeights(layers, 'int16')).layers;
  layers.forEach((layer, index) => {
    const other = rounded[index]!;
    if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return;
    if (other.kind !== layer.kind) return;
    const largest = Math.max(...layer.weights.map(Math.abs));
    layer.weights.forEach((value, i) => {
      t.true(Math.abs(other.weights[i]! - value) <= largest / 32767);
    });
  });
});

test('values at the ends of 16 bits, tiny ones and zeros are stored', (t) => {
  for (const values of [
    [32767, -32767],
    [32767.4, 1],
    [32767.5, -1],
    [16383.75, 2],
    [2 ** -40, -(2 ** -41)],
    [0, 0],
  ]) {
    const layer = dense({
      inputs: 2,
      units: 1,
      weights: Float64Array.from(values),
      bias: Float64Array.of(-1),
    });
    const [back] = parseWeights(formatWeights([layer], 'int16')).layers;
    t.true(back?.kind === 'dense');
    if (back?.kind !== 'dense') continue;
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((value, i) => {
      t.true(Math.abs(back.weights[i]! - value) <= largest / 32767);
    });
  }
});

test('another schema, an unknown layer and broken arrays are refused', (t) => {
  const refused = (layer: unknown, message: RegExp): void => {
    t.throws(() => parseWeights(JSON.stringify({ schema: 1, layers: [layer] })), {
      instanceOf: CiphernetError,
      message,
    });
  };
  const zero = 'AAAAAA==';
  t.throws(() => parseWeights('{"schema":2,"layers":[]}'), {
    instanceOf: CiphernetError,
    message: /schema 1/,
  });
  refused({ kind: 'lstm' }, /for layer 0 of a weights file but received "lstm"/);
  const base = { kind: 'dense', inputs: 1, units: 1, bias: zero };
  refused({ ...base, weights: 'AAA=' }, /float32 values .* for the weights of layer 0 but received 2 bytes/);
  refused({ ...base, weights: 5 }, /float32 values .* but received number/);
  refused({ ...base, weights: { scale: 1, int16: 'AA==' } }, /int16 values .* received 1 bytes/);
  for (const scale of [0, -1, '1', null])
    refused({ ...base, weights: { scale, int16: 'AAA=' } }, /a scale above 0 for the weights of layer 0/);
  refused(
    { ...base, weights: Buffer.alloc(8).toString('base64') },
    /Float64Array of length 1|weights of a dense layer/,
  );
});
