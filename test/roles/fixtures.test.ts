import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { planFromBytes, planToBytes, readMessage, writeMessage } from '../../lib/roles/messages.js';
import { ServerModel } from '../../lib/nn/index.js';
import { examplePlan } from './support.js';

// Files of version 1 that later versions must still read. CIPHERNET_WRITE_FIXTURES=1 makes them, once a version.
const folder = new URL('../fixtures/format-v1/', import.meta.url);
const model = new ServerModel([
  { kind: 'dense', inputs: 2, units: 1, weights: Float64Array.of(0.5, -0.25), bias: Float64Array.of(1) },
  { kind: 'square' },
  { kind: 'polynomial', coefficients: [0.1, 0.5, -0.2, 0.05] },
]);
const message = { kind: 'response', samples: 3, body: Uint8Array.of(7, 8, 9) } as const;
const files = {
  'plan.json': planToBytes(examplePlan),
  'server-model.json': model.toBytes(),
  'message.bin': writeMessage(examplePlan, message),
};
if (process.env.CIPHERNET_WRITE_FIXTURES === '1') {
  for (const [name, bytes] of Object.entries(files)) await writeFile(new URL(name, folder), bytes);
}
const load = async (name: keyof typeof files): Promise<Uint8Array> =>
  Uint8Array.from(await readFile(new URL(name, folder)));

test('plans of version 1 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('plan.json');
  t.deepEqual(planFromBytes(bytes), examplePlan);
  t.deepEqual(Uint8Array.from(files['plan.json']), bytes);
});

test('server models of version 1 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('server-model.json');
  t.deepEqual(ServerModel.fromBytes(bytes).steps, model.steps);
  t.deepEqual(Uint8Array.from(files['server-model.json']), bytes);
});

test('messages of version 1 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('message.bin');
  t.deepEqual([...readMessage(examplePlan, bytes, 'response').body], [...message.body]);
  t.deepEqual(Uint8Array.from(files['message.bin']), bytes);
});
