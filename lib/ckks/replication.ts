import { checkOptions, requireInstance, requireInteger, runOptionNames } from '../check.js';
import { ArgumentError } from '../errors.js';
import type { RunOptions } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { Evaluator } from './evaluator.js';
import { CkksParameters } from './parameters.js';

/** Slots `first` to `first + count - 1`. */
export interface SlotRange {
  readonly first: number;
  /** 1 if absent. */
  readonly count?: number;
}

function checkRange(
  range: SlotRange & RunOptions,
  slots: number,
  subject: string,
): { first: number; count: number; rest: RunOptions } {
  const { first, count = 1, ...rest } = checkOptions(range, ['first', 'count', ...runOptionNames], subject);
  requireInteger(count, 'count', 1, slots);
  requireInteger(first, 'first', 0, slots - count);
  return { first, count, rest };
}

function requireBlock(first: number, count: number, slots: number): void {
  if (slots % count === 0 && first % count === 0) return;
  throw new ArgumentError(
    `Expected a block of a power of two of slots that begins at a multiple of its size but received ${count} slots from ${first} on.`,
    { first, count },
  );
}

/** The slots of a range as they are, all others zero. Spends one level; needs no key. */
export async function maskSlots(
  evaluator: Evaluator,
  a: Ciphertext,
  range: SlotRange & RunOptions,
): Promise<Ciphertext> {
  requireInstance(evaluator, Evaluator, 'the evaluator');
  requireInstance(a, Ciphertext, 'the ciphertext');
  const { first, count, rest } = checkRange(range, a.slots, 'maskSlots()');
  const mask = new Float64Array(first + count).fill(1, first);
  const plaintext = await evaluator.encode(mask, { level: a.level - (a.scaleDegree - 1), magnitude: 1 });
  try {
    return await evaluator.multiply(a, plaintext, rest);
  } finally {
    plaintext.dispose();
  }
}

/**
 * A block of slots, copied over all: slot i of the result is slot first + (i modulo count). `count` is a power of two that
 * divides `first`. Spends one level; needs the keys of replicationRotations().
 */
export async function replicate(
  evaluator: Evaluator,
  a: Ciphertext,
  range: SlotRange & RunOptions,
): Promise<Ciphertext> {
  requireInstance(a, Ciphertext, 'the ciphertext');
  const { slots } = a;
  const { first, count, rest } = checkRange(range, slots, 'replicate()');
  requireBlock(first, count, slots);
  const masked = await maskSlots(evaluator, a, range);
  try {
    return await evaluator.innerSum(masked, slots / count, { stride: count, ...rest });
  } finally {
    masked.dispose();
  }
}

/** The rotations that replicate() needs keys for with blocks of `count` slots: count, 2 count, … below the slots. */
export function replicationRotations(parameters: CkksParameters, count = 1): number[] {
  CkksParameters.native(parameters);
  const { slots } = parameters;
  requireInteger(count, 'count', 1, slots);
  requireBlock(0, count, slots);
  return Array.from({ length: Math.log2(slots / count) }, (_, k) => count * 2 ** k);
}
