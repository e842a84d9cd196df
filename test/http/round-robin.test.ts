import test from 'ava';
import { CancelledError, ServiceError } from '../../lib/errors.js';
import { Jobs } from '../../lib/http/jobs.js';
import { LoadedServers } from '../../lib/http/loaded-servers.js';
import { RoundRobinQueue } from '../../lib/http/round-robin.js';
import type { Server } from '../../lib/server.js';

const never = new AbortController().signal;

test('clients take turns, whatever each has sent and in which order', (t) => {
  const queue = new RoundRobinQueue();
  const names = new Map<() => Promise<unknown>, string>();
  const add = (client: string, name: string, withdrawn = never): void => {
    const run = (): Promise<unknown> => Promise.resolve();
    names.set(run, name);
    queue.enqueue(run, { client, withdrawn });
  };
  const stop = new AbortController();
  for (const name of ['a1', 'a2', 'a3', 'a4']) add('a', name);
  add('b', 'b1');
  add('c', 'c1');
  add('c', 'c2', stop.signal);
  add('d', 'd1', stop.signal);
  t.is(queue.size, 8);
  stop.abort();
  t.is(queue.size, 6);
  t.is(queue.filter({ client: 'a' }).length, 4);
  const order = Array.from({ length: 7 }, () => queue.dequeue()).map((run) => run && names.get(run));
  t.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'a3', 'a4', undefined]);
});

test('places are bounded in all and for each client, and given back', async (t) => {
  const jobs = new Jobs({ concurrency: 1, jobs: 3, jobsPerClient: 2 });
  const busy = { instanceOf: ServiceError, code: 'SERVICE_BUSY' };
  const tickets = [jobs.admit('a'), jobs.admit('a')];
  t.throws(() => jobs.admit('a'), busy);
  tickets.push(jobs.admit('b'));
  t.throws(() => jobs.admit('c'), busy);
  for (const ticket of [...tickets, ...tickets]) ticket[Symbol.dispose]();
  t.is(jobs.admitted, 0);
  {
    using ticket = jobs.admit('a');
    t.is(await ticket.run(() => Promise.resolve(7), never), 7);
    await t.throwsAsync(
      ticket.run(() => Promise.reject(new RangeError('mine')), never),
      { message: 'mine' },
    );
  }
  await jobs.close();
  t.throws(() => jobs.admit('a'), busy);
});

test('a job that waits ends when its client leaves; one that runs ends by itself', async (t) => {
  const jobs = new Jobs({ concurrency: 1, jobs: 9, jobsPerClient: 9 });
  let finish: (value: string) => void = () => undefined;
  const stop = new AbortController();
  const running = jobs
    .admit('a')
    .run(() => new Promise<string>((resolve) => (finish = resolve)), stop.signal);
  let started = false;
  const task = (): Promise<void> => {
    started = true;
    return Promise.resolve();
  };
  const waiting = jobs.admit('b').run(task, stop.signal);
  t.deepEqual([jobs.running, jobs.waiting], [1, 1]);
  stop.abort();
  await t.throwsAsync(waiting, { instanceOf: CancelledError });
  t.deepEqual([jobs.running, jobs.waiting], [1, 0]);
  finish('its answer');
  t.is(await running, 'its answer');
  t.false(started);
});

test('a loaded server is freed when it is neither among the latest nor at work, and loaded once for all who wait', async (t) => {
  const servers = new LoadedServers(100);
  const freed: string[] = [];
  let loads = 0;
  const load =
    (name: string, bytes = 40) =>
    (): Promise<Server> => {
      ++loads;
      return Promise.resolve({
        evaluationKeyBytes: bytes,
        dispose: () => freed.push(name),
      } as unknown as Server);
    };
  const [a, same] = await Promise.all([servers.lease('a', load('a')), servers.lease('a', load('a'))]);
  t.is(a.server, same.server);
  t.is(loads, 1);
  (await servers.lease('b', load('b')))[Symbol.dispose]();
  (await servers.lease('c', load('c')))[Symbol.dispose]();
  t.deepEqual([servers.count, servers.bytes, freed], [2, 80, []]); // a is evicted but at work
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  t.deepEqual(freed, []);
  same[Symbol.dispose]();
  t.deepEqual(freed, ['a']);
  (await servers.lease('large', load('large', 1000)))[Symbol.dispose]();
  t.deepEqual(freed, ['a', 'large']);
  await t.throwsAsync(
    servers.lease('d', () => Promise.reject(new RangeError('mine'))),
    { message: 'mine' },
  );
  (await servers.lease('d', load('d')))[Symbol.dispose]();
  servers.clear();
  t.deepEqual(freed.toSorted(), ['a', 'b', 'c', 'd', 'large']);
});
