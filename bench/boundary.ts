// What JavaScript costs: the operations of the suite `ckks` beside C++, calls into C++, promises over the pool, and
// what waits while every thread computes: the event loop and other operations.
// npm run bench -- boundary [--json FILE]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { info } from '../lib/native.js';
import { type Setup, setUp } from './javascript/setup.js';
import { describe, operations, rounded } from './support/ckks-rows.js';
import { openfheSet, words } from './support/ckks-sets.js';
import { startJavaScript } from './support/javascript.js';
import { interleave, quantile, summarize } from './support/measure.js';
import { startNative } from './support/native.js';
import { ourselves, type Row, row, runSuite } from './support/rows.js';

const callsPerRun = 2_000;
const loadedSeconds = 1;
const loadedRuns = 9;
/** Operations at a time, and how many follow one another in each place. */
const inFlight = 8;
const turns = 8;
/** After this time long operations are in the middle of their work. */
const underWayMilliseconds = 3;

const build = info();
const common = {
  suite: 'boundary',
  threads: build.threads,
  cpu_level: build.cpuLevel,
  better: 'lower',
} as const;

/** Milliseconds of one call, as the mean over a run of them. */
async function perCall(call: () => unknown): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < callsPerRun; i++) await call();
  return (performance.now() - start) / callsPerRun;
}

function perCallSync(call: () => unknown): number {
  const start = performance.now();
  for (let i = 0; i < callsPerRun; i++) call();
  return (performance.now() - start) / callsPerRun;
}

/** Every operation through the public API beside the same one in C++, both on one thread. */
async function besideNative(): Promise<Row[]> {
  const set = openfheSet(14);
  await using javascript = await startJavaScript('ckks', set, 1);
  await using native = await startNative('ckks', { ...words(set), threads: 1 });
  const rows: Row[] = [];
  for (const operation of operations) {
    const [through, direct] = await interleave([
      () => javascript.time(operation),
      () => native.time(operation),
    ]);
    const measured = await describe('boundary', javascript, set, operation, through!, native.ready);
    rows.push(row({ ...measured, peer: ourselves('C++', direct!) }));
  }
  return rows;
}

/** A ring so small that the work of a call is next to nothing. */
async function calls(): Promise<Row[]> {
  const { parameters, evaluator, firstEncrypted } = await setUp({
    logN: 10,
    logQ: [50, 40],
    logP: [50],
    logScale: 40,
    security: 'none',
  });
  const [sync, async] = await interleave([
    () => Promise.resolve(perCallSync(() => parameters.ciphertextSize())),
    () =>
      perCall(async () => {
        (await evaluator.negate(firstEncrypted)).dispose();
      }),
  ]);
  const params = { log_n: parameters.logN, levels: parameters.maxLevel };
  return [
    row({ ...common, op: 'call_sync', params, timing: sync!, value: sync!.median * 1e3, unit: 'us' }),
    row({ ...common, op: 'call_async', params, timing: async!, value: async!.median * 1e3, unit: 'us' }),
  ];
}

/** How late a timer of one millisecond is while more products are in flight than there are threads. */
async function eventLoop(): Promise<Row[]> {
  const { parameters, evaluator, firstEncrypted } = await setUp(openfheSet(14));
  const percentiles: number[] = [];
  let worst = 0;
  for (let i = 0; i < loadedRuns; i++) {
    const until = performance.now() + loadedSeconds * 1e3;
    const workers = Array.from({ length: 2 * build.threads }, async () => {
      while (performance.now() < until) (await evaluator.multiply(firstEncrypted, firstEncrypted)).dispose();
    });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await sleep(loadedSeconds * 1e3);
    delay.disable();
    await Promise.all(workers);
    percentiles.push(delay.percentile(99) / 1e6);
    worst = Math.max(worst, delay.max / 1e6);
  }
  const timing = summarize(percentiles);
  const params = { log_n: parameters.logN, levels: parameters.maxLevel, max_ms: rounded(worst) };
  return [row({ ...common, op: 'event_loop_delay', params, timing, value: timing.median, unit: 'ms' })];
}

/** Milliseconds until what was started is settled. */
async function settled(start: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await start();
  return performance.now() - from;
}

const product = async ({ evaluator, firstEncrypted, secondEncrypted }: Setup): Promise<void> => {
  (await evaluator.multiply(firstEncrypted, secondEncrypted)).dispose();
};

const products = async (setup: Setup): Promise<void> => {
  await Promise.all(Array.from({ length: inFlight }, () => product(setup)));
};

/** The same products as one operation. */
async function batch({ evaluator, firstEncrypted, secondEncrypted }: Setup): Promise<void> {
  const many = <T>(item: T): T[] => Array.from({ length: inFlight }, () => item);
  const results = await evaluator.multiply(many(firstEncrypted), many(secondEncrypted));
  for (const result of results) result.dispose();
}

/** A short operation that is started while long ones run, beside itself alone. */
async function shortBehind(
  setup: Setup,
  op: string,
  startLong: (setup: Setup) => Promise<void>,
): Promise<Row> {
  const { parameters, evaluator, firstEncrypted } = setup;
  const short = (): Promise<number> =>
    settled(async () => {
      (await evaluator.negate(firstEncrypted)).dispose();
    });
  const [behind, alone, one, all] = await interleave([
    async () => {
      const long = startLong(setup);
      await sleep(underWayMilliseconds);
      const waited = await short();
      await long;
      return waited;
    },
    short,
    () => settled(() => product(setup)),
    () => settled(() => startLong(setup)),
  ]);
  const params = {
    log_n: parameters.logN,
    levels: parameters.maxLevel,
    in_flight: inFlight,
    one_ms: rounded(one!.median),
    all_ms: rounded(all!.median),
  };
  const timing = behind!;
  const peer = ourselves('alone', alone!);
  return row({ ...common, op, params, timing, value: timing.median, unit: 'ms', peer });
}

/** Equal operations of which as many are always in flight: the time of each, beside as many one after the other. */
async function equalInFlight(setup: Setup): Promise<Row> {
  const { parameters } = setup;
  const each: number[] = [];
  const sequence = async (): Promise<void> => {
    for (let i = 0; i < turns; ++i) {
      const milliseconds = await settled(() => product(setup));
      // In the first and the last turn the others have not begun or have ended.
      if (i > 0 && i < turns - 1) each.push(milliseconds);
    }
  };
  const [, single] = await interleave([
    async () => {
      const total = await settled(() => Promise.all(Array.from({ length: inFlight }, sequence)));
      return total / turns;
    },
    () =>
      settled(async () => {
        for (let i = 0; i < inFlight; ++i) await product(setup);
      }),
  ]);
  const timing = summarize(each);
  const params = {
    log_n: parameters.logN,
    levels: parameters.maxLevel,
    in_flight: inFlight,
    p5_ms: rounded(quantile(each, 0.05)),
    p95_ms: rounded(quantile(each, 0.95)),
    max_ms: rounded(Math.max(...each)),
  };
  const peer = ourselves('one after the other', single!);
  return row({
    ...common,
    op: 'equal_in_flight',
    params,
    timing,
    value: timing.median,
    unit: 'ms',
    peer,
  });
}

async function fairness(): Promise<Row[]> {
  const setup = await setUp(openfheSet(15));
  return [
    await shortBehind(setup, 'short_behind_products', products),
    await shortBehind(setup, 'short_behind_batch', batch),
    await equalInFlight(setup),
  ];
}

await runSuite([], async () => [
  ...(await besideNative()),
  ...(await calls()),
  ...(await eventLoop()),
  ...(await fairness()),
]);
