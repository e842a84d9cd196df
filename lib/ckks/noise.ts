import { call, native } from '../native.js';

// The formulas of native/ckks/noise.hpp for a ring of degree n, before there are parameters: root mean square errors of
// a slot, in units of the message. `scale` is the one the result has.

/** A fresh encryption under the secret key. */
export const freshDeviation = (n: number, scale: number): number =>
  call(() => native.freshDeviation(n, scale));

/** A rescaling. */
export const roundingDeviation = (n: number, scale: number): number =>
  call(() => native.roundingDeviation(n, scale));

/** A number that multiplies all slots or is added to them, and is rounded for that. */
export const scalarDeviation = (scale: number): number => call(() => native.scalarDeviation(scale));

/** The factor from a deviation to what no slot exceeds but with probability 2^-40. */
export const tailFactor = (slots: number): number => call(() => native.tailFactor(slots));
