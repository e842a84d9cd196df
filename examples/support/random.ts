/**
 * A seeded stream of numbers: xoshiro128** (Blackman and Vigna, 2018), its state filled by SplitMix32. Not for secrets.
 */
export class SeededRandom {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let word = seed >>> 0;
    for (let i = 0; i < 4; ++i) {
      word = (word + 0x9e3779b9) >>> 0;
      let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      this.#state[i] = mixed ^ (mixed >>> 16);
    }
  }

  /** 32 uniform bits. */
  next(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** Uniform in [-bound, bound). */
  symmetric(bound: number): number {
    return (this.next() / 2 ** 31 - 1) * bound;
  }

  /** So many numbers, uniform in [-size, size). */
  vector(length: number, size = 1): Float64Array {
    return Float64Array.from({ length }, () => this.symmetric(size));
  }

  /** Bell-shaped with mean 0: the sum of four uniform numbers (no logarithm, so the same bits on every machine). */
  bell(deviation: number): number {
    const sum = this.next() + this.next() + this.next() + this.next();
    return (sum / 2 ** 32 - 2) * Math.sqrt(3) * deviation;
  }

  /** The random start of a layer, units × inputs: bell-shaped, with deviation 1/√inputs. */
  weights(units: number, inputs: number): Float64Array {
    const deviation = 1 / Math.sqrt(inputs);
    return Float64Array.from({ length: units * inputs }, () => this.bell(deviation));
  }

  /** A random order of 0 … length − 1 (Fisher–Yates; the bias of the product by 2^-32 does not matter here). */
  permutation(length: number): Uint32Array {
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; --i) {
      const j = Math.floor((this.next() / 2 ** 32) * (i + 1));
      const held = order[i]!;
      order[i] = order[j]!;
      order[j] = held;
    }
    return order;
  }
}
