import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Client, planToBytes, RemoteServer } from '../../lib/client.js';
import { circle, compiled, parseMetrics, temporaryFolder } from './support.js';

const clients = 200;
const rounds = 3;

/** The command in a process of its own, so that its memory is the service's alone. */
async function startProcess(
  t: ExecutionContext,
  folder: string,
): Promise<{ url: string; stop: () => Promise<number> }> {
  const child = spawn(
    process.execPath,
    [
      '--import=tsx',
      'lib/cli/main.ts',
      'serve',
      path.join(folder, 'circle'),
      '--json',
      '--port',
      '0',
      '--data',
      path.join(folder, 'data'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url: (JSON.parse(line) as { url: string }).url,
    stop: async () => {
      child.kill('SIGTERM');
      return ((await ended) as [number])[0];
    },
  };
}

test('200 clients at once, each with keys of its own, lose nothing and leave no memory behind', async (t) => {
  t.timeout(120_000);
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'circle'));
  await writeFile(path.join(folder, 'circle', 'plan.json'), planToBytes(compiled.plan));
  await writeFile(path.join(folder, 'circle', 'server-model.json'), compiled.serverModel.toBytes());
  const { url, stop } = await startProcess(t, folder);
  const metrics = async (): Promise<Map<string, number>> =>
    parseMetrics(await (await fetch(new URL('/metrics', url))).text());

  const work = await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const remote = await RemoteServer.connect(url);
      const client = await Client.create(remote.plan);
      await remote.uploadKeys(await client.evaluationKeys());
      return { remote, client, x: index / clients, y: 0.5 - index / clients };
    }),
  );
  t.is((await metrics()).get('ciphernet_keys_stored'), clients);

  let resident = 0;
  for (let round = 1; round <= rounds; ++round) {
    const wrong = await Promise.all(
      work.map(async ({ remote, client, x, y }) => {
        const request = await client.encrypt(Float64Array.of(x, y, y, x));
        const [a, b] = await client.decrypt(await remote.evaluate(request));
        return Math.abs(a! - circle(x, y)) > 0.01 || Math.abs(b! - circle(y, x)) > 0.01;
      }),
    );
    t.is(wrong.filter(Boolean).length, 0);
    const now = await metrics();
    t.is(now.get('ciphernet_jobs_total{model="circle",outcome="done"}'), round * clients);
    for (const gauge of ['jobs_waiting', 'jobs_running', 'jobs_followed'])
      t.is(now.get(`ciphernet_${gauge}`), 0, gauge);
    t.is(now.get('ciphernet_servers_loaded'), clients);
    t.is(
      now.get('ciphernet_servers_loaded_bytes'),
      clients * compiled.plan.predicted.bytes.evaluationKeysInMemory,
    );
    t.deepEqual(await readdir(path.join(folder, 'data', 'requests')), []);
    // The first round warms up; what the others take besides is garbage that the collector has not seen yet.
    if (round === 1) resident = now.get('process_resident_memory_bytes')!;
    else t.true(now.get('process_resident_memory_bytes')! < resident + 100e6, `round ${round}`);
  }
  const end = await metrics();
  t.false([...end.keys()].some((name) => /outcome="(failed|cancelled)"|status="5/.test(name)));
  for (const { client } of work) client.dispose();
  t.is(await stop(), 0);
});
