import test from 'ava';
import type { ExecutionContext } from 'ava';
import { ArgumentError, CancelledError, FormatError, ParameterError } from '../../lib/errors.js';
import { CkksParameters, Decryptor, Encryptor, KeyGenerator } from '../../lib/index.js';
import type { EvaluationKeyRequest } from '../../lib/index.js';
import {
  activation,
  add,
  compile,
  dense,
  executeInClear,
  graph,
  PreparedNetwork,
  sequential,
} from '../../lib/nn/index.js';
import type {
  Compiled,
  CompileOptions,
  Layer,
  Model,
  Plan,
  PlanBootstrap,
  Tensor,
} from '../../lib/nn/index.js';
import type { ExecutionOptions } from '../../lib/nn/plan/executor.js';
import { batchCount, packRows, unpackRows } from '../../lib/nn/plan/pack.js';

import { inputLevelOf, inputMagnitudeOf, keyRequestOf } from '../../lib/nn/plan/plan.js';
import { planFingerprint, planFromBytes, planToBytes } from '../../lib/roles/messages.js';
import { SeededRandom } from '../../examples/support/random.js';

// Under sets without security: those with it have N = 2^16.

const inputs = 3;
const calibration = new SeededRandom(23).vector(inputs * 400);

/** A turn of the units and a little of everything: inputs make a difference to the end, and values stay where they are. */
function layer(random: SeededRandom, from: number, to: number): Layer {
  const weights = random.vector(from * to, 0.1);
  for (let k = 0; k < Math.min(from, to); ++k) weights[((k + 1) % to) * from + k]! += 1;
  for (let row = 0; row < to; ++row) {
    const entries = weights.subarray(row * from, (row + 1) * from);
    const sum = entries.reduce((total, weight) => total + Math.abs(weight), 0);
    entries.forEach((weight, k) => (entries[k] = (0.95 * weight) / sum));
  }
  return dense({ inputs: from, units: to, weights, bias: random.vector(to, 0.05) });
}

/** Nearly straight: two levels with the layer before it. */
const parabola = activation({ polynomial: [0, 1, 0.1] });

/** Dense layers with parabolas between them. */
function chain(units: number, blocks: number): Model {
  const random = new SeededRandom(units);
  return sequential([
    layer(random, inputs, units),
    ...Array.from({ length: blocks }, () => [parabola, layer(random, units, units)]).flat(),
    parabola,
    layer(random, units, 2),
  ]);
}

/** A shortcut over each block of two dense layers and a cubic polynomial. */
function residualNetwork(units: number, blocks: number): Model {
  const random = new SeededRandom(units);
  const dense = (x: Tensor, width = units): Tensor => x.apply(layer(random, x.shape[0]!, width));
  return graph([inputs], (x) => {
    let value = dense(x).apply(parabola);
    for (let block = 0; block < blocks; ++block) {
      const inner = dense(value).apply(activation({ polynomial: [0, 0.9, 0.1, -0.1] }));
      value = dense(inner)
        .apply(add([0.5, 0.5]), value)
        .apply(parabola);
    }
    return dense(value, 2);
  });
}

const deep = {
  calibration,
  security: 'none',
  maxError: 0.01,
  bounds: { amplification: 128 },
  bootstrapping: { levelsAfter: 6 },
} as const satisfies CompileOptions;

async function run(
  { plan, serverModel }: Compiled,
  rows: Float64Array,
  { request = {}, ...options }: ExecutionOptions & { readonly request?: EvaluationKeyRequest } = {},
): Promise<Float64Array> {
  using parameters = await CkksParameters.create(plan.parameters);
  const generator = new KeyGenerator(parameters, { insecureSeed: 1n });
  using secretKey = await generator.secretKey();
  using keys = await generator.evaluationKeys(secretKey, { ...keyRequestOf(plan), ...request });
  const network = await PreparedNetwork.prepare(plan, serverModel);
  try {
    const encryptor = new Encryptor(parameters, secretKey, { insecureSeed: 2n });
    const where = { level: inputLevelOf(plan), magnitude: inputMagnitudeOf(plan) };
    const samples = rows.length / plan.inputs;
    const encrypted = await encryptor.encrypt(packRows(plan, rows), where);
    const outputs = await network.execute(keys, encrypted, batchCount(plan, samples), options);
    const slots = await new Decryptor(parameters, secretKey).decryptComplex(outputs);
    return unpackRows(plan, slots, samples);
  } finally {
    network.dispose();
  }
}

const farthest = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const clear = ({ serverModel }: Compiled, rows: Float64Array): Float64Array =>
  executeInClear(serverModel.steps, inputs, rows);

/** What is computed on ciphertexts is what is computed in the clear, for other inputs other things. */
async function agrees(t: ExecutionContext, compiled: Compiled, samples: number): Promise<void> {
  const rows = new SeededRandom(samples).vector(inputs * samples);
  const exact = clear(compiled, rows);
  t.true(Math.max(...exact) - Math.min(...exact) > 0.1);
  t.true(farthest(await run(compiled, rows), exact) <= compiled.plan.predicted.error);
}

const joins = ({ bootstrapping }: Plan): boolean[] => bootstrapping!.values.map(({ joined }) => joined);

for (const [title, units, joined, bootstraps, options] of [
  ['by samples, ciphertexts in pairs', 4, true, 6, { packing: 'samples', samples: 8 }],
  ['by samples, one ciphertext left over', 3, true, 6, { packing: 'samples', samples: 8 }],
  ['interleaved', 4, false, 3, { packing: 'interleaved', samples: 8 }],
] as const)
  test(`a network of 21 levels is evaluated as in the clear, packed ${title}`, async (t) => {
    const compiled = await compile(chain(units, 9), { ...deep, ...options });
    const { plan } = compiled;
    t.is(plan.predicted.levels, 21);
    t.deepEqual(joins(plan), [joined, joined, joined]);
    t.true(plan.reasons.some((reason) => reason.startsWith(`${bootstraps} bootstraps a batch`)));
    t.true(plan.predicted.seconds.batch > plan.predicted.seconds.bootstraps!);
    await agrees(t, compiled, 8);
  });

test('ciphertexts of several batches are bootstrapped in pairs, the last one alone', async (t) => {
  const compiled = await compile(chain(4, 9), { ...deep, packing: 'interleaved', samples: 8 });
  const { plan } = compiled;
  const values = plan.bootstrapping!.values.map(({ value }) => ({ value, joined: true }));
  const level = Math.max(...values.map(({ value }) => plan.steps[value]!.level));
  const joined: Plan = {
    ...plan,
    bootstrapping: { ...plan.bootstrapping!, values },
    keys: { ...plan.keys, conjugation: level },
  };
  await agrees(t, { ...compiled, plan: joined }, 2 * plan.samplesPerBatch + 1);
});

test('two samples share a slot through bootstraps', async (t) => {
  const compiled = await compile(chain(3, 9), { ...deep, packing: 'samples', samples: 8 });
  const { plan } = compiled;
  const values = plan.bootstrapping!.values.map(({ value }) => ({ value, joined: false }));
  const pairs: Plan = {
    ...plan,
    packing: { kind: 'samples', pairs: true },
    samplesPerBatch: 2 * plan.samplesPerBatch,
    bootstrapping: { ...plan.bootstrapping!, values },
    keys: { ...plan.keys, conjugation: plan.keys.relinearization },
  };
  await agrees(t, { ...compiled, plan: pairs }, 13);
});

test('values that a shortcut reads again are bootstrapped once, and read at two levels', async (t) => {
  for (const packing of ['samples', 'interleaved'] as const) {
    const compiled = await compile(residualNetwork(4, 3), { ...deep, packing, samples: 4 });
    const { steps, bootstrapping } = compiled.plan;
    const readers = bootstrapping!.values.map(({ value }) =>
      steps.filter(({ sources }) => (sources as readonly number[]).includes(value)),
    );
    t.true(readers.some((list) => list.length > 1));
    await agrees(t, compiled, 4);
  }
});

test('a network that fits its levels has no bootstraps, whatever was asked for', async (t) => {
  const shallow = chain(3, 1);
  const none = await compile(shallow, { ...deep, bootstrapping: 'never' });
  t.is(none.plan.bootstrapping, undefined);
  for (const bootstrapping of ['auto', { levelsAfter: 7 }] as const)
    t.deepEqual(await compile(shallow, { ...deep, bootstrapping }), none);
  t.false(new TextDecoder().decode(planToBytes(none.plan)).includes('bootstrap'));
});

test('a network deeper than any set is bootstrapped, to the number of levels that is fastest', async (t) => {
  const random = new SeededRandom(1);
  const steep = activation({ polynomial: [0, 1, ...Array<number>(13).fill(0), 0.1] });
  const layers = Array.from({ length: 25 }, () => [layer(random, inputs, inputs), steep]);
  const model = sequential([...layers.flat(), layer(random, inputs, 2)]);
  const options = { ...deep, packing: 'interleaved', maxError: 100 } as const;
  await t.throwsAsync(compile(model, { ...options, bootstrapping: 'never' }), {
    instanceOf: ParameterError,
    message: /126 levels do not fit/,
  });
  const { plan } = await compile(model, { ...options, bootstrapping: 'auto' });
  t.is(plan.predicted.levels, 126);
  for (const levelsAfter of [5, 10, 16]) {
    const other = await compile(model, { ...options, bootstrapping: { levelsAfter } });
    // Times of bootstraps are interpolated: a tenth is left to that.
    t.true(other.plan.predicted.seconds.batch >= 0.9 * plan.predicted.seconds.batch);
    t.true(other.plan.bootstrapping!.values.length >= plan.bootstrapping!.values.length);
  }
});

test('at 128 bits of security a deep network is planned in a ring that bootstraps', async (t) => {
  const { plan } = await compile(chain(8, 20), {
    calibration,
    maxError: 0.1,
    bounds: { amplification: 1024, hiddenNorm: 64 },
    packing: 'interleaved',
  });
  const { parameters, bootstrapping, predicted } = planFromBytes(planToBytes(plan));
  t.is(parameters.security, 'classical-128');
  t.true(parameters.logN >= 16 && parameters.logSlots! < 15);
  t.true(bootstrapping!.values.length >= 2);
  t.is(predicted.levels, 43);
  t.true(predicted.error <= 0.1);
  t.true(predicted.bytes.evaluationKeysInMemory > 1e8 && predicted.bytes.evaluationKeysInMemory < 8e9);
});

test('keys are as large as the plan says, and those of fewer rotations serve where there is no room for more', async (t) => {
  const model = chain(4, 9);
  const options = { ...deep, packing: 'interleaved', samples: 64 } as const;
  const fast = await compile(model, options);
  const { evaluationKeysInMemory } = fast.plan.predicted.bytes;
  const small = await compile(model, { ...options, keyBytes: evaluationKeysInMemory - 1 });
  t.is(fast.plan.bootstrapping?.keys, 'fast');
  t.is(small.plan.bootstrapping?.keys, 'small');
  for (const { plan } of [fast, small]) {
    using parameters = await CkksParameters.create(plan.parameters);
    const generator = new KeyGenerator(parameters, { insecureSeed: 1n });
    using secretKey = await generator.secretKey();
    using keys = await generator.evaluationKeys(secretKey, keyRequestOf(plan));
    t.is((await keys.toBytes()).length, plan.predicted.bytes.evaluationKeys);
    t.is(keys.byteLength, plan.predicted.bytes.evaluationKeysInMemory);
  }
  await agrees(t, small, 64);
});

test('a plan with bootstraps comes back from its bytes, and an altered one is refused by the name of the field', async (t) => {
  const { plan } = await compile(chain(4, 9), { ...deep, packing: 'samples', samples: 8 });
  const copy = planFromBytes(planToBytes(plan));
  t.deepEqual(planFingerprint(copy), planFingerprint(plan));
  const { values } = plan.bootstrapping!;
  const refused = (change: Partial<Plan>, field: string): void => {
    t.throws(() => planFromBytes(planToBytes({ ...plan, ...change })), {
      instanceOf: FormatError,
      code: 'FORMAT_CORRUPT',
      message: new RegExp(field.replaceAll('.', '\\.')),
    });
  };
  const bootstrapped = (values: readonly object[]): Partial<Plan> => ({
    bootstrapping: { keys: 'fast', values: values as PlanBootstrap[] },
  });
  refused(bootstrapped([...values].reverse()), 'bootstrapping.values.1.value');
  refused(bootstrapped([{ value: 0, joined: false }]), 'bootstrapping.values.0.value');
  refused(bootstrapped([{ value: plan.steps.length, joined: false }]), 'bootstrapping.values.0.value');
  refused(bootstrapped([{ value: 3 }]), 'bootstrapping.values.0');
  refused(bootstrapped(values.slice(1)), 'steps.\\d+.level');
  refused({ bootstrapping: { ...plan.bootstrapping!, keys: 'many' as 'fast' } }, 'bootstrapping.keys');
  refused({ keys: { ...plan.keys, conjugation: null } }, 'keys.conjugation');
  const { bootstrapping: _literal, ...without } = plan.parameters;
  refused({ parameters: without }, 'parameters.bootstrapping');
  const { bootstrapping: _bootstraps, ...unbootstrapped } = plan;
  t.throws(() => planFromBytes(planToBytes(unbootstrapped)), { instanceOf: FormatError });
});

test('an evaluation tells of its bootstraps, stops when asked to, and misses keys by name', async (t) => {
  const compiled = await compile(chain(3, 9), { ...deep, packing: 'interleaved', samples: 2 });
  const rows = new SeededRandom(2).vector(inputs * 2);
  const seen: number[] = [];
  let last = 0;
  await run(compiled, rows, {
    onProgress: ({ done, total }) => {
      seen.push(done);
      last = total;
    },
  });
  t.is(last, 100 * (compiled.plan.steps.length + 3));
  t.is(seen.at(-1), last);
  t.true(seen.every((done, i) => i === 0 || done >= seen[i - 1]!));
  const controller = new AbortController();
  const stopped = run(compiled, rows, {
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done > last / 2) controller.abort();
    },
  });
  await t.throwsAsync(stopped, { instanceOf: CancelledError });
  await t.throwsAsync(run(compiled, rows, { request: { bootstrapping: false } }), { code: 'KEY_MISSING' });
});

test('what cannot be planned with bootstraps is refused with a remedy', async (t) => {
  const model = chain(3, 9);
  const refused = (options: object, message: RegExp): Promise<unknown> =>
    t.throwsAsync(compile(model, { ...deep, ...options }), { message });
  for (const bootstrapping of [
    'always',
    3,
    null,
    {},
    { levelsAfter: 0 },
    { levelsAfter: 2.5 },
    { levels: 3 },
  ])
    await t.throwsAsync(compile(model, { ...deep, bootstrapping: bootstrapping as 'auto' }), {
      instanceOf: ArgumentError,
    });
  const cubic = { degree: 31, bootstrapping: { levelsAfter: 3 } };
  const random = new SeededRandom(3);
  const steep = sequential([
    layer(random, inputs, 3),
    activation('tanh'),
    layer(random, 3, 3),
    activation('tanh'),
    layer(random, 3, 2),
  ]);
  await t.throwsAsync(compile(steep, { ...deep, ...cubic }), {
    instanceOf: ParameterError,
    message: /spends 5 levels at once.*Pass at least 5/,
  });
  await refused({ maxError: 1e-12 }, /cannot be promised.*amplification/);
  await refused({ keyBytes: 1e4 }, /Raise keyBytes/);
  await refused({ bounds: { amplification: 128, output: 1e6 } }, /do not fit level 0/);
});
