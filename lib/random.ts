import { refuse } from './check.js';
import { call, native } from './native.js';
import type { NativeRandomSource } from './native.js';

/** Where keys and encryptions take their randomness from. */
export interface RandomOptions {
  /**
   * For tests only: the same seed gives the same objects on every machine, and all of them are marked as insecure.
   * The operating system's generator if absent.
   */
  readonly insecureSeed?: bigint;
}

export function randomSource(seed: unknown): NativeRandomSource {
  if (seed !== undefined && (typeof seed !== 'bigint' || seed < 0n || seed >= 2n ** 64n))
    refuse('a bigint from 0 to 2^64 - 1', 'insecureSeed', seed);
  return call(() => native.randomSource(seed));
}
