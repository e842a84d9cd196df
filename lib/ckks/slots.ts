import { refuse, requireVector } from '../check.js';
import { ArgumentError } from '../errors.js';
import type { NativeSlots } from '../native.js';

/** Complex slot values: real and imaginary parts, one of each a slot. */
export interface ComplexSlots {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The values of a ciphertext's slots; missing ones are zero. */
export type SlotValues = Float64Array | ComplexSlots;

/** The same number for every slot. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

const none = new Float64Array();

function parts(values: SlotValues, subject: string, slots: number): [Float64Array, Float64Array] {
  if (
    !(values instanceof Float64Array) &&
    (typeof values !== 'object' || (values as unknown) === null || !('re' in values) || !('im' in values))
  )
    refuse('a Float64Array or { re, im } of them', subject, values);
  const re = values instanceof Float64Array ? values : values.re;
  const im = values instanceof Float64Array ? none : values.im;
  requireVector(re, subject);
  requireVector(im, subject);
  if (im !== none && im.length !== re.length)
    throw new ArgumentError(
      `Expected as many imaginary parts as real ones for ${subject} but received ${re.length} and ${im.length}.`,
      { re: re.length, im: im.length },
    );
  if (re.length > slots)
    throw new ArgumentError(
      `Expected at most ${slots} values for ${subject} but received ${re.length}. Split them over several ciphertexts.`,
      { slots, received: re.length },
    );
  return [re, im];
}

/** One list of slots or many, checked, as the addon takes them. */
export function nativeSlots(
  values: SlotValues | readonly SlotValues[],
  subject: string,
  slots: number,
): NativeSlots {
  if (!Array.isArray(values)) return parts(values as SlotValues, subject, slots);
  return Array.from(values as readonly SlotValues[], (entry, i) =>
    parts(entry, `${subject}[${i}]`, slots),
  ).flat();
}
