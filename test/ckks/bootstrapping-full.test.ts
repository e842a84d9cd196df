import test from 'ava';
import {
  Bootstrapper,
  CkksParameters,
  Decryptor,
  Encryptor,
  KeyGenerator,
  planBootstrapping,
} from '../../lib/index.js';
import { SeededRandom } from '../../examples/support/random.js';

// One run at full security; everything else is tested on small marked-insecure sets.
test('bootstrapping at 128 bits of security, N = 2^15: as precise as planned, with keys as large as planned', async (t) => {
  const plan = await planBootstrapping({
    slots: 2 ** 14,
    levelsAfter: 2,
    precisionBits: 12,
    logScale: 28,
    keys: 'small',
  });
  t.is(plan.parameters.logN, 15);
  t.true(plan.logQP <= plan.logQPLimit && plan.logQSparse <= plan.logQSparseLimit);
  t.true(plan.failureProbability <= 2 ** -128);
  using parameters = await CkksParameters.create(plan.parameters);
  t.is(parameters.security, 'classical-128');
  const generator = new KeyGenerator(parameters);
  using secretKey = await generator.secretKey();
  using evaluationKeys = await generator.evaluationKeys(secretKey, { bootstrapping: { keys: 'small' } });
  t.true(Math.abs(evaluationKeys.byteLength / plan.keyBytes - 1) < 0.05);
  using bootstrapper = await Bootstrapper.create(parameters, { keys: 'small' });

  const random = new SeededRandom(1);
  const re = random.vector(parameters.slots);
  const im = random.vector(parameters.slots);
  using spent = await new Encryptor(parameters, secretKey).encrypt({ re, im }, { level: 0, magnitude: 1.5 });
  using fresh = await bootstrapper.bootstrap(spent, evaluationKeys);
  t.is(fresh.level, 2);
  const got = await new Decryptor(parameters, secretKey).decryptComplex(fresh);
  const bits = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, x, i) => sum - Math.log2(Math.max(2 ** -60, Math.abs(x - b[i]!))), 0) / a.length;
  const mean = (bits(got.re, re) + bits(got.im, im)) / 2;
  t.true(mean >= 12 && Math.abs(mean - plan.precisionBits) < 1, `${mean} bits`);
});
