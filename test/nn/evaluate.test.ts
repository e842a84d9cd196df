import test from 'ava';
import { activationNames, isPolynomial, scalarFunction } from '../../lib/nn/activations.js';
import { argmaxRows, evaluate } from '../../lib/nn/evaluate.js';
import { activation, dense } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';

// To 15 digits: 1/(1 + 1/e), tanh 1, ln(1 + e), Φ(1), the same by tanh, erf 1, tanh ln(1 + e).
const knownAtOne = {
  square: 1,
  relu: 1,
  sigmoid: 0.731058578630005,
  tanh: 0.761594155955765,
  softplus: 1.31326168751822,
  silu: 0.731058578630005,
  gelu: 0.841344746068543,
  geluTanh: 0.841191990608276,
  elu: 1,
  erf: 0.842700792949715,
  hardSigmoid: 2 / 3,
  hardSwish: 2 / 3,
  mish: 0.86509838826731,
} as const;

for (const name of activationNames) {
  test(`${name}(1) has its known value`, (t) => {
    t.true(Math.abs(scalarFunction(name)(1) - knownAtOne[name]) < 1e-14);
  });

  test(`${name} is finite far out`, (t) => {
    for (const x of [-800, -40, 0, 40, 800]) t.true(Number.isFinite(scalarFunction(name)(x)), `at ${x}`);
  });
}

test('gelu(x) − gelu(−x) = x, and the tails are right', (t) => {
  const gelu = scalarFunction('gelu');
  for (const x of [0.1, 0.5, 1, 2, 3.5, 6, 12]) t.true(Math.abs(gelu(x) - gelu(-x) - x) < 1e-13);
  t.true(Math.abs(gelu(-3) + 0.00404969409489031) < 1e-15);
});

test('the square and polynomials are polynomials, the others are not', (t) => {
  t.true(isPolynomial('square'));
  t.true(isPolynomial({ polynomial: [0, 1] }));
  t.false(isPolynomial('silu'));
});

test('a network gives the numbers that it gives by hand', (t) => {
  const model = sequential([
    dense({
      inputs: 2,
      units: 3,
      weights: Float64Array.of(1, 2, -1, 0.5, 0, 3),
      bias: Float64Array.of(0.5, 0, -1),
    }),
    activation('square'),
    dense({
      inputs: 3,
      units: 2,
      weights: Float64Array.of(1, -1, 0.5, 0, 2, 1),
      bias: Float64Array.of(0, 10),
    }),
  ]);
  // (1, 2): pre (5.5, 0, 5), squares (30.25, 0, 25). (−1, 0): pre (−0.5, 1, −1), squares (0.25, 1, 1).
  t.deepEqual([...evaluate(model, Float64Array.of(1, 2, -1, 0))], [42.75, 35, -0.25, 13]);
});

test('a polynomial activation is applied constant first', (t) => {
  const identity = dense({ inputs: 1, units: 1, weights: Float64Array.of(1) });
  const model = sequential([identity, activation({ polynomial: [1, 10, 100] })]);
  t.deepEqual([...evaluate(model, Float64Array.of(0, 1, -1))], [1, 111, 91]);
});

test('the input of every layer is shown to the visitor', (t) => {
  const model = sequential([
    dense({ inputs: 2, units: 1, weights: Float64Array.of(1, 1) }),
    activation('relu'),
  ]);
  const seen: [number, number[][]][] = [];
  evaluate(model, Float64Array.of(1, 2, -3, 1), (layer, operands) =>
    seen.push([layer, operands.map((values) => [...values])]),
  );
  t.deepEqual(seen, [
    [0, [[1, 2, -3, 1]]],
    [1, [[3, -2]]],
  ]);
});

test('the inputs are left as they are', (t) => {
  const model = sequential([
    dense({ inputs: 1, units: 1, weights: Float64Array.of(2) }),
    activation('square'),
  ]);
  const rows = Float64Array.of(1, 2);
  evaluate(model, rows);
  t.deepEqual([...rows], [1, 2]);
});

test('a batch that is no whole number of rows, empty or not finite is refused', (t) => {
  const model = sequential([dense({ inputs: 2, units: 1, weights: Float64Array.of(1, 1) })]);
  t.throws(() => evaluate(model, new Float64Array(3)), {
    message: /a positive multiple of 2 values .* but received 3/,
  });
  t.throws(() => evaluate(model, new Float64Array(0)), { message: /but received 0/ });
  t.throws(() => evaluate(model, Float64Array.of(1, NaN)), { message: /finite numbers .* NaN at index 1/ });
});

test('argmax takes the first of equal values', (t) => {
  t.deepEqual([...argmaxRows(Float64Array.of(1, 3, 3, -5, -2, -9), 3)], [1, 1]);
  t.throws(() => argmaxRows(new Float64Array(5), 3), { message: /a multiple of 3 values/ });
});
