import { refuse, refuseReceived, requireFinite } from '../check.js';

/** From a number to a larger one, both included. */
export type Interval = readonly [lower: number, upper: number];

/** Refuses anything but two finite numbers, the lower one first. */
export function requireInterval(value: unknown, subject: string): asserts value is Interval {
  if (!Array.isArray(value) || value.length !== 2)
    refuse('[lower, upper]', `the interval of ${subject}`, value);
  const [lower, upper] = value as unknown[];
  requireFinite(lower, `the lower end of ${subject}`);
  requireFinite(upper, `the upper end of ${subject}`);
  if (!(lower < upper))
    refuseReceived('a lower end below the upper end', `the interval of ${subject}`, `[${lower}, ${upper}]`);
}
