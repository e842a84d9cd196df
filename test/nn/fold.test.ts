import test from 'ava';
import { CiphernetError } from '../../lib/errors.js';
import { activation, calibrate, dense, evaluate, executeInClear, sequential } from '../../lib/nn/index.js';
import type { Layer, Model } from '../../lib/nn/index.js';
import { foldModel, rowNorm } from '../../lib/nn/plan/fold.js';
import { SeededRandom } from '../../examples/digits/random.js';

const random = new SeededRandom(7);
const vector = (length: number, size = 1): Float64Array =>
  Float64Array.from({ length }, () => random.symmetric(size));
const layer = (inputs: number, units: number): Layer =>
  dense({ inputs, units, weights: vector(inputs * units), bias: vector(units) });

function deviation(model: Model, rows: Float64Array): number {
  const folded = executeInClear(foldModel(model, calibrate(model, rows)), model.inputs, rows);
  const direct = evaluate(model, rows);
  return folded.reduce((worst, value, i) => Math.max(worst, Math.abs(value - direct[i]!)), 0);
}

for (const [title, polynomial] of [
  ['a square', [0, 0, 1]],
  ['a parabola with its vertex inside', [0.3, -0.2, 0.7]],
  ['a parabola with its vertex outside', [0.1, 0.5, 0.084]],
  ['a parabola that opens downwards', [0.1, 0.5, -0.4]],
  ['a cubic', [0.1, 0.5, -0.2, 0.05]],
  ['a polynomial of degree 7', [0.1, 0.9, 0, -0.11, 0, 0.01, 0, -0.0003]],
] as const) {
  test(`folding scales into the weights around ${title} leaves the outputs as they were`, (t) => {
    const model = sequential([layer(6, 9), activation({ polynomial: [...polynomial] }), layer(9, 4)]);
    t.true(deviation(model, vector(6 * 50)) < 1e-12);
  });
}

test('hidden values of the folded network lie in [-1, 1] on the calibration rows', (t) => {
  const model = sequential([
    layer(5, 8),
    activation({ polynomial: [0.2, 0.5, 0.1] }),
    layer(8, 8),
    activation('square'),
    layer(8, 3),
  ]);
  const rows = vector(5 * 200);
  const steps = foldModel(model, calibrate(model, rows));
  t.deepEqual(
    steps.map((step) => step.kind),
    ['dense', 'square', 'dense', 'square', 'dense'],
  );
  for (const end of [1, 3]) {
    const hidden = executeInClear(steps.slice(0, end), 5, rows);
    t.true(hidden.every((value) => Math.abs(value) <= 1));
    t.true(
      hidden.some((value) => Math.abs(value) > 0.5),
      'the range is used',
    );
  }
});

test('consecutive dense layers become one', (t) => {
  const model = sequential([layer(4, 6), layer(6, 5), activation('square'), layer(5, 3), layer(3, 2)]);
  const rows = vector(4 * 20);
  t.is(foldModel(model, calibrate(model, rows)).length, 3);
  t.true(deviation(model, rows) < 1e-12);
});

test('a network that ends with an activation is refused', (t) => {
  const model = sequential([layer(4, 6), activation('square')]);
  const error = t.throws(() => foldModel(model, calibrate(model, vector(8))), { instanceOf: CiphernetError });
  t.regex(error.message, /end the network with a dense layer/);
});

test('a parabola that is a straight line in all but name is refused', (t) => {
  const model = sequential([layer(4, 6), activation({ polynomial: [0, 1, 1e-9] }), layer(6, 2)]);
  const error = t.throws(() => foldModel(model, calibrate(model, vector(40))), {
    instanceOf: CiphernetError,
  });
  t.regex(error.message, /straight line/);
});

test('an activation that is no polynomial yet is refused', (t) => {
  const model = sequential([layer(4, 6), activation('silu'), layer(6, 2)]);
  t.throws(() => foldModel(model, calibrate(model, vector(40))), { instanceOf: CiphernetError });
});

test('the norm of a row is the largest sum of magnitudes', (t) => {
  t.is(
    rowNorm({
      kind: 'dense',
      inputs: 2,
      units: 2,
      weights: Float64Array.of(1, -2, 0.5, 0.25),
      bias: new Float64Array(2),
    }),
    3,
  );
});
