import test from 'ava';

import { evaluateChebyshev } from '../../lib/approximation/chebyshev.js';
import { minimax } from '../../lib/approximation/minimax.js';
import type { Minimax, MinimaxOptions } from '../../lib/approximation/minimax.js';
import type { Interval } from '../../lib/approximation/interval.js';

const near = (a: number, b: number, relative: number): boolean => Math.abs(a - b) <= relative * Math.abs(b);

test('e^x on [-1, 1] has its known least errors', (t) => {
  // Degree 1 in closed form: the slope is sinh 1, the error alternates at -1, ln sinh 1 and 1.
  const slope = Math.sinh(1);
  const first = (Math.cosh(1) - slope + slope * Math.log(slope)) / 2;
  t.true(near(minimax(Math.exp, [[-1, 1]], 1).maxError, first, 2e-6));
  [0.045017, 0.00552837, 0.000546667, 4.52055e-5].forEach((known, i) => {
    t.true(near(minimax(Math.exp, [[-1, 1]], i + 2).maxError, known, 1e-5), `degree ${i + 2}`);
  });
});

test('|x| on [-1, 1] has the errors of Varga and Carpenter: 2n E_2n falls short of 0.28016949902 by 0.04396752888 / n²', (t) => {
  t.true(near(minimax(Math.abs, [[0, 1]], 2, { parity: 'even' }).maxError, 1 / 8, 2e-6));
  for (const n of [25, 50, 100]) {
    const { leastError } = minimax(Math.abs, [[0, 1]], 2 * n, { parity: 'even' });
    t.true(near(2 * n * leastError, 0.28016949902 - 0.04396752888 / n ** 2, 1e-6), `2n = ${2 * n}`);
  }
});

test('a degree that the symmetry of f leaves unused changes nothing', (t) => {
  for (const degree of [2, 4, 8]) {
    const even = minimax(Math.abs, [[0, 1]], degree, { parity: 'even' });
    const exact = minimax(Math.abs, [[-1, 1]], degree);
    const next = minimax(Math.abs, [[-1, 1]], degree + 1);
    t.true(near(exact.maxError, even.maxError, 1e-6));
    t.true(near(next.maxError, even.maxError, 1e-6));
  }
});

test('the sign function outside of (-a, a) has the errors of Eremenko and Yuditskii', (t) => {
  for (const a of [0.5, 0.1, 1e-6]) {
    const { maxError } = minimax(() => 1, [[a, 1]], 1, { parity: 'odd' });
    t.true(near(maxError, (1 - a) / (1 + a), 2e-6), `degree 1, a = ${a}`);
  }
  // √m ((1 + a)/(1 - a))^m E_(2m+1) tends to (1 - a)/√(πa).
  const a = 0.3;
  const gaps = [5, 10, 20].map((m) => {
    const { leastError } = minimax(() => 1, [[a, 1]], 2 * m + 1, { parity: 'odd' });
    return Math.abs(
      (Math.sqrt(m) * ((1 + a) / (1 - a)) ** m * leastError * Math.sqrt(Math.PI * a)) / (1 - a) - 1,
    );
  });
  t.true(gaps[2]! < 0.05 && gaps[2]! < 0.6 * gaps[1]! && gaps[1]! < 0.6 * gaps[0]!, gaps.join(', '));
});

test('two intervals give the polynomial that odd parity gives', (t) => {
  const both = minimax(
    Math.sign,
    [
      [-1, -0.1],
      [0.1, 1],
    ],
    7,
  );
  const odd = minimax(() => 1, [[0.1, 1]], 7, { parity: 'odd' });
  t.true(near(both.maxError, odd.maxError, 1e-9));
  both.chebyshev.forEach((c, k) => t.true(Math.abs(c - odd.chebyshev[k]!) < 1e-7, `T_${k}`));
});

test('the relative error of 1/x on [a, b] is that of Chebyshev iteration, 1 / T_(n+1)((b + a)/(b - a))', (t) => {
  const [a, b] = [0.01, 1];
  for (const degree of [3, 8, 31]) {
    const known = 1 / Math.cosh((degree + 1) * Math.acosh((b + a) / (b - a)));
    t.true(near(minimax((x) => 1 / x, [[a, b]], degree, { weight: (x) => x }).maxError, known, 1e-5));
  }
});

test('the error alternates between its ends at more points than there are coefficients', (t) => {
  const cases: [string, (x: number) => number, Interval[], number, MinimaxOptions][] = [
    ['exp', Math.exp, [[-1, 3]], 6, {}],
    ['kink', (x) => Math.max(0, x), [[-1, 2]], 9, {}],
    [
      'gap',
      Math.cbrt,
      [
        [-2, -0.5],
        [0.25, 1],
      ],
      8,
      {},
    ],
    ['odd', () => 1, [[0.05, 1]], 15, { parity: 'odd' }],
    ['even', Math.cos, [[0, 4]], 8, { parity: 'even' }],
    ['weight', Math.exp, [[-2, 2]], 7, { weight: (x) => Math.exp(-x) }],
  ];
  for (const [name, f, intervals, degree, options] of cases) {
    const found: Minimax = minimax(f, intervals, degree, options);
    const { parity, weight = () => 1 } = options;
    const coefficients =
      parity === undefined ? degree + 1 : found.chebyshev.filter((_, k) => k % 2 === degree % 2).length;
    t.true(found.reference.length >= coefficients + 1, name);
    const errors = found.reference.map(
      (x) => weight(x) * (f(x) - evaluateChebyshev(found.chebyshev, found.interval, x)),
    );
    errors.forEach((error, i) => {
      t.true(near(Math.abs(error), found.maxError, 1e-5), `${name}: levelled`);
      if (i > 0) t.true(error * errors[i - 1]! < 0, `${name}: alternating`);
    });
    t.true(found.leastError <= found.maxError && near(found.leastError, found.maxError, 1e-5), name);
  }
});

test('degrees of a thousand and gaps of a millionth converge', (t) => {
  const steep = minimax(() => 1, [[1e-6, 1]], 31, { parity: 'odd' });
  t.true(near(steep.leastError, steep.maxError, 1e-5));
  const kink = minimax(Math.abs, [[0, 1]], 1022, { parity: 'even' });
  t.true(near(1022 * kink.maxError, 0.28016949902, 1e-5));
});

test('what has no minimax polynomial is refused', (t) => {
  const argument = { code: 'INVALID_ARGUMENT' };
  t.throws(() => minimax(Math.log, [[-1, 1]], 3), {
    code: 'NOT_FINITE',
    message: /the function to approximate at/,
  });
  t.throws(() => minimax(3 as never, [[-1, 1]], 3), argument);
  t.throws(() => minimax(Math.exp, [], 3), argument);
  t.throws(() => minimax(Math.exp, [[1, 1]], 3), argument);
  t.throws(() => minimax(Math.exp, [[0, NaN]], 3), { code: 'NOT_FINITE' });
  t.throws(
    () =>
      minimax(
        Math.exp,
        [
          [0, 2],
          [1, 3],
        ],
        3,
      ),
    { ...argument, message: /ascending/ },
  );
  t.throws(() => minimax(Math.exp, [[-1, 1]], 3, { parity: 'odd' }), { ...argument, message: /both signs/ });
  t.throws(() => minimax(Math.exp, [[0, 1]], 0, { parity: 'odd' }), argument);
  t.throws(() => minimax(Math.exp, [[0, 1]], 1024), argument);
  t.throws(() => minimax(Math.exp, [[0, 1]], 1, { parity: 'none' as never }), argument);
  t.throws(() => minimax(Math.exp, [[0, 1]], 1, { weight: () => 0 }), { ...argument, message: /weight/ });
});
