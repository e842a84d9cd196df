import { requireBytes } from '../check.js';
import { call, native } from '../native.js';
import type { NativeInspection } from '../native.js';

/** What an object says of itself in its first bytes. Nothing of it is proven before the object is read. */
export type ObjectInfo = Readonly<NativeInspection>;

/** With this many leading bytes inspect() tells all that it can; with 56 it tells type, parameter set and size. */
export const inspectBytes = 120;

/**
 * What the bytes of a key, a ciphertext or a parameter set hold, from their beginning alone: of a stream before it is taken
 * in, or of a file of gigabytes. Throws FormatError for bytes that are no object of the format.
 *
 * @example
 * ```ts
 * const { type, totalBytes } = inspect(firstBytes);
 * if (type !== 'evaluation keys' || totalBytes > limit) refuse();
 * ```
 */
export function inspect(start: Uint8Array): ObjectInfo {
  requireBytes(start, 'the first bytes of an object');
  return Object.freeze(call(() => native.inspect(start.subarray(0, inspectBytes))));
}
