import { encodingDeviation, freshDeviation, keySwitchDeviation, roundingDeviation } from '../ckks/noise.js';
import type { CompleteLiteral } from '../ckks/parameters.js';

// Errors as encryption makes them, for the clear executor: every operation adds normal numbers of the deviation that its
// formula predicts (native/ckks/noise.hpp), so that what they come to after many steps is seen and not guessed.

/** Σ (D_j / P)² of a key switch: up to three digits, which sets with bootstraps keep 5.9 bits below P. */
const kDigits = 3 * 2 ** (-2 * 5.9);

/** What errors follow from. */
export interface ErrorShape {
  readonly literal: Pick<CompleteLiteral, 'logN' | 'logScale' | 'logSlots'>;
  /** What a bootstrap adds to a slot. */
  readonly bootstrapDeviation: number;
}

/** Adds errors to clear slots, in place; the same for the same seed. */
export class SimulatedErrors {
  readonly #fresh: number;
  readonly #rounding: number;
  readonly #turning: number;
  readonly #encoding: number;
  readonly #bootstrap: number;
  #state: number;
  #spare: number | undefined;

  constructor({ literal, bootstrapDeviation }: ErrorShape, seed: number) {
    const [n, scale] = [2 ** literal.logN, 2 ** literal.logScale];
    // Slots are made of the coefficients of their subring alone.
    const part = Math.sqrt(2 ** (literal.logSlots + 1) / n);
    this.#fresh = part * freshDeviation(n, scale);
    this.#rounding = part * roundingDeviation(n, scale);
    this.#turning = Math.hypot(this.#rounding, part * keySwitchDeviation(n, scale, kDigits));
    this.#encoding = part * encodingDeviation(n, scale);
    this.#bootstrap = bootstrapDeviation;
    this.#state = (seed ^ 0x9e3779b9) >>> 0;
  }

  /** Of an encryption. */
  encrypted(x: Float64Array): Float64Array {
    return this.#add(x, this.#fresh);
  }
  /** Of a division by a prime; of several that add up. */
  rounded(x: Float64Array, times = 1): Float64Array {
    return this.#add(x, times * this.#rounding);
  }
  /** Of a rotation. */
  turned(x: Float64Array): Float64Array {
    return this.#add(x, this.#turning);
  }
  /** Of a clear vector that is encoded. */
  encoded(x: Float64Array): Float64Array {
    return this.#add(x, this.#encoding);
  }
  /** Of a bootstrap. */
  bootstrapped(x: Float64Array): Float64Array {
    return this.#add(x, this.#bootstrap);
  }
  /** Of a Chebyshev series: T_2k = 2 T_k² − 1 takes the error of T_k about twice, on average over an interval. */
  evaluated(x: Float64Array, series: readonly number[]): Float64Array {
    return this.rounded(x, 1 + series.reduce((sum, c, k) => sum + Math.abs(c) * k, 0));
  }

  #add(x: Float64Array, deviation: number): Float64Array {
    for (let i = 0; i < x.length; ++i) x[i]! += deviation * this.#normal();
    return x;
  }

  /** xorshift32 (Marsaglia, 2003). */
  #uniform(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s >>> 0;
    return (this.#state + 0.5) / 2 ** 32;
  }

  /** By Box and Muller's method, two at a time. */
  #normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) return spare;
    const radius = Math.sqrt(-2 * Math.log(this.#uniform()));
    const angle = 2 * Math.PI * this.#uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
