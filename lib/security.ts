import { refuse } from './check.js';

/** What a set promises. `none` is the only spelling of anything weaker than 128 bits, and marks all that it makes. */
export type Security = 'classical-128' | 'none';

/** Refuses anything but the two spellings. */
export function requireSecurity(value: unknown): asserts value is Security {
  if (value !== 'classical-128' && value !== 'none') refuse("'classical-128' or 'none'", 'security', value);
}
