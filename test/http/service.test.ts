import { openAsBlob } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { Client, keysFingerprint, RemoteServer } from '../../lib/client.js';
import { CancelledError, errorCodes, FormatError, ServiceError } from '../../lib/errors.js';
import type { ErrorCode } from '../../lib/errors.js';
import { planToBytes } from '../../lib/server.js';
import { serve } from '../../lib/serve.js';
import { circle, compiled, eventually, parseMetrics, send, start, temporaryFolder } from './support.js';

const client = await Client.create(compiled.plan);
const keys = await client.evaluationKeys();
const fingerprint = keysFingerprint(keys);
const rows = Float64Array.of(0.5, 0.5, -0.25, 0.75);
const request = await client.encrypt(rows);
test.after.always(() => {
  client.dispose();
});

const near = (values: Float64Array): boolean =>
  values.length === 2 &&
  Math.abs(values[0]! - circle(0.5, 0.5)) < 0.01 &&
  Math.abs(values[1]! - circle(-0.25, 0.75)) < 0.01;
const keysUrl = (url: string, name = fingerprint): URL => new URL(`/v1/models/circle/keys/${name}`, url);
const evaluateUrl = (url: string, name = fingerprint): URL =>
  new URL(`/v1/models/circle/keys/${name}/evaluate`, url);

test('a client that knows only the address gets the answers of the network, and is told of progress', async (t) => {
  const { url } = await start(t);
  const remote = await RemoteServer.connect(url);
  t.deepEqual(remote.plan, JSON.parse(Buffer.from(planToBytes(compiled.plan)).toString('utf8')));
  t.like(remote.model, { name: 'circle', evaluationKeysBytes: keys.length });
  const other = await Client.create(remote.plan);
  t.is(await remote.uploadKeys(await other.evaluationKeys()), remote.keys!);
  const steps: number[] = [];
  const response = await remote.evaluate(await other.encrypt(rows), {
    onProgress: ({ done, total }) => steps.push(done / total),
  });
  t.true(near(await other.decrypt(response)));
  t.true(steps.every((step) => step >= 0 && step <= 1));
  t.deepEqual(
    steps.toSorted((a, b) => a - b),
    steps,
  );
  other.dispose();
});

test('keys are sent once: a service that has them is asked for them by their fingerprint', async (t) => {
  const { url, metrics } = await start(t);
  const received = async (): Promise<number> =>
    parseMetrics(await metrics()).get('ciphernet_received_bytes_total{kind="keys"}') ?? 0;
  const remote = await RemoteServer.connect(url);
  await t.throwsAsync(remote.useKeys(fingerprint), { instanceOf: ServiceError, code: 'SERVICE_NOT_FOUND' });
  await remote.uploadKeys(keys);
  await (await RemoteServer.connect(url)).uploadKeys(keys);
  t.is(await received(), keys.length);
  const third = await RemoteServer.connect(url);
  await third.useKeys(fingerprint);
  t.true(near(await client.decrypt(await third.evaluate(request))));
  await third.deleteKeys();
  t.is(third.keys, undefined);
  await t.throwsAsync(remote.evaluate(request), { code: 'SERVICE_NOT_FOUND' });
});

test('keys of a file are sent as they are read', async (t) => {
  const { url } = await start(t);
  const file = path.join(await temporaryFolder(t), 'evaluation.keys');
  await writeFile(file, client.evaluationKeyChunks());
  const blob = await openAsBlob(file);
  const remote = await RemoteServer.connect(url);
  t.is(await remote.uploadKeys(blob), keysFingerprint(await readFile(file)));
  t.true(near(await client.decrypt(await remote.evaluate(request))));
  const secret = new Blob([await client.exportSecretKey()]);
  await t.throwsAsync(remote.uploadKeys(secret), { code: 'SECRET_REFUSED' });
  await t.throwsAsync(remote.uploadKeys(new Blob([keys.slice(0, -1)])), { instanceOf: FormatError });
});

test('keys survive a restart; what an earlier run did not finish is removed', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await serve({ models: { circle: compiled }, folder });
  await (await RemoteServer.connect(first.url)).uploadKeys(keys);
  await first.close();
  const [plan] = await readdir(path.join(folder, 'keys'));
  await writeFile(path.join(folder, 'keys', plan!, 'half.partial'), 'half');
  await writeFile(path.join(folder, 'requests', '3f2b8c1e-5d0a-4c57-9b1e-0a2f6f1d7c11'), 'left');
  const second = await start(t, { folder });
  const remote = await RemoteServer.connect(second.url);
  await remote.useKeys(fingerprint);
  t.true(near(await client.decrypt(await remote.evaluate(request))));
  t.deepEqual(await readdir(path.join(folder, 'keys', plan!)), [fingerprint]);
  t.deepEqual(await readFile(path.join(folder, 'keys', plan!, fingerprint)), Buffer.from(keys));
  t.deepEqual(await readdir(path.join(folder, 'requests')), []);
});

test('keys that were damaged on disk are an error of their own, not a wrong answer', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await serve({ models: { circle: compiled }, folder });
  await (await RemoteServer.connect(first.url)).uploadKeys(keys);
  await first.close();
  const [plan] = await readdir(path.join(folder, 'keys'));
  await truncate(path.join(folder, 'keys', plan!, fingerprint), keys.length - 1);
  const { url } = await start(t, { folder });
  const remote = await RemoteServer.connect(url);
  await remote.useKeys(fingerprint);
  await t.throwsAsync(remote.evaluate(request), { instanceOf: FormatError, code: 'FORMAT_TRUNCATED' });
});

const altered = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
};

/** An upload that is refused when no more than `hold` bytes of it have been sent (all of them if absent). */
interface Refused {
  readonly name: string;
  readonly body: Uint8Array;
  readonly declared?: number;
  readonly hold?: number;
  readonly status?: number;
  readonly code: ErrorCode;
  /** The fingerprint in the path, if not that of the keys. */
  readonly as?: string;
}
/** Headers are 104 bytes; a piece of what follows comes with them. */
const hold = 200;

test('evaluation keys that are too large, of another kind or damaged are refused, most of them before they are sent', async (t) => {
  const { url, folder } = await start(t);
  const long = new Uint8Array(keys.length + 1);
  long.set(keys);
  const secret = new Uint8Array(keys.length);
  secret.set(await client.exportSecretKey());
  const { length } = keys;
  const last = altered(keys, length - 1);
  const uploads: readonly Refused[] = [
    {
      name: 'a length above',
      body: keys,
      declared: length + 1,
      hold: 0,
      status: 413,
      code: 'FORMAT_TOO_LARGE',
    },
    { name: 'a length below', body: keys, declared: length - 1, hold, code: 'FORMAT_TRUNCATED' },
    { name: 'a byte too many', body: long, status: 413, code: 'FORMAT_TOO_LARGE' },
    { name: 'a secret key', body: secret, hold, code: 'SECRET_REFUSED' },
    { name: 'something else', body: new Uint8Array(length), hold, code: 'FORMAT_MAGIC' },
    { name: 'another version', body: altered(keys, 8), declared: length, hold, code: 'FORMAT_VERSION' },
    { name: 'another type', body: request.subarray(48), hold, code: 'FORMAT_TYPE' },
    { name: 'other parameters', body: altered(keys, 30), hold, code: 'PARAMETERS_MISMATCH' },
    { name: 'another length inside', body: altered(keys, 16), hold, code: 'FORMAT_CORRUPT' },
    { name: 'cut in the middle', body: keys.subarray(0, 1000), code: 'FORMAT_TRUNCATED' },
    { name: 'cut in their header', body: keys.subarray(0, 40), declared: 40, code: 'FORMAT_TRUNCATED' },
    { name: 'nothing', body: new Uint8Array(0), code: 'FORMAT_TRUNCATED' },
    { name: 'another fingerprint', body: last, code: 'FORMAT_CORRUPT' },
    { name: 'damaged', body: last, code: 'FORMAT_CORRUPT', as: keysFingerprint(last) },
  ];
  for (const { name, body, declared, hold, status = 400, code, as } of uploads) {
    const answer = await send(keysUrl(url, as), 'PUT', body, { declared, hold });
    t.deepEqual([answer.status, answer.error?.code], [status, code], name);
    t.is(answer.error?.remedy, errorCodes[code].remedy);
  }
  // Folders of plans may be there, files are not.
  const stored = await readdir(path.join(folder, 'keys'), { recursive: true, withFileTypes: true });
  t.deepEqual(
    stored.filter((entry) => entry.isFile()),
    [],
  );
  t.is((await send(keysUrl(url), 'PUT', keys)).status, 201);
});

test('requests that are too large, of another plan or damaged are refused, most of them before they are sent', async (t) => {
  const { url, folder } = await start(t, { mostRequestBytes: 250_000 });
  t.is((await send(keysUrl(url), 'PUT', keys)).status, 201);
  const many = Uint8Array.from(request);
  new DataView(many.buffer).setUint32(12, 2 ** 20, true);
  const { length } = request;
  const uploads: readonly Refused[] = [
    {
      name: 'a length above',
      body: request,
      declared: 2 ** 30,
      hold: 0,
      status: 413,
      code: 'FORMAT_TOO_LARGE',
    },
    { name: 'a length below', body: request, declared: length - 1, hold, code: 'FORMAT_TRUNCATED' },
    { name: 'a response', body: altered(request, 8), hold, code: 'FORMAT_TYPE' },
    { name: 'another plan', body: altered(request, 20), hold, code: 'PARAMETERS_MISMATCH' },
    { name: 'other parameters', body: altered(request, 48 + 30), hold, code: 'PARAMETERS_MISMATCH' },
    { name: 'too many samples', body: many, hold, status: 413, code: 'FORMAT_TOO_LARGE' },
    { name: 'another number of ciphertexts', body: altered(request, 48 + 56), hold, code: 'FORMAT_CORRUPT' },
    { name: 'a damaged ciphertext', body: altered(request, length - 20), code: 'FORMAT_CORRUPT' },
    { name: 'nothing', body: new Uint8Array(0), declared: 0, code: 'FORMAT_TRUNCATED' },
  ];
  for (const { name, body, declared, hold, status = 400, code } of uploads) {
    const answer = await send(evaluateUrl(url), 'POST', body, { declared, hold });
    t.deepEqual([answer.status, answer.error?.code], [status, code], name);
  }
  t.deepEqual(await readdir(path.join(folder, 'requests')), []);
});

test('a client that stops in the middle of an upload is given up', async (t) => {
  const { url, folder } = await start(t, { idleMilliseconds: 50 });
  await t.throwsAsync(send(keysUrl(url), 'PUT', keys, { declared: keys.length, hold: 1000 }));
  await eventually('the place is free', async () => {
    const files = await readdir(path.join(folder, 'keys'), { recursive: true });
    return files.every((file) => !file.endsWith('.partial'));
  });
  t.pass();
});

test('unknown models, keys and paths, and names that are none, are refused by a code', async (t) => {
  const { url } = await start(t);
  const cases: readonly [method: string, path: string, status: number, code: string][] = [
    ['GET', '/v1/models/square/plan', 404, 'SERVICE_NOT_FOUND'],
    ['GET', `/v1/models/circle/keys/${fingerprint}`, 404, 'SERVICE_NOT_FOUND'],
    ['POST', `/v1/models/circle/keys/${fingerprint}/evaluate`, 404, 'SERVICE_NOT_FOUND'],
    ['PUT', '/v1/models/circle/keys/..%2F..%2Fetc', 400, 'INVALID_ARGUMENT'],
    ['PUT', `/v1/models/circle/keys/${fingerprint.toUpperCase()}`, 400, 'INVALID_ARGUMENT'],
    ['GET', '/v1/jobs/1/events', 400, 'INVALID_ARGUMENT'],
    ['GET', '/v1/models/%E0%A4%A', 400, 'INVALID_ARGUMENT'],
    ['GET', '/', 404, 'SERVICE_NOT_FOUND'],
    ['DELETE', '/health', 404, 'SERVICE_NOT_FOUND'],
  ];
  for (const [method, target, status, code] of cases) {
    const response = await fetch(new URL(target, url), { method });
    const { error } = (await response.json()) as { error: { code: string } };
    t.deepEqual([response.status, error.code], [status, code], target);
  }
  await t.throwsAsync(RemoteServer.connect(url, { model: 'square' }), {
    code: 'SERVICE_NOT_FOUND',
    message: /has the models circle; none is square/,
  });
});

test('health and metrics say what is there', async (t) => {
  const { url } = await start(t);
  const remote = await RemoteServer.connect(url);
  await remote.uploadKeys(keys);
  await remote.evaluate(request);
  const health = (await (await fetch(new URL('/health', url))).json()) as object;
  t.like(health, { status: 'ok', models: 1, waiting: 0, running: 0 });
  const response = await fetch(new URL('/metrics', url));
  t.regex(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  const metrics = parseMetrics(await response.text());
  t.is(metrics.get('ciphernet_jobs_total{model="circle",outcome="done"}'), 1);
  t.is(metrics.get('ciphernet_received_bytes_total{kind="request"}'), request.length);
  t.is(metrics.get('ciphernet_keys_stored'), 1);
  t.is(metrics.get('ciphernet_keys_stored_bytes'), keys.length);
  t.is(metrics.get('ciphernet_servers_loaded'), 1);
  t.is(metrics.get('ciphernet_job_seconds_count{model="circle",stage="run"}'), 1);
  t.is(metrics.get('ciphernet_http_requests_total{route="/v1/models",method="GET",status="200"}'), 1);
  t.true(metrics.get('process_resident_memory_bytes')! > 1e7);
});

test('a client that leaves while it waits or uploads gives its place back at once', async (t) => {
  const { url, metrics } = await start(t, { concurrency: 1, mostJobsPerClient: 16 });
  const remote = await RemoteServer.connect(url);
  await remote.uploadKeys(keys);
  const big = await client.encrypt(new Float64Array(2 * compiled.plan.samplesPerBatch * 40).fill(0.5));
  const stop = new AbortController();
  const leaving = Array.from({ length: 16 }, () => remote.evaluate(big, { signal: stop.signal }));
  const metric = async (name: string): Promise<number> => parseMetrics(await metrics()).get(name) ?? 0;
  await eventually('a job waits', async () => (await metric('ciphernet_jobs_waiting')) > 0);
  await t.throwsAsync(remote.evaluate(request), {
    code: 'SERVICE_BUSY',
    message: /16 jobs of these evaluation keys/,
  });
  stop.abort('no more');
  for (const left of leaving) {
    const error = await t.throwsAsync(left, { instanceOf: CancelledError, code: 'CANCELLED' });
    t.is(error.cause, 'no more');
  }
  await eventually(
    'all have left',
    async () => (await metric('ciphernet_jobs_total{model="circle",outcome="cancelled"}')) === 16,
  );
  t.deepEqual([await metric('ciphernet_jobs_waiting'), await metric('ciphernet_jobs_running')], [0, 0]);
  t.true(near(await client.decrypt(await remote.evaluate(request))));
});

test('an exception in onProgress stops the job and rejects as it is', async (t) => {
  const { url, metrics } = await start(t);
  const remote = await RemoteServer.connect(url);
  await remote.uploadKeys(keys);
  const big = await client.encrypt(new Float64Array(2 * compiled.plan.samplesPerBatch * 40).fill(0.5));
  const mistake = new RangeError('mine');
  const error = await t.throwsAsync(
    remote.evaluate(big, {
      onProgress: () => {
        throw mistake;
      },
    }),
  );
  t.is(error, mistake);
  await eventually('the job is cancelled', async () =>
    parseMetrics(await metrics()).has('ciphernet_jobs_total{model="circle",outcome="cancelled"}'),
  );
});

test('closing lets running jobs end, refuses new ones, and cancels what outlasts its patience', async (t) => {
  const folder = await temporaryFolder(t);
  const service = await serve({ models: { circle: compiled }, folder, concurrency: 1 });
  const remote = await RemoteServer.connect(service.url);
  await remote.uploadKeys(keys);
  const big = await client.encrypt(new Float64Array(2 * compiled.plan.samplesPerBatch * 20).fill(0.5));
  const jobs = [remote.evaluate(request), remote.evaluate(big), remote.evaluate(big)];
  const outcomes = Promise.allSettled(jobs);
  await jobs[0];
  await eventually(
    'a job waits',
    async () => (parseMetrics(await service.metrics()).get('ciphernet_jobs_waiting') ?? 0) > 0,
  );
  const closing = service.close({ graceMilliseconds: 0 });
  t.is((await fetch(new URL('/health', service.url)).catch(() => ({ status: 503 }))).status, 503);
  await closing;
  t.deepEqual(
    (await outcomes).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  );
  await t.throwsAsync(RemoteServer.connect(service.url, { signal: AbortSignal.timeout(50) }));

  const patient = await serve({ models: { circle: compiled }, folder });
  const again = await RemoteServer.connect(patient.url);
  await again.useKeys(fingerprint);
  const last = again.evaluate(big);
  await eventually(
    'it runs',
    async () => (parseMetrics(await patient.metrics()).get('ciphernet_jobs_running') ?? 0) > 0,
  );
  await patient.close();
  t.is((await client.decrypt(await last)).length, 20 * compiled.plan.samplesPerBatch);
});

test('memory and disk for keys are bounded: those used least recently go, and come again', async (t) => {
  const loaded = compiled.plan.predicted.bytes.evaluationKeysInMemory;
  const { url, metrics } = await start(t, { mostLoadedBytes: 2 * loaded, mostStoredBytes: 3 * keys.length });
  const clients = await Promise.all([1, 2, 3, 4].map(() => Client.create(compiled.plan)));
  const remotes = [];
  for (const each of clients) {
    const remote = await RemoteServer.connect(url);
    await remote.uploadKeys(await each.evaluationKeys());
    remotes.push(remote);
  }
  const samples = parseMetrics(await metrics());
  t.is(samples.get('ciphernet_keys_stored'), 3);
  t.true(samples.get('ciphernet_servers_loaded_bytes')! <= 2 * loaded);
  const requests = await Promise.all(clients.map((each) => each.encrypt(rows)));
  await t.throwsAsync(remotes[0]!.evaluate(requests[0]!), { code: 'SERVICE_NOT_FOUND' });
  for (const index of [1, 2, 3, 1])
    t.true(near(await clients[index]!.decrypt(await remotes[index]!.evaluate(requests[index]!))));
  t.true(parseMetrics(await metrics()).get('ciphernet_servers_loaded')! <= 2);
  for (const each of clients) each.dispose();
});
