import test from 'ava';
import { evaluatePolynomial } from '../../lib/nn/activations.js';
import { CiphernetError } from '../../lib/errors.js';
import { chebyshevToPower, evaluateChebyshev } from '../../lib/approximation/chebyshev.js';
import { fitPolynomial } from '../../lib/approximation/least-squares.js';

const near = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance;

test('a polynomial of no higher degree is reproduced', (t) => {
  const fit = fitPolynomial((x) => 3 - 2 * x + 0.5 * x ** 3, [-1, 4], 5);
  [3, -2, 0, 0.5, 0, 0].forEach((value, k) => t.true(near(fit.power[k]!, value, 1e-11), `x^${k}`));
  t.true(fit.maxError < 1e-12);
});

test('e^x on [-1, 1] has the Bessel numbers as Chebyshev coefficients', (t) => {
  const fit = fitPolynomial(Math.exp, [-1, 1], 4);
  // I_0(1), 2 I_1(1), 2 I_2(1), …: the modified Bessel functions.
  const known = [
    1.26606587775201, 1.13031820798497, 0.271495339534077, 0.0443368498486638, 0.00547424044209373,
  ];
  known.forEach((value, k) => t.true(near(fit.chebyshev[k]!, value, 1e-13), `T_${k}`));
});

test('|x| on [-1, 1] at degree 2 is 2/(3π) + 8x²/(3π)', (t) => {
  const fit = fitPolynomial(Math.abs, [-1, 1], 2);
  // 256 nodes see the kink to about 1/256².
  t.true(near(fit.power[0]!, 2 / (3 * Math.PI), 1e-4));
  t.true(near(fit.power[1]!, 0, 1e-14));
  t.true(near(fit.power[2]!, 8 / (3 * Math.PI), 1e-4));
  t.true(near(fit.maxError, 2 / (3 * Math.PI), 1e-4), 'the largest error is at 0');
});

test('both bases are the same polynomial', (t) => {
  const fit = fitPolynomial(Math.tanh, [-2, 5], 9);
  for (let x = -2; x <= 5; x += 0.125) {
    t.true(near(evaluatePolynomial(fit.power, x), evaluateChebyshev(fit.chebyshev, fit.interval, x), 1e-10));
  }
});

test('T_5 has its known power-basis coefficients', (t) => {
  t.deepEqual(
    chebyshevToPower([0, 0, 0, 0, 0, 1], [-1, 1]).map((value) => value + 0),
    [0, 5, 0, -20, 0, 16],
  );
});

test('the error falls with the degree down to rounding', (t) => {
  const errors = [2, 6, 12, 24].map((degree) => fitPolynomial(Math.exp, [-2, 2], degree).maxError);
  errors.slice(1).forEach((error, k) => t.true(error < errors[k]!));
  t.true(errors.at(-1)! < 1e-13);
});

test('constant weights give Legendre least squares, not Chebyshev', (t) => {
  // The best constant and x² coefficient for |x| with uniform weight on [-1, 1]: 3/16 + 15x²/16.
  const fit = fitPolynomial(Math.abs, [-1, 1], 2, { weights: () => 7 });
  t.true(near(fit.power[0]!, 3 / 16, 2e-4));
  t.true(near(fit.power[2]!, 15 / 16, 2e-4));
});

test('the Chebyshev density as weights gives the unweighted fit', (t) => {
  const plain = fitPolynomial(Math.exp, [0, 3], 5);
  const weighted = fitPolynomial(Math.exp, [0, 3], 5, { weights: (x) => 1 / Math.sqrt(x * (3 - x)) });
  plain.chebyshev.forEach((value, k) => t.true(near(weighted.chebyshev[k]!, value, 1e-11), `T_${k}`));
});

test('weights on one side make the fit better there', (t) => {
  const plain = fitPolynomial(Math.abs, [-1, 1], 2);
  const weighted = fitPolynomial(Math.abs, [-1, 1], 2, { weights: (x) => (x > 0 ? 1 : 1e-6) });
  const errorAt = (power: readonly number[]): number => Math.abs(evaluatePolynomial(power, 0.3) - 0.3);
  t.true(errorAt(weighted.power) < errorAt(plain.power) / 10);
});

test('a fit of what cannot be fitted is refused', (t) => {
  const refused = (f: () => unknown, message: RegExp) => t.throws(f, { instanceOf: CiphernetError, message });
  refused(() => fitPolynomial(Math.exp, [1, 1], 2), /a lower end below the upper end/);
  refused(() => fitPolynomial(Math.exp, [0, NaN], 2), /a finite number for the upper end/);
  refused(() => fitPolynomial(Math.exp, [0, 1], -1), /an integer of at least 0/);
  refused(() => fitPolynomial((x) => 1 / Math.max(x, 0), [-1, 1], 2), /but received Infinity/);
  refused(() => fitPolynomial(Math.exp, [0, 1], 2, { weights: () => 0 }), /vanish almost everywhere/);
  refused(
    () => fitPolynomial(Math.exp, [0, 1], 2, { weights: () => -1 }),
    /a number of at least 0 for the weight of a fit/,
  );
});
