import test from 'ava';

import { CkksParameters, Decryptor, Encryptor, KeyGenerator, sharingBits } from '../../lib/ckks/index.js';
import { SharingBudget } from '../../lib/ckks/sharing.js';
import { ArgumentError, OperationError } from '../../lib/errors.js';

const sharing = { queries: 100 };

/** Level 0 has room for the noise of 100 results. */
async function context() {
  const parameters = await CkksParameters.create({
    logN: 10,
    logQ: [60],
    logP: [],
    logScale: 56,
    security: 'none',
  });
  const secretKey = await new KeyGenerator(parameters, { insecureSeed: 1n }).secretKey();
  const encryptor = new Encryptor(parameters, secretKey, { insecureSeed: 2n });
  return { parameters, secretKey, ciphertext: await encryptor.encrypt(Float64Array.of(0.5, -0.25)) };
}

test('shared values are those of the ciphertext within the bits that sharing costs, and never the same twice', async (t) => {
  const { parameters, secretKey, ciphertext } = await context();
  const decryptor = new Decryptor(parameters, secretKey);
  const error = ciphertext.noise.errorBound * 2 ** sharingBits(sharing, parameters.slots);
  t.true(error < 2 ** -6);
  const [first, second] = await decryptor.decryptForSharing([ciphertext, ciphertext], sharing);
  for (const slots of [first!, second!, await decryptor.decryptForSharing(ciphertext, sharing)]) {
    t.is(slots.length, parameters.slots);
    t.true(Math.abs(slots[0]! - 0.5) <= error && Math.abs(slots[1]! + 0.25) <= error);
  }
  t.notDeepEqual(first, second);
  const again = () =>
    new Decryptor(parameters, secretKey, { insecureSeed: 5n }).decryptForSharing(ciphertext, sharing);
  t.deepEqual(await again(), await again());
});

test('no more results are shared than the noise was planned for', async (t) => {
  const { parameters, secretKey, ciphertext } = await context();
  const decryptor = new Decryptor(parameters, secretKey);
  await decryptor.decryptForSharing([ciphertext, ciphertext], { queries: 3 });
  const spent = { instanceOf: OperationError, code: 'SHARING_REFUSED', message: /^2 more results .* the 3 / };
  await t.throwsAsync(decryptor.decryptForSharing([ciphertext, ciphertext], { queries: 3 }), spent);
  await decryptor.decryptForSharing(ciphertext, { queries: 3 });
  await t.throwsAsync(decryptor.decryptForSharing(ciphertext, { queries: 3 }), { code: 'SHARING_REFUSED' });
  // decrypt() stays the owner's, without count.
  await decryptor.decrypt(ciphertext);
});

test('results that were refused are not counted', async (t) => {
  const { parameters, secretKey, ciphertext } = await context();
  const decryptor = new Decryptor(parameters, secretKey);
  for (let i = 0; i < 3; ++i)
    await t.throwsAsync(decryptor.decryptForSharing(ciphertext, { queries: 1, precisionBits: 40 }), {
      instanceOf: OperationError,
      code: 'SHARING_REFUSED',
      message: /a scale that is larger by \d+ bits/,
    });
  await decryptor.decryptForSharing(ciphertext, { queries: 1 });
  await t.throwsAsync(
    new Decryptor(parameters, secretKey).decryptForSharing(ciphertext, {
      queries: 1,
      deviation: ciphertext.noise.deviation / 2,
    }),
    { code: 'SHARING_REFUSED', message: /above the promised/ },
  );
});

test('a budget keeps the strictest promise over calls with different ones', (t) => {
  const budget = new SharingBudget();
  t.true(budget.spend({ queries: 10, statisticalSecurity: 40 }, 5));
  t.true(budget.spend({ queries: 100, statisticalSecurity: 40 }, 50));
  t.false(budget.spend({ queries: 100, statisticalSecurity: 40 }, 1));
  t.false(budget.spend({ queries: 1e6, statisticalSecurity: 41 }, 1));
  t.false(budget.spend({ queries: 1e6, statisticalSecurity: 30 }, 1));
  budget.refund({ queries: 10, statisticalSecurity: 40 }, 5);
  t.true(budget.spend({ queries: 10, statisticalSecurity: 40 }, 5));
});

test('sharing costs half the statistical security and a root of 12 queries, and the slots their share', (t) => {
  const plain = 20 + Math.log2(Math.sqrt(12 * 1000));
  const bits = sharingBits({ queries: 1000 }, 4096);
  t.true(bits > plain + 7 && bits < plain + 11);
  t.true(Math.abs(sharingBits({ queries: 4000 }, 4096) - bits - 1) < 0.1);
  t.true(Math.abs(sharingBits({ queries: 1000, statisticalSecurity: 60 }, 4096) - bits - 10.5) < 0.6);
});

test('options that make no sense are refused', async (t) => {
  const { parameters, secretKey, ciphertext } = await context();
  const decryptor = new Decryptor(parameters, secretKey);
  for (const options of [
    {},
    { queries: 0 },
    { queries: 1.5 },
    { queries: 2 ** 41 },
    { queries: 1, statisticalSecurity: 29 },
    { queries: 1, statisticalSecurity: NaN },
    { queries: 1, deviation: 0 },
    { queries: 1, precisionBits: Infinity },
    { querys: 1 },
  ])
    await t.throwsAsync(decryptor.decryptForSharing(ciphertext, options as { queries: number }), {
      instanceOf: ArgumentError,
    });
  t.throws(() => sharingBits({ queries: 1 }, 0), { instanceOf: ArgumentError });
});
