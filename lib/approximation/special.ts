// Functions that Math lacks.

/** The logistic function 1 / (1 + e^-x), without overflow at either end. */
export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));

/**
 * The error function, to about 1e-15: the confluent series 2/√π · x · e^(-x²) · Σ (2x²)^k / (2k+1)!! (no cancellation,
 * all terms are positive) up to 5.9, beyond which erf is 1 in double precision.
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude > 5.9) return Math.sign(x);
  const square = x * x;
  let term = x;
  let sum = x;
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum); ++k) {
    term *= (2 * square) / (2 * k + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
}

/** x · sigmoid(x). */
export const silu = (x: number): number => x * sigmoid(x);

/** The exact Gaussian error linear unit, x · Φ(x). */
export const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));
