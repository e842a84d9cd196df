// The operations of bench/native/ckks_bench.cpp, through the public API. Takes a CkksSet as JSON.
// Requests: <operation>; check <operation>.
import { Ciphertext, type Plaintext } from '../../lib/ckks/index.js';
import type { CkksSet } from '../support/ckks-sets.js';
import { serve } from './serve.js';
import { setUp } from './setup.js';

const steps = [1, 2, 3, 4, 5, 6, 7, 8];
const set = JSON.parse(process.argv[2]!) as CkksSet;
const { parameters, evaluator, encryptor, symmetric, decryptor, ...data } = await setUp(set, steps);
const { first, second, firstEncrypted, secondEncrypted } = data;

type Result = Ciphertext | Plaintext | Float64Array;

const operations: Readonly<Record<string, () => Promise<Result | readonly Result[]>>> = {
  multiply_relinearize_rescale: () => evaluator.multiply(firstEncrypted, secondEncrypted),
  rotate: () => evaluator.rotate(firstEncrypted, 1),
  rotate_8_hoisted: () => evaluator.rotateHoisted(firstEncrypted, steps),
  encode: () => evaluator.encode(first, { magnitude: 1 }),
  encrypt: () => encryptor.encrypt(first),
  encrypt_symmetric: () => symmetric.encrypt(first),
  decrypt: () => decryptor.decrypt(firstEncrypted),
};

/** The last of its results; the others are disposed of. */
async function run(name: string): Promise<Result> {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`no operation named ${name}`);
  const results: Result[] = [await operation()].flat();
  for (const result of results.slice(0, -1)) free(result);
  return results.at(-1)!;
}

function free(result: Result): void {
  if (!(result instanceof Float64Array)) result.dispose();
}

async function time(name: string): Promise<number> {
  const start = performance.now();
  free(await run(name));
  return performance.now() - start;
}

/** What a result holds; a plaintext is added to a ciphertext of zeros without noise. */
async function valuesOf(result: Result): Promise<Float64Array> {
  if (result instanceof Float64Array) return result;
  if (result instanceof Ciphertext) return decryptor.decrypt(result);
  using zero = await evaluator.subtract(firstEncrypted, firstEncrypted);
  using sum = await evaluator.add(zero, result);
  return await decryptor.decrypt(sum); // before `sum` is disposed of
}

/** The largest error over all slots: a fast wrong answer is none. */
async function check(name: string): Promise<Record<string, number>> {
  const result = await run(name);
  const turned = name === 'rotate' ? 1 : name.startsWith('rotate') ? steps.length : 0;
  const slots = parameters.slots;
  const expected = first.map((x, i) =>
    name.startsWith('multiply') ? x * second[i]! : first[(i + turned) % slots]!,
  );
  const level = result instanceof Float64Array ? parameters.maxLevel : result.level;
  const values = await valuesOf(result);
  free(result);
  const error = values.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i]!)), 0);
  return { error, levels_left: level };
}

await serve({ log_n: parameters.logN, levels: parameters.maxLevel }, async ([word, name]) => {
  if (word === 'check') return check(name!);
  await time(word!);
  return { ms: await time(word!) };
});
