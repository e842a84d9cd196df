import { approximate } from '../approximation/approximate.js';
import { evaluateChebyshev } from '../approximation/chebyshev.js';
import { activationFunction } from './model.js';
import type { CompleteActivation, CompleteModel } from './model.js';

// The polynomials that stand for an activation and its derivative, as series on [-1, 1] in t = sum / interval.

/** Series of the activation and of its derivative by the sum itself. undefined: the sum is taken as it is. */
export interface FittedActivation {
  readonly value: readonly number[];
  readonly derivative: readonly number[];
}

/** The derivative of a Chebyshev series. (Mason, Handscomb, "Chebyshev Polynomials", 2003, section 2.4.) */
export function differentiate(series: readonly number[]): number[] {
  const n = series.length - 1;
  const result = new Array<number>(Math.max(1, n)).fill(0);
  for (let k = n; k >= 1; --k) result[k - 1] = (result[k + 1] ?? 0) + 2 * k * series[k]!;
  result[0]! /= 2;
  return result;
}

/** For the derivative of a function at a point, by a central difference of the fourth order. */
function slope(f: (x: number) => number, x: number): number {
  const h = 2 ** -10;
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

/** Fits an activation; undefined for 'identity'. */
export function fitActivation(activation: CompleteActivation): FittedActivation | undefined {
  if (activation.function === 'identity') return undefined;
  const { degree, interval, derivative } = activation;
  const f = activationFunction(activation);
  const scaled = (t: number): number => f(interval * t);
  const { chebyshev: value } = approximate(scaled, [-1, 1], { degree });
  if (derivative === 'exact') return { value, derivative: differentiate(value).map((c) => c / interval) };
  const fitted = approximate((t) => slope(f, interval * t), [-1, 1], { degree: Math.max(1, degree - 1) });
  return { value, derivative: fitted.chebyshev };
}

const known = new WeakMap<CompleteModel, readonly (FittedActivation | undefined)[]>();

/** The polynomials of all layers, fitted once a model: a planner writes many programs of it. */
export function fitsOf(model: CompleteModel): readonly (FittedActivation | undefined)[] {
  let fits = known.get(model);
  if (fits === undefined) {
    fits = model.layers.map(({ activation }) => fitActivation(activation));
    known.set(model, fits);
  }
  return fits;
}

/** The value of a series on [-1, 1]. */
export const seriesAt = (series: readonly number[], t: number): number =>
  evaluateChebyshev(series, [-1, 1], t);
