import type { Bootstrapper } from '../../ckks/bootstrapper.js';
import type { Ciphertext } from '../../ckks/ciphertext.js';
import type { EvaluationKeys } from '../../ckks/evaluation-keys.js';
import type { Evaluator } from '../../ckks/evaluator.js';
import { portion } from './executor.js';
import type { Watch } from './executor.js';

/** Who bootstraps. */
export interface Refresher {
  readonly bootstrapper: Bootstrapper;
  readonly keys: EvaluationKeys;
  readonly evaluator: Evaluator;
}

/** How a value is bootstrapped. */
export interface Refreshment {
  /** Whether two ciphertexts go as one. Every value comes out doubled then. */
  readonly joined: boolean;
  /** The level that its readers want. */
  readonly level: number;
  /** No slot of the result is larger, which goes with it: what is known of slots grows from step to step. */
  readonly magnitude: number;
}

/** Bootstraps at a time: enough to keep the threads busy, few enough for memory. */
const kTogether = 8;

/** Fresh ciphertexts of a value. */
export async function bootstrapValue(
  refresher: Refresher,
  refreshment: Refreshment,
  ciphertexts: readonly Ciphertext[],
  watch: Watch,
): Promise<Ciphertext[]> {
  const size = refreshment.joined ? 2 * kTogether : kTogether;
  const fresh: Ciphertext[] = [];
  try {
    for (let first = 0; first < ciphertexts.length; first += size) {
      const group = ciphertexts.slice(first, first + size);
      const part = portion(watch, first / size, Math.ceil(ciphertexts.length / size));
      fresh.push(...(await bootstrapGroup(refresher, refreshment, group, part)));
    }
    return fresh;
  } catch (error) {
    for (const ciphertext of fresh) ciphertext.dispose();
    throw error;
  }
}

async function bootstrapGroup(
  { bootstrapper, keys, evaluator }: Refresher,
  { joined, level, magnitude }: Refreshment,
  group: readonly Ciphertext[],
  watch: Watch,
): Promise<Ciphertext[]> {
  const { signal } = watch;
  const made: Ciphertext[] = [];
  const keep = (list: readonly Ciphertext[]): readonly Ciphertext[] => {
    made.push(...list);
    return list;
  };
  const refresh = async (spent: readonly Ciphertext[]): Promise<readonly Ciphertext[]> => {
    const high = keep(await bootstrapper.bootstrap(spent, keys, watch));
    return keep(await evaluator.dropToLevel(high, level, { signal }));
  };
  try {
    if (!joined) return (await refresh(group)).map((ciphertext) => ciphertext.declareNoise({ magnitude }));
    const pairs = Math.floor(group.length / 2);
    const parts = (parity: number): Ciphertext[] =>
      group.slice(0, 2 * pairs).filter((_, i) => i % 2 === parity);
    const complex = keep(await evaluator.joinComplex(parts(0), parts(1), { signal }));
    // One may be left over: it goes alone, and is doubled as the others are.
    const low = await refresh([...complex, ...group.slice(2 * pairs)]);
    const split = keep((await evaluator.splitComplex(low.slice(0, pairs), { signal })).flat());
    const alone = low.slice(pairs);
    const doubled = keep(await evaluator.add(alone, alone, { signal }));
    return [...split, ...doubled].map((ciphertext) => ciphertext.declareNoise({ magnitude }));
  } finally {
    for (const ciphertext of made) ciphertext.dispose();
  }
}
