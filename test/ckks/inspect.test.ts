import { readFile } from 'node:fs/promises';
import test from 'ava';
import { SeededRandom } from '../../examples/support/random.js';
import { ArgumentError, FormatError, inspect, inspectBytes } from '../../lib/index.js';

const fixture = (name: string): Promise<Buffer> => readFile(`test/fixtures/format-v1/${name}.bin`);

test('the first bytes of an object say what it is, and no more are looked at', async (t) => {
  const cases = [
    ['small-parameters', { type: 'parameters', logN: 10 }],
    ['small-secret-key', { type: 'secret key' }],
    ['small-public-key', { type: 'public key' }],
    ['small-evaluation-key', { type: 'evaluation key', galoisElement: 5 }],
    ['small-evaluation-keys', { type: 'evaluation keys' }],
    ['small-ciphertext', { type: 'ciphertext', degree: 1 }],
    ['small-ciphertext-product', { type: 'ciphertext', degree: 2 }],
    ['small-ciphertext-batch', { type: 'ciphertext batch' }],
    ['small-plaintext', { type: 'plaintext' }],
  ] as const;
  for (const [name, wanted] of cases) {
    const bytes = await fixture(name);
    const info = inspect(bytes);
    t.like(info, { ...wanted, version: 1, totalBytes: bytes.length }, name);
    t.deepEqual(inspect(bytes.subarray(0, inspectBytes)), info);
    t.regex(info.fingerprint, /^[0-9a-f]{64}$/);
    // The header alone tells type, set and size.
    const { type, fingerprint, totalBytes } = inspect(bytes.subarray(0, 56));
    t.deepEqual([type, fingerprint, totalBytes], [info.type, info.fingerprint, info.totalBytes]);
    t.throws(() => inspect(bytes.subarray(0, 55)), { instanceOf: FormatError, code: 'FORMAT_TRUNCATED' });
  }
});

test('whatever the bytes are, inspect() tells or refuses by a code', async (t) => {
  const random = new SeededRandom(5);
  const bytes = (await fixture('small-evaluation-keys')).subarray(0, inspectBytes);
  let told = 0;
  for (let round = 0; round < 5000; ++round) {
    const altered = Uint8Array.from(bytes.subarray(0, random.next() % inspectBytes));
    for (let change = 0; change < 2; ++change)
      altered[random.next() % Math.max(altered.length, 1)] = random.next() % 256;
    try {
      inspect(altered);
      ++told;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  t.true(told > 500 && told < 4500, String(told));
  t.throws(() => inspect('text' as never), { instanceOf: ArgumentError });
});
