import { refuse, requireVector } from '../check.js';
import type { ComplexSlots } from './slots.js';

/** The coefficients of a polynomial, the constant first: real, or complex by their two parts. */
export type Coefficients = Float64Array | readonly number[] | ComplexSlots;

/** Σ chebyshev[k] · T_k(t), where t = (2x − lower − upper) / (upper − lower) runs over [-1, 1] on the interval. */
export interface ChebyshevSeries {
  readonly chebyshev: Coefficients;
  /** [-1, 1] if absent. */
  readonly interval?: readonly [lower: number, upper: number];
}

/** Coefficients of 1, x, x², …, or a Chebyshev series. */
export type Polynomial = Coefficients | ChebyshevSeries;

/** A polynomial as the addon takes it; no imaginary parts where all are zero, no interval for powers. */
export interface NativePolynomial {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly interval: Float64Array;
}

const isComplex = (given: Coefficients): given is ComplexSlots =>
  typeof given === 'object' && (given as unknown) !== null && 're' in given && 'im' in given;

/** Checks what a caller gave. Throws ArgumentError. */
export function nativePolynomial(polynomial: Polynomial): NativePolynomial {
  const series =
    typeof polynomial === 'object' && (polynomial as unknown) !== null && 'chebyshev' in polynomial
      ? polynomial
      : undefined;
  const given = series ? series.chebyshev : (polynomial as Coefficients);
  const parts = isComplex(given) ? given : { re: given, im: new Float64Array() };
  const re = Array.isArray(parts.re) ? Float64Array.from(parts.re as readonly number[]) : parts.re;
  const { im } = parts;
  requireVector(re, 'coefficients');
  requireVector(im, 'the imaginary parts of coefficients', isComplex(given) ? re.length : 0);
  if (re.length === 0) refuse('at least one number', 'coefficients', given);
  const interval = Float64Array.from(series ? (series.interval ?? [-1, 1]) : []);
  if (series) {
    requireVector(interval, 'interval', 2);
    if (!(interval[0]! < interval[1]!))
      refuse('two numbers, the lower one first,', 'interval', series.interval);
  }
  return { re, im, interval };
}
