import test from 'ava';

import { composites, evaluateComposite } from '../../lib/approximation/index.js';
import type { Composite } from '../../lib/approximation/index.js';
import { valuesOf } from '../../lib/approximation/composite.js';
import { gelu, sigmoid, silu } from '../../lib/approximation/special.js';
import { sequence } from '../ckks/support.js';

const step = (a: number, b: number): number => (a > b ? 1 : 0);
const inverseRoot = (x: number): number => 1 / Math.sqrt(x);
const cases: [Composite, (...x: number[]) => number][] = [
  [composites.sign({ gap: 1 / 64, error: 0.01 }), Math.sign],
  [composites.sign({ gap: 0.5, error: 1e-6, bound: 20 }), Math.sign],
  [composites.sign({ gap: 2 ** -16, error: 0.1 }), Math.sign],
  [composites.comparison({ gap: 1 / 50, error: 1e-3 }), step],
  [composites.comparison({ gap: 1, error: 1e-3, interval: [-8, 8] }), step],
  [composites.absolute({ error: 2 ** -8 }), Math.abs],
  [composites.absolute({ error: 0.3, bound: 12 }), Math.abs],
  [composites.relu({ error: 2 ** -9 }), (x) => Math.max(0, x)],
  [composites.relu({ error: 0.6 }), (x) => Math.max(0, x)],
  [composites.maximum({ error: 2 ** -7 }), Math.max],
  [composites.minimum({ error: 0.05, interval: [-3, 4] }), Math.min],
  [composites.inverse({ interval: [0.1, 3], error: 1e-6 }), (x) => 1 / x],
  [composites.inverse({ interval: [1e-4, 1], error: 1e-3 }), (x) => 1 / x],
  [composites.inverseSquareRoot({ interval: [0.05, 8], error: 1e-6 }), inverseRoot],
  [composites.inverseSquareRoot({ interval: [1e-4, 1], error: 1e-3 }), inverseRoot],
  [composites.squareRoot({ interval: [0, 9], error: 0.02 }), Math.sqrt],
  [composites.squareRoot({ interval: [0.1, 1], error: 1e-6 }), Math.sqrt],
  [composites.squareRoot({ interval: [1e-4, 1], error: 1e-4 }), Math.sqrt],
  [composites.exponential({ interval: [-1, 1], error: 1e-8 }), Math.exp],
  [composites.exponential({ interval: [-40, 5], error: 1e-4 }), Math.exp],
  [composites.sigmoid({ interval: [-10, 10], error: 1e-5 }), sigmoid],
  [composites.tanh({ interval: [-5, 3], error: 1e-4 }), Math.tanh],
  [composites.sigmoid({ interval: [-1, 1], error: 0.6 }), sigmoid],
  [composites.gelu({ interval: [-6, 6], error: 1e-4 }), gelu],
  [composites.silu({ interval: [-6, 6], error: 1e-3 }), silu],
];

/** Dense grids of the domain, from its ends and from its gap, and random points. */
function* points({ operands, domain }: Composite): Generator<number[]> {
  const { interval, gap = 0 } = domain;
  const [lower, upper] = interval;
  const width = upper - lower;
  const random = sequence(5);
  const steps = 4000;
  if (operands === 1) {
    const far = Math.max(Math.abs(lower), Math.abs(upper));
    for (let i = 0; i <= steps; ++i) {
      const x = Math.min(upper, lower + (i / steps) * width);
      // Geometric from both ends of what is smallest in magnitude: where composites turn fastest.
      const small = Math.max(gap, lower, far * 1e-6);
      const y = Math.min(far, small * (far / small) ** (i / steps));
      for (const value of [x, y, -y, gap, -gap])
        if (value >= lower && value <= upper && Math.abs(value) >= gap) yield [value];
    }
    for (const t of random(2000)) {
      const value = lower + ((1 + t) / 2) * width;
      if (Math.abs(value) >= gap) yield [value];
    }
    return;
  }
  for (let i = 0; i <= 150; ++i) {
    for (let j = 0; j <= 150; ++j) {
      const a = lower + (i / 150) * width;
      const b = lower + (j / 150) * width;
      if (Math.abs(a - b) >= gap) yield [a, b];
    }
  }
  const values = random(4000);
  for (let i = 0; i < values.length; i += 2) {
    const [a, b] = [values[i]!, values[i + 1]!].map((t) => lower + ((1 + t) / 2) * width) as [number, number];
    if (Math.abs(a - b) >= gap) yield [a, b];
    const near = Math.min(upper, a + 1.01 * gap + 1e-6 * width);
    if (near - a >= gap) {
      yield [a, near];
      yield [near, a];
    }
  }
}

test('every composite keeps to the error that it states, and to its magnitudes', (t) => {
  for (const [composite, f] of cases) {
    const { name, error, errorKind, steps, operands } = composite;
    let largest = 0;
    const sizes = new Array<number>(steps.length).fill(0);
    for (const at of points(composite)) {
      const exact = f(...at);
      const values = valuesOf(steps, at);
      const scale = errorKind === 'relative' ? Math.abs(exact) : 1;
      largest = Math.max(largest, Math.abs(values.at(-1)! - exact) / scale);
      steps.forEach((_, i) => (sizes[i] = Math.max(sizes[i]!, Math.abs(values[operands + i]!))));
    }
    const label = `${name} ${JSON.stringify(composite.domain)}`;
    t.true(largest <= error * (1 + 1e-9) + 1e-12, `${label}: ${largest} above ${error}`);
    t.true(largest >= error / 3, `${label}: ${largest} far below ${error}`);
    steps.forEach(({ magnitude }, i) => {
      t.true(sizes[i]! <= magnitude * (1 + 1e-9), `${label}, step ${i}: ${sizes[i]} above ${magnitude}`);
    });
  }
});

test('the error stated is not above the one asked for', (t) => {
  for (const error of [0.2, 1e-2, 1e-4]) {
    const made = [
      composites.sign({ gap: 0.05, error }),
      composites.comparison({ gap: 0.05, error }),
      composites.inverse({ interval: [0.1, 1], error }),
      composites.inverseSquareRoot({ interval: [0.1, 1], error }),
      composites.squareRoot({ interval: [0.1, 1], error }),
      composites.exponential({ interval: [-3, 0], error }),
      composites.sigmoid({ interval: [-3, 3], error }),
      composites.gelu({ interval: [-3, 3], error }),
    ];
    for (const composite of made) t.true(composite.error <= error, composite.name);
  }
  for (const error of [0.2, 1e-2]) {
    t.true(composites.relu({ error }).error <= error);
    t.true(composites.absolute({ error }).error <= error);
    t.true(composites.maximum({ error }).error <= error);
  }
});

const levelsFor = (degrees: readonly number[]): number =>
  degrees.reduce((sum, degree) => sum + Math.ceil(Math.log2(degree + 1)), 0);

test('comparison spends no more levels than the optimal degrees of Lee, Lee, No and Kim', (t) => {
  // Inputs in [0, 1] that differ by 2^-α, an error of 2^-α, by fewest levels.
  const published: Record<number, number[]> = {
    4: [27],
    5: [7, 13],
    6: [15, 15],
    7: [7, 7, 13],
    8: [7, 15, 15],
    9: [7, 7, 7, 13],
    10: [7, 7, 13, 15],
    11: [7, 15, 15, 15],
    12: [15, 15, 15, 15],
  };
  for (const [alpha, degrees] of Object.entries(published)) {
    const accuracy = 2 ** -Number(alpha);
    const found = composites.comparison({ gap: accuracy, error: accuracy });
    t.true(found.levels <= levelsFor(degrees), `α = ${alpha}: ${found.levels}`);
  }
});

test('ReLU spends no more levels than the published minimax composites', (t) => {
  // Lee and others, "Precise approximation of convolutional neural networks for homomorphically encrypted data": an
  // error of 2^-α on [-1, 1]; one level more for the product.
  const published: Record<number, number[]> = {
    6: [3, 7],
    7: [7, 7],
    8: [7, 15],
    9: [15, 15],
    10: [7, 7, 13],
  };
  for (const [alpha, degrees] of Object.entries(published)) {
    const found = composites.relu({ error: 2 ** -Number(alpha) });
    t.true(found.levels <= levelsFor(degrees) + 1, `α = ${alpha}: ${found.levels}`);
  }
});

test('composites are frozen, and count the levels of their longest path', (t) => {
  const relu = composites.relu({ error: 2 ** -8 });
  const polynomials = relu.steps.filter((s) => s.kind === 'polynomial');
  t.is(relu.levels, levelsFor(polynomials.map((s) => s.chebyshev.length - 1)) + 1);
  t.is(composites.relu({ error: 2 ** -7, bound: 2 }).levels, relu.levels + 1);
  t.true(Object.isFrozen(relu) && Object.isFrozen(relu.steps) && Object.isFrozen(relu.domain.interval));
  t.true(relu.steps.every((s) => Object.isFrozen(s)));
  t.true(polynomials.every((s) => Object.isFrozen(s.chebyshev)));
});

test('bad input is refused by name', (t) => {
  const argument = { code: 'INVALID_ARGUMENT' };
  t.throws(() => composites.sign({ gap: 0, error: 0.1 }), { ...argument, message: /gap/ });
  t.throws(() => composites.sign({ gap: 2, error: 0.1 }), { ...argument, message: /below 1/ });
  t.throws(() => composites.comparison({ gap: 1, error: 0.1 }), { ...argument, message: /below 1/ });
  t.throws(() => composites.sign({ gap: 0.1, error: 0 }), { ...argument, message: /error/ });
  t.throws(() => composites.sign({ gap: 0.1, error: 1e-20 }), argument);
  t.throws(() => composites.sign({ gap: 0.1, error: 0.1, bound: -1 }), { ...argument, message: /bound/ });
  t.throws(() => composites.sign({ gaps: 0.1, error: 0.1 } as never), { message: /Did you mean gap/ });
  t.throws(() => composites.absolute({ error: 1 }), argument);
  t.throws(() => composites.relu({ error: NaN }), { code: 'NOT_FINITE' });
  t.throws(() => composites.maximum({ error: 0.1, interval: [1, 0] }), argument);
  t.throws(() => composites.inverse({ interval: [0, 1], error: 0.1 }), { ...argument, message: /lower end/ });
  t.throws(() => composites.inverse({ interval: [0.1, 1], error: 1 }), argument);
  t.throws(() => composites.inverse({ interval: [1e-12, 1], error: 1e-6 }), { message: /shorter interval/ });
  t.throws(() => composites.squareRoot({ interval: [-1, 1], error: 0.1 }), argument);
  t.throws(() => composites.exponential({ interval: [0, 1], error: 1e-18 }), { message: /larger error/ });
  t.throws(() => composites.tanh({ interval: [-1, 1], error: -1 }), argument);
  const maximum = composites.maximum({ error: 0.1 });
  t.throws(() => evaluateComposite(maximum, 1), { ...argument, message: /2 numbers/ });
  t.throws(() => evaluateComposite(maximum, 1, NaN), { code: 'NOT_FINITE' });
  t.throws(() => evaluateComposite({} as never, 1), argument);
});
