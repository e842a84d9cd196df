import test from 'ava';
import { CiphernetError } from '../../lib/errors.js';
import {
  activation,
  averagePool2d,
  batchNorm,
  calibrate,
  concat,
  conv2d,
  dense,
  evaluate,
  executeInClear,
  flatten,
  globalAveragePool,
  graph,
  product,
  residual,
  sequential,
} from '../../lib/nn/index.js';
import type { FoldedLinear } from '../../lib/nn/index.js';
import { sparseFromDense } from '../../lib/nn/sparse.js';
import type { Layer, Model } from '../../lib/nn/index.js';
import { amplificationOf, foldModel, steepest, stepNorm } from '../../lib/nn/plan/fold.js';
import { SeededRandom } from '../../examples/support/random.js';

const random = new SeededRandom(7);
const layer = (inputs: number, units: number): Layer =>
  dense({ inputs, units, weights: random.vector(inputs * units), bias: random.vector(units) });

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
    t.true(deviation(model, random.vector(6 * 50)) < 1e-12);
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
  const rows = random.vector(5 * 200);
  const steps = foldModel(model, calibrate(model, rows));
  t.deepEqual(
    steps.map((step) => step.kind),
    ['linear', 'square', 'linear', 'square', 'linear'],
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
  const rows = random.vector(4 * 20);
  t.is(foldModel(model, calibrate(model, rows)).length, 3);
  t.true(deviation(model, rows) < 1e-12);
});

test('a network that ends with an activation, or has two in a row, gets linear steps there', (t) => {
  const ends = sequential([layer(4, 6), activation('square')]);
  const twice = sequential([
    layer(4, 6),
    activation('square'),
    activation({ polynomial: [0, 1, 1] }),
    layer(6, 2),
  ]);
  const rows = random.vector(4 * 30);
  for (const model of [ends, twice]) t.true(deviation(model, rows) < 1e-12);
  t.deepEqual(
    foldModel(ends, calibrate(ends, rows)).map((step) => step.kind),
    ['linear', 'square', 'linear'],
  );
});

test('an activation of degree 1 is folded into what is around it', (t) => {
  const model = sequential([layer(4, 6), activation({ polynomial: [0.5, 2] }), layer(6, 2)]);
  const rows = random.vector(4 * 20);
  t.is(foldModel(model, calibrate(model, rows)).length, 1);
  t.true(deviation(model, rows) < 1e-12);
});

test('convolutions, pooling, batch normalisation, padding and concatenation fold into the activations around them', (t) => {
  const model = sequential(
    [
      conv2d({ channels: 2, filters: 4, kernel: 3, padding: 1, groups: 2, weights: random.vector(36) }),
      batchNorm({
        mean: random.vector(4),
        variance: Float64Array.of(1, 2, 0.5, 1),
        gamma: random.vector(4),
        beta: random.vector(4),
      }),
      activation('square'),
      averagePool2d({ kernel: 2 }),
      residual([
        conv2d({ channels: 4, filters: 4, kernel: 3, padding: 1, weights: random.vector(144) }),
        activation('square'),
      ]),
      globalAveragePool(),
      flatten(),
      layer(4, 3),
    ],
    { inputShape: [2, 6, 6] },
  );
  const rows = random.vector(72 * 20);
  t.true(deviation(model, rows) < 1e-11);
  t.deepEqual(
    foldModel(model, calibrate(model, rows)).map((step) => step.kind),
    ['linear', 'square', 'linear', 'square', 'linear'],
  );
});

test('a product of two hidden values folds around zero', (t) => {
  const model = graph([5], (x) => {
    const a = x.apply(layer(5, 4));
    const gate = x.apply(layer(5, 4)).apply(activation('square'));
    return a.apply(product(), gate).apply(concat(), a).apply(layer(8, 2));
  });
  const rows = random.vector(5 * 40);
  t.true(deviation(model, rows) < 1e-12);
});

test('a parabola that is a straight line in all but name is refused', (t) => {
  const model = sequential([layer(4, 6), activation({ polynomial: [0, 1, 1e-9] }), layer(6, 2)]);
  const error = t.throws(() => foldModel(model, calibrate(model, random.vector(40))), {
    instanceOf: CiphernetError,
  });
  t.regex(error.message, /straight line/);
});

test('an activation that is no polynomial yet is refused', (t) => {
  const model = sequential([layer(4, 6), activation('silu'), layer(6, 2)]);
  t.throws(() => foldModel(model, calibrate(model, random.vector(40))), { instanceOf: CiphernetError });
});

test('the norm of a step bounds what it does to errors, and its rows', (t) => {
  const step = (rows: number, values: Float64Array): FoldedLinear => ({
    kind: 'linear',
    sources: [0],
    matrices: [sparseFromDense(rows, values.length / rows, values)],
    bias: new Float64Array(rows),
    shape: [rows],
  });
  // Singular values 5 and 3.
  const norm = stepNorm(step(2, Float64Array.of(4, 1, 1, 4)), false);
  t.true(norm >= 5 && norm <= 5.25);
  t.is(stepNorm(step(2, Float64Array.of(3, -4, 0.5, 0.25)), true), 5);
  const wide = random.vector(30 * 50);
  const bound = stepNorm(step(30, wide), false);
  for (let i = 0; i < 20; ++i) {
    const x = random.vector(50);
    const y = executeInClear([step(30, wide)], 50, x);
    t.true(Math.hypot(...y) <= bound * Math.hypot(...x));
  }
});

test('the slope of a folded polynomial is that of its steepest place', (t) => {
  t.true(Math.abs(steepest({ chebyshev: [0, 0.75, 0, 0.25] }) - 3) < 0.05);
});

test('the amplification bounds what outputs make of small errors of the inputs and of hidden values', (t) => {
  const model = graph([5], (x) => {
    const first = x.apply(layer(5, 6)).apply(activation({ polynomial: [0.1, 0.9, 0.2, -0.1] }));
    const second = first.apply(layer(6, 6)).apply(activation('square'));
    return first.apply(product(), second).apply(concat(), second).apply(layer(12, 3));
  });
  const rows = random.vector(5 * 50);
  const steps = foldModel(model, calibrate(model, rows));
  const bound = amplificationOf(steps);
  const size = 1e-6;
  let most = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'linear' || index === steps.length - 1) continue;
    // An error of one unit of the value is one of its bias.
    const gradients = Array.from(step.bias, (_, unit) => {
      const bias = step.bias.map((b, k) => (k === unit ? b + size : b));
      const changed = steps.map((other, k) => (k === index ? { ...step, bias } : other));
      const before = executeInClear(steps, 5, rows);
      return executeInClear(changed, 5, rows).map((value, k) => (value - before[k]!) / size);
    });
    for (const output of gradients[0]!.keys())
      most = Math.max(most, Math.hypot(...gradients.map((gradient) => gradient[output]!)));
  }
  t.true(most > 0.01);
  t.true(most <= bound * (1 + 1e-6));
  // One matrix alone: the length of its longest row.
  const [linear] = foldModel(
    sequential([layer(4, 3)]),
    calibrate(sequential([layer(4, 3)]), random.vector(40)),
  );
  t.is(amplificationOf([linear!]), Math.max(1, stepNorm(linear as FoldedLinear, true)));
});
