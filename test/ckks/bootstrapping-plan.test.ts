import test from 'ava';

import { Bootstrapper, CkksParameters, planBootstrapping } from '../../lib/index.js';
import { largestDifference, makeContext, sequence, smallLiteral } from './support.js';

/** A plan for a ring that hides nothing, in a second. */
const intent = { levelsAfter: 2, precisionBits: 14, slots: 2 ** 9, logScale: 40, security: 'none' } as const;

test('a plan says what a set costs and how exact it is before anything is made', async (t) => {
  const plan = await planBootstrapping(intent);
  t.true(plan.precisionBits >= 14 && plan.constantPrecisionBits >= 14);
  t.true(plan.noise.some(({ step }) => step === 'modular reduction'));
  t.true(plan.noise.every(({ bits }) => bits > 13));
  t.true(plan.failureProbability <= 2 ** -128);
  t.true(plan.logQP > 0 && plan.logQSparse > 0 && plan.seconds > 0);
  t.true(plan.reasons.length > 3);
  t.is(plan.keys, 'fast');
  const parameters = await CkksParameters.create(plan.parameters);
  t.is(parameters.maxLevel, 2);
  t.is(parameters.slots, 2 ** 9);
  t.true(Math.abs(parameters.logQP - plan.logQP) < 1);
  const size = parameters.evaluationKeySize({ bootstrapping: true });
  t.true(Math.abs(size.memory / plan.keyBytes - 1) < 0.05, `${size.memory} for ${plan.keyBytes}`);
  t.true(Math.abs(size.serialized / plan.keyBytesOnDisk - 1) < 0.05);
  const bootstrapper = await Bootstrapper.create(parameters);
  t.true(Math.abs(bootstrapper.byteLength / plan.matrixBytes - 1) < 0.05);
});

test('a set by intent is that of the plan and bootstraps with its precision', async (t) => {
  const { security, ...bootstrapping } = intent;
  const { parameters, encryptor, decryptor, evaluationKeys } = await makeContext(
    { bootstrapping: { ...bootstrapping, keys: 'small' }, security },
    { bootstrapping: { keys: 'small' } },
  );
  t.deepEqual(parameters.reasons, (await planBootstrapping({ ...intent, keys: 'small' })).reasons);
  t.is(parameters.bootstrapping?.levelsAfter, 2);
  const { noise, precisionBits } = await parameters.bootstrappingPlan({ keys: 'small' });
  t.true(noise.length > 3 && precisionBits >= 14);
  const bootstrapper = await Bootstrapper.create(parameters, { keys: 'small' });
  const values = sequence(9)(parameters.slots);
  const fresh = await bootstrapper.bootstrap(await encryptor.encrypt(values, { level: 0 }), evaluationKeys);
  t.true(largestDifference(await decryptor.decrypt(fresh), values) < fresh.noise.errorBound);
  t.true(fresh.noise.errorBound < 2 ** -9);
});

test('a faster machine is predicted to be faster', async (t) => {
  const machine = { cpuLevel: 'x', threads: 1, butterfly: 1, streamedProduct: 1, scalarProduct: 1, byte: 1 };
  const slow = await planBootstrapping(intent, { machine });
  const fast = await planBootstrapping(intent, {
    machine: { ...machine, butterfly: 0.5, streamedProduct: 0.5, scalarProduct: 0.5 },
  });
  t.is(fast.seconds, slow.seconds / 2);
});

test('an intent that no ring holds, or that is none, is refused by name', async (t) => {
  await t.throwsAsync(planBootstrapping({ ...intent, levelsAfter: 60, precisionBits: 40 }), {
    code: 'PARAMETERS_INVALID',
    message: /60 levels after a bootstrapping with 40\.0 bits do not fit any ring/,
  });
  const refusals: [object, string | RegExp][] = [
    [{ levelsAfter: 0 }, 'Expected an integer from 1 to 60 for levelsAfter but received 0.'],
    [{ precisionBits: 7 }, 'Expected a number from 8 to 40 for precisionBits but received 7.'],
    [{ slots: 2 ** 17 }, 'Expected an integer from 2 to 65536 for slots but received 131072.'],
    [{ keys: 'few' }, "Expected 'small' or 'fast' for keys but received \"few\"."],
    [{ logScale: 23 }, 'Expected an integer from 24 to 60 for logScale but received 23.'],
    [{ magnitude: 0 }, 'Expected a number above 0 for magnitude but received 0.'],
    [{ security: 'some' }, "Expected 'classical-128' or 'none' for security but received \"some\"."],
    [{ levels: 3 }, /Unknown option levels for an intent for bootstrapping/],
  ];
  for (const [wrong, message] of refusals)
    await t.throwsAsync(planBootstrapping({ ...intent, ...wrong }), { code: 'INVALID_ARGUMENT', message });
  await t.throwsAsync(planBootstrapping(intent, { machine: { butterfly: 0 } as never }), {
    code: 'INVALID_ARGUMENT',
    message: 'Expected a number for machine.threads but received undefined.',
  });
  await t.throwsAsync(CkksParameters.create({ bootstrapping: { levels: 3 } as never }), {
    code: 'INVALID_ARGUMENT',
    message: /Unknown option levels for bootstrapping/,
  });
  await t.throwsAsync(CkksParameters.create({ bootstrapping: intent, slots: 8 }), {
    code: 'INVALID_ARGUMENT',
    message: /Unknown option slots for CKKS parameters by an intent for bootstrapping/,
  });
  const plain = await CkksParameters.create(smallLiteral);
  await t.throwsAsync(plain.bootstrappingPlan(), {
    code: 'PARAMETERS_INVALID',
    message: /no levels for bootstrapping/,
  });
});
