import test from 'ava';
import { calibrate } from '../../lib/nn/calibrate.js';
import { evaluate } from '../../lib/nn/evaluate.js';
import { activation, dense } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';
import type { ActivationName } from '../../lib/nn/activations.js';
import { toPolynomialModel } from '../../lib/nn/polynomial-model.js';

const scaled = (name: ActivationName) =>
  sequential([
    dense({ inputs: 1, units: 2, weights: Float64Array.of(1, -2), bias: Float64Array.of(0, 1) }),
    activation(name),
    dense({ inputs: 2, units: 1, weights: Float64Array.of(1, 1) }),
  ]);

test('calibration finds the seen ranges and widens them by the margin', (t) => {
  const calibration = calibrate(scaled('square'), Float64Array.of(0, 1, 3), { margin: 0.1 });
  // Pre-activations x and 1 − 2x: from −5 to 3, width 8. Outputs: 1, 2, 9 + 25.
  t.is(calibration.samples, 3);
  t.deepEqual(calibration.input, { minimum: 0, maximum: 3 });
  t.deepEqual(calibration.output, { minimum: 1, maximum: 34 });
  const [range] = calibration.activations;
  t.is(calibration.activations.length, 1);
  t.deepEqual([range?.layer, range?.minimum, range?.maximum], [1, -5, 3]);
  t.true(Math.abs(range!.interval[0] + 5.8) < 1e-12 && Math.abs(range!.interval[1] - 3.8) < 1e-12);
});

test('a unit that never moves gets an interval of some width', (t) => {
  const model = sequential([dense({ inputs: 1, units: 1, weights: Float64Array.of(0) }), activation('silu')]);
  const [lower, upper] = calibrate(model, Float64Array.of(1, 2), { margin: 0 }).activations[0]!.interval;
  t.true(lower < 0 && upper > 0);
  t.notThrows(() => toPolynomialModel(model, calibrate(model, Float64Array.of(1, 2))));
});

test('a negative margin is refused', (t) => {
  t.throws(() => calibrate(scaled('silu'), Float64Array.of(1), { margin: -0.1 }), {
    message: /at least 0 for the margin/,
  });
});

test('an activation becomes the polynomial of the asked degree over the calibrated interval', (t) => {
  const model = scaled('silu');
  const calibration = calibrate(model, Float64Array.of(-1, 0, 1));
  const { model: polynomial, fits } = toPolynomialModel(model, calibration, { degree: 2 });
  t.is(fits.length, 1);
  t.deepEqual(fits[0]!.interval, calibration.activations[0]!.interval);
  const layer = polynomial.nodes[1]!.layer;
  t.deepEqual(layer.kind === 'activation' && layer.function, { polynomial: fits[0]!.power });
  t.is(fits[0]!.power.length, 3);
});

test('the polynomial network errs by no more than the errors of its fits allow', (t) => {
  const model = scaled('gelu');
  const rows = Float64Array.from({ length: 101 }, (_, i) => i / 50 - 1);
  const { model: polynomial, fits } = toPolynomialModel(model, calibrate(model, rows), { degree: 4 });
  const exact = evaluate(model, rows);
  // The last layer adds two activations with weights of 1. (The grid of maxError can miss the very top of the error.)
  const bound = 2 * fits[0]!.maxError * 1.001;
  evaluate(polynomial, rows).forEach((value, i) => t.true(Math.abs(value - exact[i]!) <= bound));
  t.true(fits[0]!.maxError < 0.05 && fits[0]!.maxError > 0);
});

test('squares and polynomials stay as they are', (t) => {
  const model = scaled('square');
  const result = toPolynomialModel(model, calibrate(model, Float64Array.of(0, 1)));
  t.deepEqual(result.fits, []);
  t.deepEqual(result.model.nodes, model.nodes);
});

test('the polynomial of an odd function has no vanishing leading coefficient', (t) => {
  const model = sequential([dense({ inputs: 1, units: 1, weights: Float64Array.of(1) }), activation('tanh')]);
  const { model: polynomial } = toPolynomialModel(model, calibrate(model, Float64Array.of(-2, 2)), {
    degree: 2,
  });
  const layer = polynomial.nodes[1]!.layer;
  t.is(
    layer.kind === 'activation' && typeof layer.function === 'object' && layer.function.polynomial.length,
    2,
  );
});

test('a calibration of another model is refused', (t) => {
  const other = sequential([dense({ inputs: 1, units: 1, weights: Float64Array.of(1) })]);
  t.throws(() => toPolynomialModel(scaled('silu'), calibrate(other, Float64Array.of(1))), {
    message: /a calibrated range of layer 1/,
  });
});
