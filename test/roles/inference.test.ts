import test from 'ava';
import { Ciphertext } from '../../lib/ckks/ciphertext.js';
import { CkksParameters } from '../../lib/ckks/parameters.js';
import { Client } from '../../lib/client.js';
import { CancelledError, CiphernetError, FormatError, ParameterError } from '../../lib/errors.js';
import {
  activation,
  add,
  averagePool2d,
  compile,
  concat,
  conv2d,
  dense,
  evaluate,
  flatten,
  graph,
  PreparedNetwork,
  product,
  requestSeconds,
  sequential,
  toPolynomialModel,
} from '../../lib/nn/index.js';
import type { Compiled, Model } from '../../lib/nn/index.js';
import { readMessage } from '../../lib/roles/messages.js';
import { planFromBytes, planToBytes, Server, ServerModel } from '../../lib/server.js';
import { SeededRandom } from '../../examples/support/random.js';

// At 128 bits throughout: roles work with nothing less.

const random = new SeededRandom(11);
const inputs = 5;
const outputs = 3;
function network(): Model {
  return sequential([
    dense({ inputs, units: 7, weights: random.vector(inputs * 7), bias: random.vector(7) }),
    activation('tanh'),
    dense({ inputs: 7, units: outputs, weights: random.vector(7 * outputs), bias: random.vector(outputs) }),
  ]);
}
const calibration = random.vector(inputs * 400);
const rows = random.vector(inputs * 6);
const model = network();
const compiled = await compile(model, { calibration });
const client = await Client.create(compiled.plan);
const keys = await client.evaluationKeys();
const server = await Server.create(compiled.plan, compiled.serverModel, keys);
const request = await client.encrypt(rows);

test.after.always(() => {
  client.dispose();
  server.dispose();
});

test('a server takes keys in the chunks in which a client makes them', async (t) => {
  using streamed = await Server.create(compiled.plan, compiled.serverModel, client.evaluationKeyChunks());
  t.is(streamed.evaluationKeyBytes, server.evaluationKeyBytes);
  const outputs = await client.decrypt(await streamed.evaluate(request));
  const expected = await client.decrypt(await server.evaluate(request));
  t.true(outputs.every((x, i) => Math.abs(x - expected[i]!) <= 2 * compiled.plan.predicted.error));
  using again = await Server.create(compiled.plan, compiled.serverModel, new Blob([keys]));
  t.is(again.evaluationKeyBytes, server.evaluationKeyBytes);
});

const clear = ({ polynomialModel }: Compiled, values: Float64Array): Float64Array =>
  evaluate(polynomialModel, values);
const near = (a: Float64Array, b: Float64Array, bound: number): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]!) <= bound);

test('decrypted outputs are those of the polynomial network in the clear, within the error of the plan', async (t) => {
  const answers = await client.decrypt(await server.evaluate(request));
  t.true(near(answers, clear(compiled, rows), compiled.plan.predicted.error));
});

test('other images give the answers of those images', async (t) => {
  const others = random.vector(inputs * 6);
  const answers = await client.decrypt(await server.evaluate(await client.encrypt(others)));
  t.true(near(answers, clear(compiled, others), compiled.plan.predicted.error));
  t.false(near(answers, clear(compiled, rows), 0.01));
});

test('other weights under the same plan give the answers of those weights', async (t) => {
  const other = await compile(network(), { calibration });
  t.deepEqual(
    planToBytes({ ...other.plan }),
    planToBytes({ ...compiled.plan }),
    'a plan does not depend on the weights',
  );
  using changed = await Server.create(compiled.plan, other.serverModel, keys);
  const answers = await client.decrypt(await changed.evaluate(request));
  t.true(near(answers, clear(other, rows), compiled.plan.predicted.error));
  t.false(near(answers, clear(compiled, rows), 0.01));
});

test('a set that fills more than one batch comes back in order', async (t) => {
  const many = random.vector(inputs * (compiled.plan.samplesPerBatch + 3));
  const answers = await client.decrypt(await server.evaluate(await client.encrypt(many)));
  t.true(near(answers, clear(compiled, many), compiled.plan.predicted.error));
});

test('polynomial activations of degree 3 and 5, and two hidden layers, are evaluated as planned', async (t) => {
  const deep = sequential([
    dense({ inputs, units: 4, weights: random.vector(inputs * 4), bias: random.vector(4) }),
    activation('sigmoid'),
    dense({ inputs: 4, units: 3, weights: random.vector(12), bias: random.vector(3) }),
    activation('square'),
    dense({ inputs: 3, units: 2, weights: random.vector(6), bias: random.vector(2) }),
  ]);
  for (const degree of [3, 5]) {
    const result = await compile(deep, { calibration, degree });
    using owner = await Client.create(result.plan);
    using host = await Server.create(result.plan, result.serverModel, await owner.evaluationKeys());
    const answers = await owner.decrypt(await host.evaluate(await owner.encrypt(rows)));
    t.true(near(answers, clear(result, rows), result.plan.predicted.error), `degree ${degree}`);
  }
});

for (const [title, options] of [
  ['by samples', { packing: 'samples' }],
  ['by samples, two a slot', { packing: 'samples', samples: 10 ** 6 }],
  ['interleaved', { packing: 'interleaved' }],
] as const) {
  test(`networks with convolutions, products and residual connections are evaluated as in the clear, packed ${title}`, async (t) => {
    const conv = (channels: number, filters: number, stride: number): ReturnType<typeof conv2d> =>
      conv2d({
        channels,
        filters,
        kernel: 3,
        stride,
        padding: 1,
        weights: random.vector(9 * channels * filters, 0.3),
      });
    const picture = graph([1, 8, 8], (x) => {
      const first = x.apply(conv(1, 4, 2)).apply(activation('square'));
      const second = first.apply(conv(4, 4, 1)).apply(activation({ polynomial: [0.1, 0.5, 0.2, 0.1] }));
      const gate = first.apply(averagePool2d({ kernel: 2 })).apply(flatten());
      const pooled = second
        .apply(add(), first)
        .apply(averagePool2d({ kernel: 2 }))
        .apply(flatten());
      return pooled
        .apply(product(), gate)
        .apply(concat(), pooled)
        .apply(dense({ inputs: 32, units: 3, weights: random.vector(96, 0.2), bias: random.vector(3) }));
    });
    const result = await compile(picture, {
      calibration: random.vector(64 * 50),
      maxError: 0.01,
      ...options,
    });
    t.is(result.plan.packing.kind, options.packing);
    using owner = await Client.create(result.plan);
    using host = await Server.create(result.plan, result.serverModel, await owner.evaluationKeys());
    const { packing, samplesPerBatch } = result.plan;
    const pairs = packing.kind === 'samples' && packing.pairs;
    t.is(pairs, 'samples' in options);
    // With pairs, enough for some to lie in imaginary parts.
    const pictures = random.vector(64 * (pairs ? samplesPerBatch / 2 + 2 : 3));
    const answers = await owner.decrypt(await host.evaluate(await owner.encrypt(pictures)));
    t.true(near(answers, clear(result, pictures), result.plan.predicted.error));
  });
}

test('the packing follows the number of samples in a request', async (t) => {
  const few = await compile(model, { calibration, samples: 1 });
  const many = await compile(model, { calibration, samples: 10 ** 5 });
  t.is(few.plan.packing.kind, 'interleaved');
  t.is(many.plan.packing.kind, 'samples');
  t.true(requestSeconds(few.plan, 1) < requestSeconds(many.plan, 1));
});

test('a budget of keys is kept, at the price of time, or refused with what is needed', async (t) => {
  const wide = sequential([dense({ inputs: 400, units: 250, weights: random.vector(100000, 0.1) })]);
  const rows = random.vector(4000);
  const free = await compile(wide, { calibration: rows, packing: 'interleaved' });
  const keyBytes = free.plan.predicted.bytes.evaluationKeysInMemory * 0.8;
  const tight = await compile(wide, { calibration: rows, packing: 'interleaved', keyBytes });
  t.true(tight.plan.predicted.bytes.evaluationKeysInMemory <= keyBytes);
  t.true(tight.plan.predicted.seconds.batch >= free.plan.predicted.seconds.batch);
  await t.throwsAsync(compile(wide, { calibration: rows, packing: 'interleaved', keyBytes: 1000 }), {
    instanceOf: ParameterError,
    message: /Raise keyBytes/,
  });
});

test('evaluation keys go from client to server in chunks as well', async (t) => {
  const progress: number[] = [];
  const chunks = client.evaluationKeyChunks({ onProgress: ({ done }) => progress.push(done) });
  using host = await Server.create(compiled.plan, compiled.serverModel, chunks);
  t.true(progress.length > 1);
  t.is(host.evaluationKeyBytes, server.evaluationKeyBytes);
  const answers = await client.decrypt(await host.evaluate(request));
  t.true(near(answers, clear(compiled, rows), compiled.plan.predicted.error));
});

test('a client with an exported secret key reads what was sent to the first', async (t) => {
  const response = await server.evaluate(request);
  using twin = await Client.create(compiled.plan, { secretKey: await client.exportSecretKey() });
  t.true(near(await twin.decrypt(response), await client.decrypt(response), 1e-12));
});

test('the secret key is in nothing that is sent, in no common spelling', async (t) => {
  const exported = Buffer.from(await client.exportSecretKey());
  // The key's payload lies behind the header; any 24 bytes of it in a row would be found.
  const header = 56;
  const sent = [planToBytes(compiled.plan), keys, request, await server.evaluate(request)].map((bytes) =>
    Buffer.from(bytes),
  );
  let looked = 0;
  for (let at = header; at + 24 <= exported.length - 8; at += 24) {
    const piece = exported.subarray(at, at + 24);
    if (new Set(piece).size < 4) continue; // runs of one value say nothing
    ++looked;
    for (const bytes of sent) t.is(bytes.indexOf(piece), -1);
  }
  t.true(looked > 50);
  t.true(exported.indexOf(exported.subarray(header, header + 24)) >= 0, 'the search finds what is there');
  // The coefficients themselves, one a byte, as a careless format would hold them.
  const coefficients = Buffer.from(
    [...exported.subarray(header, header + 64)].flatMap((byte) =>
      [0, 2, 4, 6].map((shift) => (byte >> shift) & 3),
    ),
  );
  for (const spelling of [coefficients, coefficients.map((digit) => (digit + 255) & 255)]) {
    for (const bytes of sent) t.is(bytes.indexOf(spelling.subarray(0, 48)), -1);
  }
});

test('the noise that a response states is the promise of the plan, whatever the weights', async (t) => {
  const other = await compile(network(), { calibration });
  using changed = await Server.create(compiled.plan, other.serverModel, keys);
  const parameters = await CkksParameters.create(compiled.plan.parameters);
  const stated = async (host: Server): Promise<unknown> => {
    const { body } = readMessage(compiled.plan, await host.evaluate(request), 'response');
    const ciphertexts = await Ciphertext.batchFromBytes(parameters, body);
    return ciphertexts.map(({ noise, level, scaleDegree }) => ({ noise, level, scaleDegree }));
  };
  const mine = (await stated(server)) as { noise: { errorBound: number } }[];
  t.deepEqual(mine, await stated(changed));
  t.true(Math.abs(mine[0]!.noise.errorBound / compiled.plan.predicted.error - 1) < 1e-9);
});

test('outputs whose weights are all zero are answered like any other, in both packings', async (t) => {
  const model = sequential([
    dense({ inputs, units: 2, weights: new Float64Array(inputs * 2), bias: Float64Array.of(0.25, 0) }),
  ]);
  for (const packing of ['samples', 'interleaved'] as const) {
    const still = await compile(model, { calibration, packing });
    using owner = await Client.create(still.plan);
    using host = await Server.create(still.plan, still.serverModel, await owner.evaluationKeys());
    const answers = await owner.decrypt(await host.evaluate(await owner.encrypt(rows)));
    t.true(near(answers, clear(still, rows), still.plan.predicted.error), packing);
  }
});

test('plans below 128 bits are refused by both roles', async (t) => {
  const weak = await compile(model, { calibration, security: 'none' });
  const insecure = { instanceOf: ParameterError, code: 'SECURITY_INSUFFICIENT' };
  await t.throwsAsync(Client.create(weak.plan), insecure);
  await t.throwsAsync(Server.create(weak.plan, weak.serverModel, keys), insecure);
});

test('keys, models and messages that do not belong to the plan are refused', async (t) => {
  const other = await compile(
    sequential([
      dense({ inputs, units: 2, weights: random.vector(inputs * 2) }),
      activation('square'),
      dense({ inputs: 2, units: 1, weights: random.vector(2) }),
    ]),
    { calibration, maxError: 1e-6 },
  );
  await t.throwsAsync(Server.create(compiled.plan, other.serverModel, keys), {
    instanceOf: ParameterError,
    code: 'PARAMETERS_MISMATCH',
  });
  await t.throwsAsync(Server.create(other.plan, other.serverModel, keys), {
    instanceOf: CiphernetError,
    code: 'PARAMETERS_MISMATCH',
  });
  using owner = await Client.create(other.plan);
  await t.throwsAsync(server.evaluate(await owner.encrypt(rows)), {
    instanceOf: ParameterError,
    code: 'PARAMETERS_MISMATCH',
  });
  await t.throwsAsync(server.evaluate(await server.evaluate(request)), {
    instanceOf: FormatError,
    code: 'FORMAT_TYPE',
  });
  await t.throwsAsync(client.decrypt(request), { instanceOf: FormatError, code: 'FORMAT_TYPE' });
  await t.throwsAsync(server.evaluate(request.subarray(0, request.length - 1)), {
    instanceOf: FormatError,
    code: 'FORMAT_TRUNCATED',
  });
  const altered = Uint8Array.from(request);
  altered[altered.length >> 1]! ^= 1;
  await t.throwsAsync(server.evaluate(altered), { instanceOf: FormatError, code: 'FORMAT_CORRUPT' });
  t.true(
    near(
      await client.decrypt(await server.evaluate(request)),
      clear(compiled, rows),
      compiled.plan.predicted.error,
    ),
    'the server works as before',
  );
});

test('another client cannot read a response', async (t) => {
  using stranger = await Client.create(compiled.plan);
  const answers = await stranger.decrypt(await server.evaluate(request));
  t.false(near(answers, clear(compiled, rows), 1));
});

test('inputs beyond the bound of the plan, NaN, and wrong shapes are refused with the place', async (t) => {
  const bad = Float64Array.from(rows);
  bad[7] = 1.5;
  await t.throwsAsync(client.encrypt(bad), { instanceOf: CiphernetError, code: 'VALUE_OUT_OF_RANGE' });
  bad[7] = Number.NaN;
  await t.throwsAsync(client.encrypt(bad), { instanceOf: CiphernetError, code: 'NOT_FINITE' });
  await t.throwsAsync(client.encrypt(rows.subarray(1)), {
    instanceOf: CiphernetError,
    code: 'INVALID_ARGUMENT',
  });
  await t.throwsAsync(client.encrypt(new Float64Array(0)), {
    instanceOf: CiphernetError,
    code: 'INVALID_ARGUMENT',
  });
});

test('an evaluation reports its progress, stops when asked to, and the next one is right', async (t) => {
  const seen: number[] = [];
  const many = await client.encrypt(random.vector(inputs * (3 * compiled.plan.samplesPerBatch)));
  await server.evaluate(many, { onProgress: ({ done, total }) => seen.push(done / total) });
  t.true(seen.length > 0);
  t.is(seen.at(-1), 1);
  t.true(seen.every((value, i) => i === 0 || value >= seen[i - 1]!));
  await t.throwsAsync(server.evaluate(many, { signal: AbortSignal.abort() }), { instanceOf: CancelledError });
  const controller = new AbortController();
  await t.throwsAsync(
    server.evaluate(many, {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    }),
    { instanceOf: CancelledError },
  );
  t.true(
    near(
      await client.decrypt(await server.evaluate(request)),
      clear(compiled, rows),
      compiled.plan.predicted.error,
    ),
  );
});

test('a server model comes back from its bytes, and altered bytes are refused by the name of the field', async (t) => {
  const bytes = compiled.serverModel.toBytes();
  using copy = await Server.create(
    planFromBytes(planToBytes(compiled.plan)),
    ServerModel.fromBytes(bytes),
    keys,
  );
  t.true(
    near(
      await client.decrypt(await copy.evaluate(request)),
      clear(compiled, rows),
      compiled.plan.predicted.error,
    ),
  );
  const text = Buffer.from(bytes).toString('utf8');
  const refused = (changed: string, code: string) => {
    t.throws(
      () => ServerModel.fromBytes(Buffer.from(changed)),
      { instanceOf: FormatError, code },
      changed.slice(0, 60),
    );
  };
  refused(text.slice(1), 'FORMAT_CORRUPT');
  refused(text.replace('"version":2', '"version":3'), 'FORMAT_VERSION');
  refused(text.replace('"rows":7', '"rows":8'), 'FORMAT_CORRUPT');
  refused(text.replace('"linear"', '"conv"'), 'FORMAT_CORRUPT');
});

test('one prepared network serves several clients, and only those of its plan', async (t) => {
  const other = await compile(network(), { calibration, maxError: 1e-5 });
  const prepared = await PreparedNetwork.prepare(compiled.plan, compiled.serverModel);
  for (let client = 0; client < 2; ++client) {
    using owner = await Client.create(compiled.plan);
    using host = await Server.create(compiled.plan, prepared, await owner.evaluationKeys());
    const answers = await owner.decrypt(await host.evaluate(await owner.encrypt(rows)));
    t.true(near(answers, clear(compiled, rows), compiled.plan.predicted.error));
  }
  await t.throwsAsync(Server.create(other.plan, prepared, keys), {
    instanceOf: ParameterError,
    code: 'PARAMETERS_MISMATCH',
  });
  prepared.dispose();
});

test('a model that does not keep the public bounds is refused with the bound to raise', async (t) => {
  const steep = sequential([
    dense({ inputs, units: 2, weights: random.vector(inputs * 2), bias: random.vector(2) }),
    activation('square'),
    dense({ inputs: 2, units: 1, weights: Float64Array.of(5000, -4000) }),
  ]);
  const error = await t.throwsAsync(compile(steep, { calibration }), { instanceOf: ParameterError });
  t.regex(error.message, /Pass bounds: \{ output/);
});

test('misspelled options of compile are named', async (t) => {
  const options = { calibration, maxEror: 1 } as unknown as { calibration: Float64Array };
  const error = await t.throwsAsync(compile(model, options), {
    instanceOf: CiphernetError,
    code: 'INVALID_ARGUMENT',
  });
  t.regex(error.message, /maxEror/);
});

test('a plan says beforehand what is then measured: bytes exactly, levels, and an error that holds', async (t) => {
  const { plan } = compiled;
  t.is(plan.predicted.bytes.evaluationKeys, keys.length);
  t.is(plan.predicted.bytes.evaluationKeysInMemory, server.evaluationKeyBytes);
  const overhead = 200; // headers of the message and of the batch
  t.true(Math.abs(request.length - plan.predicted.bytes.upload) < overhead);
  const response = await server.evaluate(request);
  t.true(Math.abs(response.length - plan.predicted.bytes.download) < overhead);
  t.is(plan.predicted.levels, 3);
  t.true(plan.reasons.length >= 5);
});

test('nothing in a plan is a function of the weights', (t) => {
  const text = Buffer.from(planToBytes(compiled.plan)).toString('utf8');
  t.false(
    /weights|coefficient/.test(
      text.replaceAll('for weights of norm', '').replaceAll('so weights are plain', ''),
    ),
  );
  const fitted = toPolynomialModel(model, compiled.report.calibration).fits;
  for (const fit of fitted) for (const value of fit.power) t.false(text.includes(String(value).slice(0, 8)));
});

for (const degree of [7, 15, 23]) {
  test(`activations fitted by degree ${degree} keep the promised error`, async (t) => {
    const steep = sequential([
      dense({ inputs, units: 8, weights: random.vector(inputs * 8, 3), bias: random.vector(8) }),
      activation('tanh'),
      dense({ inputs: 8, units: 2, weights: random.vector(16), bias: random.vector(2) }),
    ]);
    const bounds = { slope: 16, outputNorm: 16 };
    const result = await compile(steep, { calibration, degree, bounds, packing: 'samples', maxError: 0.01 });
    using owner = await Client.create(result.plan);
    using host = await Server.create(result.plan, result.serverModel, await owner.evaluationKeys());
    const many = random.vector(inputs * 300);
    const answers = await owner.decrypt(await host.evaluate(await owner.encrypt(many)));
    t.true(near(answers, clear(result, many), result.plan.predicted.error));
  });
}

test('a layer that stays where its activation is flat is a constant, and high degrees that lose digits are refused', async (t) => {
  const dead = sequential([
    dense({ inputs, units: 2, weights: random.vector(inputs * 2), bias: Float64Array.of(-20, -20) }),
    activation('relu'),
    dense({ inputs: 2, units: 1, weights: random.vector(2), bias: Float64Array.of(0.5) }),
  ]);
  await t.notThrowsAsync(compile(dead, { calibration }));
  const wide = sequential([
    dense({ inputs, units: 2, weights: random.vector(inputs * 2, 8) }),
    activation('relu'),
    dense({ inputs: 2, units: 1, weights: random.vector(2) }),
  ]);
  await t.throwsAsync(compile(wide, { calibration, degree: 63 }), {
    instanceOf: CiphernetError,
    message: /a degree whose powers keep their digits/,
  });
});
