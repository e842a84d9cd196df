// Loops whose memory matters. Takes { set: CkksSet, count: number } as JSON; `count` is how often a loop turns.
// Requests: the operations of the suite, answered with the milliseconds of the whole loop.
import type { CkksSet } from '../support/ckks-sets.js';
import { serve } from './serve.js';
import { setUp } from './setup.js';

const { set, count } = JSON.parse(process.argv[2]!) as { set: CkksSet; count: number };
const { parameters, evaluator, symmetric, first, firstEncrypted, secondEncrypted } = await setUp(set, [1]);

const loops: Readonly<Record<string, () => Promise<void>>> = {
  undisposed_ciphertexts: async () => {
    for (let i = 0; i < count; ++i) await symmetric.encrypt(first);
  },
  products_and_rotations: async () => {
    for (let i = 0; i < count; ++i) {
      using product = await evaluator.multiply(firstEncrypted, secondEncrypted);
      (await evaluator.rotate(product, 1)).dispose();
    }
  },
};

await serve({ log_n: parameters.logN, levels: parameters.maxLevel }, async ([name]) => {
  const loop = loops[name!];
  if (loop === undefined) throw new Error(`no operation named ${name}`);
  const start = performance.now();
  await loop();
  return { ms: performance.now() - start };
});
