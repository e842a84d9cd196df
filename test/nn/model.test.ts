import test from 'ava';
import { CiphernetError } from '../../lib/errors.js';
import { activation, dense } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';
import type { ActivationName } from '../../lib/nn/activations.js';

const layer = (inputs: number, units: number) =>
  dense({ inputs, units, weights: new Float64Array(inputs * units).fill(0.5) });

test('a model knows its inputs and outputs', (t) => {
  const model = sequential([layer(4, 3), activation('silu'), layer(3, 2)]);
  t.is(model.inputs, 4);
  t.is(model.outputs, 2);
  t.is(model.nodes.length, 3);
});

test('a dense layer copies its arrays and has a zero bias by default', (t) => {
  const weights = Float64Array.of(1, 2);
  const made = dense({ inputs: 2, units: 1, weights });
  weights[0] = 9;
  t.deepEqual([...made.weights], [1, 2]);
  t.deepEqual([...made.bias], [0]);
});

test('weights of the wrong number name the shape', (t) => {
  const error = t.throws(() => dense({ inputs: 3, units: 2, weights: new Float64Array(5) }), {
    instanceOf: CiphernetError,
  });
  t.regex(
    error.message,
    /^Expected a Float64Array of length 6 for the weights .* but received a Float64Array of length 5\.$/,
  );
});

test('a bias of the wrong number is refused', (t) => {
  t.throws(() => dense({ inputs: 1, units: 2, weights: new Float64Array(2), bias: new Float64Array(3) }), {
    instanceOf: CiphernetError,
    message: /bias .* but received a Float64Array of length 3/,
  });
});

for (const value of [NaN, Infinity, -Infinity]) {
  test(`a weight of ${value} is refused with its index`, (t) => {
    t.throws(() => dense({ inputs: 2, units: 1, weights: Float64Array.of(0, value) }), {
      instanceOf: CiphernetError,
      message: new RegExp(`finite numbers .* ${value} at index 1`),
    });
  });
}

test('plain arrays are refused as weights', (t) => {
  const weights = [1, 2] as unknown as Float64Array;
  t.throws(() => dense({ inputs: 2, units: 1, weights }), { message: /but received an array of length 2/ });
});

test('sizes that are no positive integers are refused', (t) => {
  for (const inputs of [0, -1, 1.5, NaN, '2' as unknown as number]) {
    t.throws(() => dense({ inputs, units: 1, weights: new Float64Array(2) }), {
      message: /an integer of at least 1/,
    });
  }
});

test('layers that do not fit each other are refused by index', (t) => {
  const error = t.throws(() => sequential([layer(4, 3), activation('relu'), layer(5, 2)]), {
    instanceOf: CiphernetError,
  });
  t.is(error.message, 'Expected 3 inputs for layer 2 of a model but received 5.');
  t.deepEqual(error.details, { expected: 3, received: 5 });
});

test('a model has a first layer, and it is dense or its input has a shape', (t) => {
  t.throws(() => sequential([]), { message: /at least one layer/ });
  t.throws(() => sequential([activation('silu')]), {
    message: /Expected a dense layer, or the option inputShape for layer 0/,
  });
});

test('something else than a layer is refused', (t) => {
  const other = { kind: 'pool' } as unknown as ReturnType<typeof activation>;
  t.throws(() => sequential([layer(1, 1), other]), { message: /layer 1 of a model/ });
});

test('an unknown activation is refused with the names that exist', (t) => {
  t.throws(() => activation('swishy' as ActivationName), { message: /silu.*but received "swishy"/ });
  t.throws(() => activation('toString' as ActivationName), { message: /but received "toString"/ });
  t.throws(() => activation(undefined as unknown as ActivationName), { message: /but received undefined/ });
});

test('a polynomial activation needs a degree and finite coefficients', (t) => {
  t.throws(() => activation({ polynomial: [1] }), { message: /degree at least 1/ });
  t.throws(() => activation({ polynomial: [1, 2, 0] }), { message: /degree at least 1/ });
  t.throws(() => activation({ polynomial: [1, NaN] }), { message: /coefficient of x\^1 .* NaN/ });
  t.deepEqual(activation({ polynomial: [0, 0, 1] }).function, { polynomial: [0, 0, 1] });
});
