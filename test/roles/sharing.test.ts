import test from 'ava';
import { Client } from '../../lib/client.js';
import { ArgumentError, OperationError } from '../../lib/errors.js';
import { compile, dense, evaluate, sequential } from '../../lib/nn/index.js';
import type { Compiled, CompileOptions } from '../../lib/nn/index.js';
import { Server } from '../../lib/server.js';
import { SeededRandom } from '../../examples/support/random.js';

const random = new SeededRandom(12);
const model = sequential([dense({ inputs: 4, units: 2, weights: random.vector(8), bias: random.vector(2) })]);
const calibration = random.vector(400);
const rows = random.vector(12);
const bounds = { outputNorm: 8 };
const refused = { instanceOf: OperationError, code: 'SHARING_REFUSED' } as const;

async function respond({ plan, serverModel }: Compiled): Promise<{ client: Client; response: Uint8Array }> {
  const client = await Client.create(plan);
  using server = await Server.create(plan, serverModel, await client.evaluationKeys());
  return { client, response: await server.evaluate(await client.encrypt(rows)) };
}

for (const packing of ['samples', 'interleaved'] as const) {
  test(`a plan for sharing keeps its error with the noise that hides the key, packed ${packing}`, async (t) => {
    const options: CompileOptions = {
      calibration,
      bounds,
      packing,
      sharing: { queries: 20 },
      maxError: 2 ** -8,
    };
    const compiled = await compile(model, options);
    const { error, sharedError } = compiled.plan.predicted;
    t.true(sharedError <= 2 ** -8 && error < sharedError * 2 ** -20);
    t.deepEqual(compiled.plan.sharing, { queries: 20, statisticalSecurity: 40 });
    const { client, response } = await respond(compiled);
    const clear = evaluate(compiled.polynomialModel, rows);
    const distance = (given: Float64Array): number =>
      given.reduce((worst, value, i) => Math.max(worst, Math.abs(value - clear[i]!)), 0);
    const shared = await client.decryptForSharing(response);
    t.is(shared.length, clear.length);
    t.true(distance(shared) <= sharedError);
    t.true(distance(shared) > error, 'noise was added');
    t.notDeepEqual(shared, await client.decryptForSharing(response));
    t.true(distance(await client.decrypt(response)) <= error);
    client.dispose();
  });
}

test('a client shares no more results than its plan has room for', async (t) => {
  const { client, response } = await respond(
    await compile(model, {
      calibration,
      bounds,
      packing: 'interleaved',
      sharing: { queries: 2 },
      maxError: 0.01,
    }),
  );
  await client.decryptForSharing(response);
  await client.decryptForSharing(response);
  await t.throwsAsync(client.decryptForSharing(response), refused);
  client.dispose();
});

test('a plan that was not made for sharing shares nothing, and says what to do', async (t) => {
  const { client, response } = await respond(await compile(model, { calibration }));
  await t.throwsAsync(client.decryptForSharing(response), { ...refused, message: /sharing: \{ queries \}/ });
  client.dispose();
  await t.throwsAsync(compile(model, { calibration, sharing: { queries: 0 } }), {
    instanceOf: ArgumentError,
  });
});
