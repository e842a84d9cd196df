import { refuse, refuseReceived } from '../check.js';

/** Integers in [least, end) from a typed array or an array of numbers; the core refuses what is too large for a set. */
function checkIntegers(values: unknown, subject: string, least: number, end: number): ArrayLike<number> {
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  if (!isList) refuse('a typed array or an array of integers', subject, values);
  const list = values as ArrayLike<unknown>;
  for (let i = 0; i < list.length; ++i) {
    const value = list[i];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value >= end)
      refuseReceived(`integers from ${least} to ${end - 1}`, subject, `${String(value)} at index ${i}`, {
        index: i,
        value,
      });
  }
  return list as ArrayLike<number>;
}

/** A copy, as the core takes numbers from 0 on. */
export function unsignedIntegers(values: unknown, subject: string, end = 2 ** 32): Uint32Array {
  return Uint32Array.from(checkIntegers(values, subject, 0, end));
}

/** A copy, as the core takes numbers with a sign. */
export function signedIntegers(values: unknown, subject: string): Int32Array {
  return Int32Array.from(checkIntegers(values, subject, -(2 ** 31), 2 ** 31));
}
