import { requireRight } from './bootstrap-measure.js';
import type { BootstrapPrecision, BootstrapSlots, Program } from './program.js';

/** Mean and worst of -log2 of the errors of real and imaginary parts, over all slots and keys. */
export interface Bits {
  readonly mean: number;
  readonly worst: number;
}

/** How exact bootstraps are, whatever the key. */
export interface KeysPrecision {
  /** How many were made. */
  readonly keys: number;
  readonly bits: Readonly<Record<BootstrapSlots, Bits>>;
  /** The most memory that one of the programs took. */
  readonly peakBytes: number;
}

export const bootstrapSlots: readonly BootstrapSlots[] = ['random', 'one', 'one_hot'];

/** A program that bootstraps under a key of its own. */
export type Keyholder = Pick<Program, 'bootstrapPrecision' | 'peakBytes' | typeof Symbol.asyncDispose>;

const bitsOf = (measured: readonly BootstrapPrecision[]): Bits => ({
  mean: measured.reduce((sum, { mean_bits: bits }) => sum + bits, 0) / measured.length,
  worst: Math.min(...measured.map(({ worst_bits: bits }) => bits)),
});

/**
 * Bootstraps slots of every kind under one key after the other, each in a process that ends before the next one starts: keys
 * are gigabytes, and a heap that held some is not the one that it was.
 */
export async function measureKeys(
  { name, start }: { readonly name: string; readonly start: () => Promise<Keyholder> },
  keys: number,
): Promise<KeysPrecision> {
  const measured: Record<BootstrapSlots, BootstrapPrecision[]> = { random: [], one: [], one_hot: [] };
  let peakBytes = 0;
  for (let key = 0; key < keys; ++key) {
    const program = await start();
    try {
      for (const slots of bootstrapSlots)
        measured[slots].push(requireRight(name, await program.bootstrapPrecision(slots)));
      peakBytes = Math.max(peakBytes, await program.peakBytes());
    } finally {
      await program[Symbol.asyncDispose]();
    }
  }
  const { random, one, one_hot: oneHot } = measured;
  return { keys, bits: { random: bitsOf(random), one: bitsOf(one), one_hot: bitsOf(oneHot) }, peakBytes };
}
