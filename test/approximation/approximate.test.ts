import test from 'ava';

import { approximate } from '../../lib/approximation/approximate.js';
import { evaluateChebyshev } from '../../lib/approximation/chebyshev.js';
import { gelu, sigmoid } from '../../lib/approximation/special.js';
import type { Interval } from '../../lib/approximation/interval.js';
import { CiphernetError } from '../../lib/errors.js';
import { sequence } from '../ckks/support.js';

const cases: [string, (x: number) => number, Interval][] = [
  ['exp', Math.exp, [-3, 1]],
  ['tanh', Math.tanh, [-4, 4]],
  ['sigmoid', sigmoid, [-8, 8]],
  ['gelu', gelu, [-5, 5]],
  ['cos', Math.cos, [-6, 6]],
  ['relu', (x) => Math.max(0, x), [-1, 2]],
  ['sqrt', Math.sqrt, [0, 3]],
];

test('no point of the interval has an error above the one reported', (t) => {
  const random = sequence(3)(2000, 1);
  for (const [name, f, interval] of cases) {
    for (const method of ['minimax', 'chebyshev'] as const) {
      for (const degree of [1, 6, 21, 64]) {
        const found = approximate(f, interval, { degree, method });
        const [lower, upper] = interval;
        const at = (s: number): number => Math.min(upper, lower + s * (upper - lower));
        const error = (x: number): number => Math.abs(f(x) - evaluateChebyshev(found.chebyshev, interval, x));
        let largest = 0;
        for (let i = 0; i <= 5000; ++i) largest = Math.max(largest, error(at(i / 5000)));
        for (const s of random) largest = Math.max(largest, error(at((1 + s) / 2)));
        t.true(
          largest <= found.maxError,
          `${name}, degree ${degree}, ${method}: ${largest} ${found.maxError}`,
        );
        t.true(largest >= 0.9 * found.maxError - 1e-14, `${name}, degree ${degree}, ${method}: too large`);
      }
    }
  }
});

test('an error gives the smallest degree that keeps to it', (t) => {
  for (const [name, f, interval] of cases) {
    for (const method of ['minimax', 'chebyshev'] as const) {
      for (const error of [0.3, 0.02]) {
        const found = approximate(f, interval, { error, method });
        t.true(found.maxError <= error, name);
        for (let degree = 0; degree < found.degree; ++degree) {
          const smaller = approximate(f, interval, { degree, method });
          t.true(smaller.maxError > error, `${name}: degree ${degree} is enough`);
        }
      }
    }
  }
});

test('minimax is never worse than the series, and symmetric functions have symmetric polynomials', (t) => {
  for (const [name, f, interval] of cases) {
    const best = approximate(f, interval, { degree: 12 });
    const series = approximate(f, interval, { degree: 12, method: 'chebyshev' });
    t.true(best.maxError <= series.maxError * (1 + 1e-5), name);
  }
  const odd = approximate(Math.tanh, [-4, 4], { degree: 12 });
  t.is(odd.degree, 11);
  odd.chebyshev.forEach((c, k) => t.true(k % 2 === 1 || c === 0));
  const shifted = approximate(sigmoid, [-4, 4], { degree: 11 });
  shifted.chebyshev.forEach((c, k) => t.true(k % 2 === 1 || c === (k === 0 ? 0.5 : 0)));
  const even = approximate(Math.cos, [-4, 4], { degree: 11 });
  t.is(even.degree, 10);
});

test('levels count the change of variable', (t) => {
  t.is(approximate(Math.exp, [-1, 1], { degree: 7 }).levels, 3);
  t.is(approximate(Math.exp, [-1, 2], { degree: 7 }).levels, 4);
  t.is(approximate(Math.exp, [-1, 1], { degree: 8 }).levels, 4);
  t.is(approximate(() => 3, [-1, 1], { error: 1e-9 }).degree, 0);
  t.is(approximate((x) => x ** 5 - x, [-1, 1], { error: 1e-9 }).degree, 5);
});

test('an error that no degree keeps to is refused with the one reached', (t) => {
  const error = t.throws<CiphernetError>(() => approximate(Math.abs, [-1, 1], { error: 1e-4 }), {
    instanceOf: CiphernetError,
    code: 'INVALID_ARGUMENT',
    message: /least that was reached is 0\.000274/,
  });
  t.true(Math.abs(0.28017 / 1022 - Number(error.details.reached)) < 1e-8);
  t.throws(() => approximate(Math.exp, [-1, 1], { error: 1e-17 }), { message: /reached is \d\.\d+e-1[5-6]/ });
});

test('bad input is refused by name', (t) => {
  const argument = { code: 'INVALID_ARGUMENT' };
  t.throws(() => approximate(Math.log, [-1, 1], { degree: 3 }), { code: 'NOT_FINITE' });
  t.throws(() => approximate(Math.log, [-1, 1], { error: 1 }), { code: 'NOT_FINITE' });
  t.throws(() => approximate(null as never, [-1, 1], { degree: 3 }), argument);
  t.throws(() => approximate(Math.exp, [1, 1], { degree: 3 }), {
    ...argument,
    message: /below the upper end/,
  });
  t.throws(() => approximate(Math.exp, [1] as never, { degree: 3 }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], {}), { ...argument, message: /either degree or error/ });
  t.throws(() => approximate(Math.exp, [0, 1], { degree: 3, error: 1 }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], { degree: 1024 }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], { degree: 2.5 }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], { error: 0 }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], { error: NaN }), { code: 'NOT_FINITE' });
  t.throws(() => approximate(Math.exp, [0, 1], { degree: 3, method: 'remez' as never }), argument);
  t.throws(() => approximate(Math.exp, [0, 1], { degrees: 3 } as never), { message: /Did you mean degree/ });
});
