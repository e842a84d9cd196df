import { refuse, requireFinite, requireInteger } from '../check.js';
import { call, native } from '../native.js';

/** How many results of one secret key others than its owner ever see, and how well these hide the key. */
export interface Sharing {
  /** Ciphertexts, each counted as often as it is shared, under one secret key for its whole life: 1 … 2^40. */
  readonly queries: number;
  /** κ, in bits: 30 … 128. All shared results together say 2^-κ / 24 about the key (Kullback–Leibler). 40 if absent. */
  readonly statisticalSecurity?: number;
}

/** What a caller gave, with its defaults. Throws ArgumentError. */
export function checkSharing({ queries, statisticalSecurity = 40 }: Sharing): Required<Sharing> {
  requireInteger(queries, 'queries', 1, 2 ** 40);
  requireFinite(statisticalSecurity, 'statisticalSecurity');
  if (statisticalSecurity < 30 || statisticalSecurity > 128)
    refuse('a number from 30 to 128', 'statisticalSecurity', statisticalSecurity);
  return { queries, statisticalSecurity };
}

/**
 * The bits of precision that sharing costs. The noise is in proportion to the error, to which every level adds: so a plan
 * that is to give errors of at most e after sharing makes parameters for errors of e · 2^-sharingBits().
 *
 * @param slots - of a ciphertext.
 */
export function sharingBits(sharing: Sharing, slots: number): number {
  const { queries, statisticalSecurity } = checkSharing(sharing);
  requireInteger(slots, 'slots', 1, 2 ** 16);
  return call(() => native.sharingBits(slots, queries, statisticalSecurity));
}

const price = ({ queries, statisticalSecurity }: Required<Sharing>, results: number): number =>
  (results * 2 ** -statisticalSecurity) / queries;

/**
 * What one secret key has given away so far. Every result adds 2^-κ / τ; the sum stays below 2^-κ for the largest κ
 * that was asked for, so that no later call breaks the promise of an earlier one.
 */
export class SharingBudget {
  #spent = 0;
  #strictest = 0;

  /** Whether so many further results fit; if they do, they are spent. */
  spend(sharing: Required<Sharing>, results: number): boolean {
    const strictest = Math.max(this.#strictest, sharing.statisticalSecurity);
    const spent = this.#spent + price(sharing, results);
    if (spent > 2 ** -strictest * (1 + 1e-9)) return false;
    this.#spent = spent;
    this.#strictest = strictest;
    return true;
  }

  /** Takes back what was spent on results that nobody was given. */
  refund(sharing: Required<Sharing>, results: number): void {
    this.#spent -= price(sharing, results);
  }
}
