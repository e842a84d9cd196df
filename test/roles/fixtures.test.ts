import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { planFromBytes, planToBytes, readMessage, writeMessage } from '../../lib/roles/messages.js';
import { ServerModel } from '../../lib/nn/index.js';
import { sparseFromDense, sparseFromRows } from '../../lib/nn/sparse.js';
import { examplePlan } from './support.js';

// Files of plans and server models of version 2 and of messages of version 1, which later versions must still read. CIPHERNET_WRITE_FIXTURES=1 makes them, once a version.
const folder = new URL('../fixtures/format-v1/', import.meta.url);
const model = new ServerModel([
  {
    kind: 'linear',
    sources: [0],
    matrices: [sparseFromDense(1, 2, Float64Array.of(0.5, -0.25))],
    bias: Float64Array.of(1),
    shape: [1],
  },
  { kind: 'square', sources: [1] },
  { kind: 'polynomial', sources: [2], chebyshev: [0.1, 0.5, -0.2, 0.05] },
  {
    kind: 'linear',
    sources: [1, 3],
    matrices: [
      sparseFromRows(2, 1, (row) => (row === 0 ? [[0, 0.5]] : [])),
      sparseFromDense(2, 1, Float64Array.of(2, 3)),
    ],
    bias: Float64Array.of(0, 1),
    shape: [2],
  },
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

test('plans of version 2 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('plan.json');
  t.deepEqual(planFromBytes(bytes), examplePlan);
  t.deepEqual(Uint8Array.from(files['plan.json']), bytes);
});

test('server models of version 2 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('server-model.json');
  t.deepEqual(ServerModel.fromBytes(bytes).steps, model.steps);
  t.deepEqual(Uint8Array.from(files['server-model.json']), bytes);
});

test('messages of version 1 are still read, and written as the same bytes', async (t) => {
  const bytes = await load('message.bin');
  t.deepEqual([...readMessage(examplePlan, bytes, 'response').body], [...message.body]);
  t.deepEqual(Uint8Array.from(files['message.bin']), bytes);
});
