import test from 'ava';
import { sharingBits } from '../../lib/ckks/index.js';
import { Client } from '../../lib/client.js';
import { OperationError } from '../../lib/errors.js';
import { compile, dense, evaluate, sequential } from '../../lib/nn/index.js';
import type { Compiled } from '../../lib/nn/index.js';
import { Server } from '../../lib/server.js';
import { SeededRandom } from '../../examples/support/random.js';

const random = new SeededRandom(12);
const vector = (length: number): Float64Array => Float64Array.from({ length }, () => random.symmetric(1));
const model = sequential([dense({ inputs: 4, units: 2, weights: vector(8), bias: vector(2) })]);
const calibration = vector(400);
const rows = vector(12);

async function respond({ plan, serverModel }: Compiled): Promise<{ client: Client; response: Uint8Array }> {
  const client = await Client.create(plan);
  using server = await Server.create(plan, serverModel, await client.evaluationKeys());
  return { client, response: await server.evaluate(await client.encrypt(rows)) };
}

test('a response is shared within the error of the plan and the bits that sharing costs', async (t) => {
  const sharing = { queries: 20, statisticalSecurity: 30 };
  const compiled = await compile(model, { calibration, maxError: 2 ** -40 });
  const { client, response } = await respond(compiled);
  const shared = await client.decryptForSharing(response, { ...sharing, precisionBits: 8 });
  const error =
    compiled.plan.predicted.error * 2 ** sharingBits(sharing, 2 ** (compiled.plan.parameters.logN - 1));
  t.true(error <= 2 ** -8);
  const clear = evaluate(compiled.polynomialModel, rows);
  t.is(shared.length, clear.length);
  t.true(shared.every((value, i) => Math.abs(value - clear[i]!) <= error));
  t.notDeepEqual(shared, await client.decryptForSharing(response, sharing));
  client.dispose();
});

test('a plan without room for the noise is refused, and says how many bits it lacks', async (t) => {
  const { client, response } = await respond(await compile(model, { calibration }));
  await t.throwsAsync(client.decryptForSharing(response, { queries: 1000 }), {
    instanceOf: OperationError,
    code: 'SHARING_REFUSED',
    message: /a scale that is larger by \d+ bits/,
  });
  client.dispose();
});
