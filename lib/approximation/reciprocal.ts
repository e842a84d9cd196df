import { checkOptions, refuse, requirePositive } from '../check.js';
import { ArgumentError } from '../errors.js';
import { approximate } from './approximate.js';
import { chebyshevCoefficients, chebyshevNodes } from './chebyshev.js';
import { cheapest, makeComposite } from './composite.js';
import type { Composite, CompositeStep } from './composite.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';
import { smallestMinimax } from './smallest.js';
import type { SmoothOptions } from './smooth.js';

// 1/x, 1/√x and √x on intervals of positive numbers. One polynomial spends the fewest levels (a level doubles the degree,
// and with it the digits); where its degree would be above 127, a polynomial of lower degree is followed by steps of
// Goldschmidt or Newton, each of which doubles the digits too.

/** Domain and relative error, from above 0 to below 1, of a function of positive numbers. */
export interface PositiveOptions {
  /** Where the operand lies; the lower end above 0. A long way between the ends (as a ratio) takes a high degree. */
  readonly interval: Interval;
  /** The largest error as a part of the value. */
  readonly error: number;
}

const kMostDegree = 127;
const kMostSteps = 12;

function checkPositive(options: PositiveOptions, subject: string): PositiveOptions {
  const { interval, error } = checkOptions(options, ['interval', 'error'], subject);
  requireInterval(interval, 'the operand');
  requirePositive(interval[0], 'the lower end of the operand');
  requirePositive(error, 'error');
  if (error >= 1) refuse('a number below 1', 'error', error);
  return { interval, error };
}

function best(candidates: readonly Composite[], { interval, error }: PositiveOptions): Composite {
  const chosen = cheapest(candidates);
  if (chosen !== undefined) return chosen;
  throw new ArgumentError(
    `Expected an error that polynomials of degree ${kMostDegree} and ${kMostSteps} steps reach on [${interval[0]}, ${interval[1]}] but received ${error}. Ask for a larger error or a shorter interval.`,
    { error, interval },
  );
}

/**
 * 1/x with a relative error. The first guess interpolates at Chebyshev nodes, which makes 1 − x · guess the least that a
 * polynomial with value 1 at 0 can be: T_(n+1), scaled (Chebyshev iteration). Then (1 + e)(1 + e²)(1 + e⁴)…
 * (Goldschmidt), where e = 1 − x · guess.
 *
 * @example
 * ```ts
 * const inverse = composites.inverse({ interval: [0.1, 10], error: 1e-4 });
 * ```
 */
export function inverse(options: PositiveOptions): Composite {
  const checked = checkPositive(options, 'inverse()');
  const { interval, error } = checked;
  const [a, b] = interval;
  const rate = Math.acosh((b + a) / (b - a));
  const candidates: Composite[] = [];
  for (let steps = 0; steps <= kMostSteps; ++steps) {
    const needed = error ** (2 ** -steps);
    const degree = Math.max(1, Math.ceil(Math.acosh(1 / needed) / rate - 1));
    if (degree > kMostDegree) continue;
    const guess = 1 / Math.cosh((degree + 1) * rate);
    const nodes = chebyshevNodes(degree + 1, interval);
    const chebyshev = chebyshevCoefficients(
      nodes.map((x) => 1 / x),
      degree,
    );
    const magnitude = (1 + guess) / a;
    const program: CompositeStep[] = [{ kind: 'polynomial', input: 0, chebyshev, interval, magnitude }];
    const push = (step: CompositeStep): number => program.push(step); // the index of the step's value
    let value = 1;
    let e = 0;
    for (let i = 0; i < steps; ++i) {
      const size = guess ** (2 ** i);
      if (i === 0) {
        const product = push({ kind: 'product', inputs: [0, 1], magnitude: 1 + guess });
        e = push({ kind: 'sum', inputs: [product], signs: [-1], constant: 1, magnitude: guess });
      } else {
        e = push({ kind: 'product', inputs: [e, e], magnitude: size });
      }
      const factor = push({ kind: 'sum', inputs: [e], signs: [1], constant: 1, magnitude: 1 + size });
      value = push({ kind: 'product', inputs: [value, factor], magnitude });
    }
    candidates.push(
      makeComposite({
        name: 'inverse',
        operands: 1,
        domain: { interval },
        error: guess ** (2 ** steps),
        errorKind: 'relative',
        steps: program,
      }),
    );
  }
  return best(candidates, checked);
}

/** The relative error of 1/√x after a step of Newton: (1 + e)(3 − (1 + e)²)/2 = 1 − 3e²/2 − e³/2. */
const afterNewton = (e: number): number => 1.5 * e ** 2 + 0.5 * e ** 3;

/** The largest error that a step of Newton brings down to this one. */
function beforeNewton(error: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; ++i) {
    const middle = (low + high) / 2;
    if (afterNewton(middle) <= error) low = middle;
    else high = middle;
  }
  return low;
}

/** The steps of 1/√x: a minimax guess for the relative error, then steps of Newton, y · (3 − x y²) / 2. */
function inverseSquareRootCandidates({
  interval,
  error,
}: PositiveOptions): { steps: CompositeStep[]; error: number }[] {
  const [a] = interval;
  const found: { steps: CompositeStep[]; error: number }[] = [];
  let needed = error;
  for (let newton = 0; newton <= kMostSteps; ++newton, needed = beforeNewton(needed)) {
    const guess = smallestMinimax((x) => 1 / Math.sqrt(x), interval, needed, kMostDegree, Math.sqrt);
    if (guess === undefined) continue;
    const { chebyshev, maxError } = guess;
    const most = (1 + maxError) / Math.sqrt(a);
    const steps: CompositeStep[] = [{ kind: 'polynomial', input: 0, chebyshev, interval, magnitude: most }];
    const push = (step: CompositeStep): number => steps.push(step);
    let y = 1;
    let reached = maxError;
    const half = newton > 0 ? push({ kind: 'scale', input: 0, factor: 0.5, magnitude: interval[1] / 2 }) : 0;
    for (let i = 0; i < newton; ++i) {
      // 3y/2 − (x/2 · y) · y²: two levels, where y · (3 − x y²)/2 would spend three.
      const product = push({
        kind: 'product',
        inputs: [half, y],
        magnitude: (Math.sqrt(interval[1]) * (1 + reached)) / 2,
      });
      const square = push({ kind: 'product', inputs: [y, y], magnitude: (1 + reached) ** 2 / a });
      const cube = push({ kind: 'product', inputs: [product, square], magnitude: most * (1 + reached) ** 2 });
      const scaled = push({ kind: 'scale', input: y, factor: 1.5, magnitude: 1.5 * most });
      y = push({ kind: 'sum', inputs: [scaled, cube], signs: [1, -1], constant: 0, magnitude: most });
      reached = afterNewton(reached);
    }
    found.push({ steps, error: reached });
  }
  return found;
}

/** 1/√x with a relative error. */
export function inverseSquareRoot(options: PositiveOptions): Composite {
  const checked = checkPositive(options, 'inverseSquareRoot()');
  const candidates = inverseSquareRootCandidates(checked).map(({ steps, error }) =>
    makeComposite({
      name: 'inverseSquareRoot',
      operands: 1,
      domain: { interval: checked.interval },
      error,
      errorKind: 'relative',
      steps,
    }),
  );
  return best(candidates, checked);
}

/**
 * √x. On an interval above 0 with a relative error, as one polynomial or as x · 1/√x; on one from 0 with an absolute
 * error, as one polynomial, whose degree is about 0.14 · √upper / error.
 */
export function squareRoot(options: SmoothOptions): Composite {
  const { interval, error } = checkOptions(options, ['interval', 'error'], 'squareRoot()');
  requireInterval(interval, 'the operand');
  if (interval[0] === 0) {
    const { chebyshev, maxError } = approximate(Math.sqrt, interval, { error });
    return makeComposite({
      name: 'squareRoot',
      operands: 1,
      domain: { interval },
      error: maxError,
      errorKind: 'absolute',
      steps: [
        { kind: 'polynomial', input: 0, chebyshev, interval, magnitude: Math.sqrt(interval[1]) + maxError },
      ],
    });
  }
  const checked = checkPositive(options, 'squareRoot()');
  const make = (steps: CompositeStep[], reached: number): Composite =>
    makeComposite({
      name: 'squareRoot',
      operands: 1,
      domain: { interval },
      error: reached,
      errorKind: 'relative',
      steps,
    });
  const most = (reached: number): number => Math.sqrt(interval[1]) * (1 + reached);
  const candidates = inverseSquareRootCandidates(checked).map(({ steps, error: reached }) =>
    make([...steps, { kind: 'product', inputs: [0, steps.length], magnitude: most(reached) }], reached),
  );
  const direct = smallestMinimax(Math.sqrt, interval, error, kMostDegree, (x) => 1 / Math.sqrt(x));
  if (direct !== undefined) {
    const { chebyshev, maxError } = direct;
    candidates.push(
      make([{ kind: 'polynomial', input: 0, chebyshev, interval, magnitude: most(maxError) }], maxError),
    );
  }
  return best(candidates, checked);
}
