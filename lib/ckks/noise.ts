import { call, native } from '../native.js';

// The formulas of native/ckks/noise.hpp for a ring of degree n, before there are parameters: root mean square errors of
// a slot, in units of the message. `scale` is the one the result has.

/** A fresh encryption under the secret key. */
export const freshDeviation = (n: number, scale: number): number =>
  call(() => native.freshDeviation(n, scale));

/** A rescaling. */
export const roundingDeviation = (n: number, scale: number): number =>
  call(() => native.roundingDeviation(n, scale));

/** Encoded slots, rounded to integers. */
export const encodingDeviation = (n: number, scale: number): number =>
  call(() => native.encodingDeviation(n, scale));

/** A key switch whose digits D_j come to `digits` = Σ (D_j / P)². Its rounding comes on top. */
export const keySwitchDeviation = (n: number, scale: number, digits: number): number =>
  call(() => native.keySwitchDeviation(n, scale, digits));

/** A number that multiplies all slots or is added to them, and is rounded for that. */
export const scalarDeviation = (scale: number): number => call(() => native.scalarDeviation(scale));

/** The factor from a deviation to what no slot exceeds but with probability 2^-40. */
export const tailFactor = (slots: number): number => call(() => native.tailFactor(slots));
