import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { type KeysPrecision, measureKeys, type Keyholder } from '../../bench/support/bootstrap-keys.js';
import {
  type Bootstrapper,
  type Contestant,
  measureBootstraps,
  type Measurement,
} from '../../bench/support/bootstrap-measure.js';
import { bootstrapReport } from '../../bench/support/bootstrap-report.js';
import { bootstrapRow, throughput } from '../../bench/support/bootstrap-rows.js';
import { bootstrapSets, bootstrapWords } from '../../bench/support/bootstrap-sets.js';
import { checkGoals } from '../../bench/support/goals.js';
import type { BootstrapPrecision } from '../../bench/support/program.js';

const schema = JSON.parse(
  await readFile(new URL('../../bench/schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

const precision: BootstrapPrecision = { mean_bits: 25, worst_bits: 20, levels_left: 10 };
const bytes = 1e9;

/** Two contestants whose bootstraps take 20 and 30 seconds, and the log of what happens to them. */
function two(left: BootstrapPrecision = precision): { contestants: Contestant[]; log: string[] } {
  const log: string[] = [];
  const contestant = (name: string, ms: number): Contestant => ({
    name,
    bytes,
    start: () => {
      log.push(`start ${name}`);
      const program: Bootstrapper = {
        ready: { threads: 1, log_n: 16, log_slots: 15 },
        time: () => {
          log.push(name);
          return Promise.resolve(ms);
        },
        bootstrapPrecision: () => Promise.resolve(name === 'b' ? left : precision),
        peakBytes: () => Promise.resolve(bytes),
        [Symbol.asyncDispose]: () => {
          log.push(`end ${name}`);
          return Promise.resolve();
        },
      };
      return Promise.resolve(program);
    },
  });
  return { contestants: [contestant('a', 20_000), contestant('b', 30_000)], log };
}

test('bootstraps take turns where memory holds all programs', async (t) => {
  const { contestants, log } = two();
  const [a, b] = await measureBootstraps(contestants, () => 3 * bytes);
  t.deepEqual([a!.timing.median, b!.timing.median], [20_000, 30_000]);
  t.true(a!.interleaved && b!.interleaved);
  const runs = ['a', 'b', 'a', 'b', 'b', 'a', 'a', 'b']; // the first two are not counted
  t.deepEqual(log, ['start a', 'start b', ...runs, 'end a', 'end b']);
});

test('one program ends before the next one starts where memory does not hold both', async (t) => {
  const { contestants, log } = two();
  const [a, b] = await measureBootstraps(contestants, () => 2 * bytes);
  t.deepEqual([a!.timing.median, b!.timing.median], [20_000, 30_000]);
  t.false(a!.interleaved || b!.interleaved);
  t.deepEqual(log, ['start a', 'a', 'a', 'a', 'a', 'end a', 'start b', 'b', 'b', 'b', 'b', 'end b']);
});

test('a program that memory does not hold at all is not started', async (t) => {
  const { contestants, log } = two();
  await t.throwsAsync(
    measureBootstraps(contestants, () => bytes / 2),
    {
      message: 'a takes 1 GB, but only 0.5 are free.',
    },
  );
  t.deepEqual(log, []);
});

test('a bootstrap that is wrong or leaves no level is not timed, and no program stays', async (t) => {
  for (const left of [
    { ...precision, worst_bits: -3 },
    { ...precision, levels_left: 0 },
  ]) {
    const { contestants, log } = two(left);
    await t.throwsAsync(
      measureBootstraps(contestants, () => 3 * bytes),
      { message: /^b: a bootstrap leaves/ },
    );
    t.deepEqual(log, ['start a', 'start b', 'end a', 'end b']);
  }
});

const measurement = (name: string, ms: number, version?: string): Measurement => ({
  name,
  ready: {
    ...(version !== undefined && { version, secret: 'ternary, weight 192' }),
    cpu_level: 'avx512ifma',
    threads: 1,
    log_n: 16,
    log_slots: 15,
    log_q: 1240,
    log_p: 305,
    dnum: 5,
    sigma: 3.2,
    keygen_ms: 40_000,
    key_bytes: 4e9,
  },
  precision,
  timing: { median: ms, min: ms, runs: 3 },
  peakBytes: 5e9,
  interleaved: true,
});

const overKeys: KeysPrecision = {
  keys: 10,
  bits: {
    random: { mean: 25, worst: 21 },
    one: { mean: 21.3, worst: 20.9 },
    one_hot: { mean: 25.2, worst: 20.5 },
  },
  peakBytes: 5e9,
};

const set = bootstrapSets.find(({ op, ours }) => op === 'bootstrap_full' && ours.logN === 16)!;
const ours = measurement('ciphernet, one thread', 5_000);
const lattigo = measurement('Lattigo', 30_000, '6.1.1');

test('a bootstrap counts by its slots, levels left and mean bits a second', (t) => {
  t.is(throughput(ours), (2 ** 15 * 10 * 25) / 5);
  const row = bootstrapRow(set, ours, lattigo, overKeys);
  t.true(validate([row]), JSON.stringify(validate.errors));
  t.is(row.ratio, 6);
  t.is(row.peer?.median_ms, 30_000);
  t.is(row.params.peer_secret, 'ternary, weight 192');
  const [goal] = checkGoals([row]).filter(({ text }) => text.includes('5 times') && text.includes('Lattigo'));
  t.true(goal?.reached);
});

test('a peer with other slots or threads is none; we on one thread stand beside us on two', (t) => {
  const other = (ready: Partial<Measurement['ready']>): Measurement => ({
    ...lattigo,
    ready: { ...lattigo.ready, ...ready },
  });
  t.throws(() => bootstrapRow(set, ours, other({ log_slots: 14 }), overKeys), { message: /log_slots = 14/ });
  t.throws(() => bootstrapRow(set, ours, other({ threads: 2 }), overKeys), { message: /threads = 2/ });
  const onTwo: Measurement = { ...ours, ready: { ...ours.ready, threads: 2 } };
  t.true(validate([bootstrapRow(set, onTwo, ours, overKeys)]), JSON.stringify(validate.errors));
});

test('precision is that over all slots of every key, whose program ends before the next one starts', async (t) => {
  const log: string[] = [];
  /** Keys 0, 1, …, which differ; under one of them bootstraps may be wrong. */
  const starter = (wrong?: number): (() => Promise<Keyholder>) => {
    let started = 0;
    return () => {
      const key = started++;
      log.push(`start ${key}`);
      return Promise.resolve({
        bootstrapPrecision: (slots = 'random') => {
          log.push(slots);
          const mean = { random: 25, one: 21, one_hot: 24 }[slots] + key;
          const worst = key === wrong ? -1 : mean - 3 * (key + 1);
          return Promise.resolve({ mean_bits: mean, worst_bits: worst, levels_left: 10 });
        },
        peakBytes: () => Promise.resolve(bytes / (key + 1)),
        [Symbol.asyncDispose]: () => {
          log.push(`end ${key}`);
          return Promise.resolve();
        },
      });
    };
  };
  const slots = ['random', 'one', 'one_hot'];
  t.deepEqual(await measureKeys({ name: 'ours', start: starter() }, 3), {
    keys: 3,
    bits: {
      random: { mean: 26, worst: 18 },
      one: { mean: 22, worst: 14 },
      one_hot: { mean: 25, worst: 17 },
    },
    peakBytes: bytes,
  });
  t.deepEqual(
    log,
    [0, 1, 2].flatMap((key) => [`start ${key}`, ...slots, `end ${key}`]),
  );

  log.length = 0;
  await t.throwsAsync(measureKeys({ name: 'ours', start: starter(1) }, 3), {
    message: /^ours: a bootstrap leaves -1 bits/,
  });
  t.deepEqual(log, ['start 0', ...slots, 'end 0', 'start 1', 'random', 'end 1']);
});

test('goals of precision ask for ten keys', (t) => {
  const goals = (keys: number): boolean[] =>
    checkGoals([bootstrapRow(set, ours, lattigo, { ...overKeys, keys })])
      .filter(({ text }) => text.includes('10 fresh keys'))
      .map(({ reached }) => reached);
  t.deepEqual(goals(10), [true, true, true]);
  t.deepEqual(goals(9), [false, false, false]);
});

test('the report shows both sides of each comparison, and a point for each one-threaded side', (t) => {
  const { svg, table } = bootstrapReport([bootstrapRow(set, ours, lattigo, overKeys)]);
  t.is(table.split('\n').length, 2 + 2);
  t.regex(table, /ciphernet \| 1 \| 5 \|.*\n.*Lattigo \| 1 \| 30 \|.*\*\*6\*\*/);
  t.is(svg.split('N = 2^16, 2^15 slots').length - 1, 2);
  // A set that stands beside several has one line.
  const twice = [bootstrapRow(set, ours, lattigo, overKeys), bootstrapRow(set, ours, lattigo, overKeys)];
  const lines = bootstrapReport(twice).precision.split('\n');
  t.is(lines.length, 2 + 1);
  t.regex(lines[2]!, /2\^16 \| 2\^15 \| 10 \| 25\.0 \| 21\.0 \| 21\.3 \| 20\.9 \| 25\.2 \| 20\.5 \| 5/);
});

test('every set has the numbers that the core asks for, and names itself among those that take memory', (t) => {
  for (const one of bootstrapSets) {
    const circuit = String(bootstrapWords(one).bootstrapping).split(',').map(Number);
    t.is(circuit.length, 9);
    t.true(circuit.every(Number.isInteger));
    t.true(one.logSlots < one.ours.logN);
    t.true(one.gigabytes.ciphernet > 0);
    t.is(one.freshKeys, one.op === 'bootstrap_full' && one.ours.logN === 16 ? 10 : 1);
  }
});
