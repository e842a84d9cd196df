/**
 * Functions made of + − × ÷ of doubles only. JavaScript leaves the last bits of `Math.exp` and its kin to the engine; the
 * training program must give the same weights on every one.
 */

// ln 2 in two parts: multiples of the first by integers below 2^20 are exact.
const kLn2High = 0.6931471803691238;
const kLn2Low = 1.9082149292705877e-10;
const kTaylorTerms = 14;

/** e^x to about 1e-15 relative, for |x| ≤ 700: e^r · 2^k with |r| ≤ ln 2 / 2. */
export function exp(x: number): number {
  const bounded = Math.min(700, Math.max(-700, x));
  const k = Math.round(bounded / (kLn2High + kLn2Low));
  const r = bounded - k * kLn2High - k * kLn2Low;
  let sum = 1;
  for (let n = kTaylorTerms; n >= 1; --n) sum = 1 + (r / n) * sum;
  // 2^k by repeated squaring: exact.
  let scale = 1;
  let base = k < 0 ? 0.5 : 2;
  for (let power = Math.abs(k); power > 0; power = Math.floor(power / 2)) {
    if (power % 2 === 1) scale *= base;
    base *= base;
  }
  return sum * scale;
}

/** The logistic function. */
export const sigmoid = (x: number): number => 1 / (1 + exp(-x));

/** base^exponent for a whole exponent ≥ 0. */
export function integerPower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
