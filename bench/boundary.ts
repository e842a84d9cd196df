// What JavaScript costs: calls into C++, promises over the pool, and the event loop while every thread computes.
// npm run bench -- boundary [--json FILE]
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ciphertext, CkksParameters, Encryptor, Evaluator, KeyGenerator } from '../lib/ckks/index.js';
import { info } from '../lib/native.js';
import { ckksPairs } from './support/ckks-sets.js';
import { interleave, summarize } from './support/measure.js';
import { type Row, row, runSuite } from './support/rows.js';

const callsPerRun = 2_000;
const loadedSeconds = 1;
const loadedRuns = 9;

const build = info();
const common = {
  suite: 'boundary',
  threads: build.threads,
  cpu_level: build.cpuLevel,
  better: 'lower',
} as const;

interface Setup {
  readonly parameters: CkksParameters;
  readonly evaluator: Evaluator;
  readonly ciphertext: Ciphertext;
}

async function setUp(description: Parameters<typeof CkksParameters.create>[0]): Promise<Setup> {
  const parameters = await CkksParameters.create(description);
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const keys = await generator.evaluationKeys(secretKey, { relinearization: true });
  const slots = Float64Array.from({ length: parameters.slots }, (_, i) => Math.cos(i));
  const ciphertext = await new Encryptor(parameters, secretKey).encrypt(slots);
  return { parameters, evaluator: new Evaluator(parameters, keys), ciphertext };
}

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

/** A ring so small that the work of a call is next to nothing. */
async function calls(): Promise<Row[]> {
  const { parameters, evaluator, ciphertext } = await setUp({
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
        (await evaluator.negate(ciphertext)).dispose();
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
  const { logN, logQ, logP, logScale } = ckksPairs.find(
    (pair) => pair.peer === 'openfhe' && pair.ours.logN === 14,
  )!.ours;
  const { parameters, evaluator, ciphertext } = await setUp({ logN, logQ, logP, logScale });
  const percentiles: number[] = [];
  let worst = 0;
  for (let i = 0; i < loadedRuns; i++) {
    const until = performance.now() + loadedSeconds * 1e3;
    const workers = Array.from({ length: 2 * build.threads }, async () => {
      while (performance.now() < until) (await evaluator.multiply(ciphertext, ciphertext)).dispose();
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
  const params = { log_n: parameters.logN, levels: parameters.maxLevel, max_ms: Number(worst.toFixed(3)) };
  return [row({ ...common, op: 'event_loop_delay', params, timing, value: timing.median, unit: 'ms' })];
}

await runSuite([], async () => [...(await calls()), ...(await eventLoop())]);
