import { checkOptions, requirePositive } from '../check.js';
import { ArgumentError } from '../errors.js';
import { approximate } from './approximate.js';
import { cheapest, makeComposite } from './composite.js';
import type { Composite, CompositeStep } from './composite.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';
import { smallestMinimax } from './smallest.js';
import { gelu as exactGelu, sigmoid as exactSigmoid, silu as exactSilu } from './special.js';

// Smooth functions on an interval. Whatever is computed within ℓ levels is a polynomial of degree 2^ℓ at most, so that a
// minimax polynomial of degree 2^ℓ − 1 cannot be bettered by more than that one degree: one polynomial each, but for e^x,
// whose squarings save products and keep small values exact.

/** Domain and error of a smooth function. */
export interface SmoothOptions {
  /** Where the operand lies; any but [-1, 1] costs a level. */
  readonly interval: Interval;
  /** The largest error. */
  readonly error: number;
}

const kMostDegree = 127;
const kMostSquarings = 12;
/** Between squarings, log of the ratio of the largest to the smallest value: absolute errors stay small beside both. */
const kRange = 8;

/**
 * e^x with a relative error: e^(x / 2^k) by a minimax polynomial, then k squarings. No polynomial spans more than
 * e^8, so that rounding and noise, which are absolute, stay small beside the smallest value.
 */
export function exponential(options: SmoothOptions): Composite {
  const { interval, error } = checkOptions(options, ['interval', 'error'], 'exponential()');
  requireInterval(interval, 'the operand');
  requirePositive(error, 'error');
  const [lower, upper] = interval;
  const candidates: Composite[] = [];
  const first = Math.max(0, Math.ceil(Math.log2((upper - lower) / kRange)));
  for (let squarings = first; squarings <= Math.min(kMostSquarings, first + 4); ++squarings) {
    const part = 2 ** -squarings;
    const needed = Math.expm1(part * Math.log1p(error));
    const found = smallestMinimax(
      (x) => Math.exp(part * x),
      interval,
      needed,
      kMostDegree,
      (x) => Math.exp(-part * x),
    );
    if (found === undefined) continue;
    const { chebyshev, maxError } = found;
    const most = (power: number): number => Math.exp(power * upper) * (1 + maxError) ** (power / part);
    const steps: CompositeStep[] = [
      { kind: 'polynomial', input: 0, chebyshev, interval, magnitude: most(part) },
    ];
    for (let i = 1; i <= squarings; ++i)
      steps.push({ kind: 'product', inputs: [i, i], magnitude: most(2 ** i * part) });
    candidates.push(
      makeComposite({
        name: 'exponential',
        operands: 1,
        domain: { interval },
        error: Math.expm1(2 ** squarings * Math.log1p(maxError)),
        errorKind: 'relative',
        steps,
      }),
    );
  }
  const chosen = cheapest(candidates);
  if (chosen !== undefined) return chosen;
  throw new ArgumentError(
    `Expected an error of e^x on [${lower}, ${upper}] that polynomials in doubles reach but received ${error}. Ask for a larger error or a shorter interval.`,
    { error, interval },
  );
}

/** One minimax polynomial with an absolute error. */
function smooth(name: string, f: (x: number) => number, options: SmoothOptions): Composite {
  const { interval, error } = checkOptions(options, ['interval', 'error'], `${name}()`);
  const found = approximate(f, interval, { error });
  // A constant is no polynomial of a ciphertext.
  const { chebyshev, maxError } = found.degree > 0 ? found : approximate(f, interval, { degree: 1 });
  // Monotone but for a dip of less than 1 below 0: the ends bound the magnitude.
  const magnitude = Math.max(1, Math.abs(f(interval[0])), Math.abs(f(interval[1]))) + maxError;
  return makeComposite({
    name,
    operands: 1,
    domain: { interval },
    error: maxError,
    errorKind: 'absolute',
    steps: [{ kind: 'polynomial', input: 0, chebyshev, interval, magnitude }],
  });
}

/** 1 / (1 + e^-x). */
export const sigmoid = (options: SmoothOptions): Composite => smooth('sigmoid', exactSigmoid, options);

/** The hyperbolic tangent. */
export const tanh = (options: SmoothOptions): Composite => smooth('tanh', Math.tanh, options);

/** The exact Gaussian error linear unit, x · Φ(x). */
export const gelu = (options: SmoothOptions): Composite => smooth('gelu', exactGelu, options);

/** x · sigmoid(x). */
export const silu = (options: SmoothOptions): Composite => smooth('silu', exactSilu, options);
