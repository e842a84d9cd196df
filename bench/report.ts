// docs/benchmarks.md and its charts from bench/results/*.json; --measure runs every suite first and writes those.
// npm run bench -- report [--measure]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as prettier from 'prettier';
import type { ExampleResult } from '../examples/support/result.js';
import { bootstrapReport } from './support/bootstrap-report.js';
import { drawChart } from './support/charts.js';
import { checkGoals, type GoalResult } from './support/goals.js';
import { digits, origin, table, unique } from './support/markdown.js';
import { peerNames, peerTitle } from './support/peers.js';
import { trainingExamples } from './support/training-report.js';
import { costOf, digitWidths } from './support/cost-model.js';
import { readRows, type Row } from './support/rows.js';

const suites = [
  'ntt',
  'kernels',
  'ckks',
  'linear',
  'bootstrap',
  'boundary',
  'memory',
  'inference',
  'training',
];
const root = new URL('../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));

function measure(): void {
  for (const suite of suites) {
    const { status } = spawnSync(
      process.execPath,
      ['--import=tsx', `bench/${suite}.ts`, '--json', `bench/results/${suite}.json`],
      { cwd: at('.'), stdio: 'inherit' },
    );
    if (status !== 0)
      throw new Error(`The suite ${suite} failed; its results may be those of an earlier run.`);
  }
}

async function chart(name: string, svg: string): Promise<string> {
  await mkdir(at('docs/benchmarks/'), { recursive: true });
  await writeFile(at(`docs/benchmarks/${name}.svg`), svg);
  return `![${name}](benchmarks/${name}.svg)`;
}

async function transforms(all: readonly Row[]): Promise<string[]> {
  const widest = Math.max(...all.map((r) => Number(r.params.prime_bits)));
  const rows = all.filter((r) => r.params.prime_bits === widest);
  const sizes = unique(rows.map((r) => r.params.log_n));
  const levels = unique(rows.map((r) => r.cpu_level));
  const ours = (op: string, level: string, logN: number): Row | undefined =>
    rows.find((r) => r.op === op && r.cpu_level === level && r.params.log_n === logN);
  const lattigo = (op: string, logN: number): number | undefined =>
    rows.find((r) => r.op === op && r.params.log_n === logN && r.peer?.name === 'Lattigo')?.peer?.value;
  const svg = drawChart({
    title: 'Forward transform, ns per butterfly',
    subtitle: origin(rows[0]!),
    categories: sizes.map((n) => `N = 2^${n}`),
    series: [
      ...levels.map((level) => ({
        name: level,
        values: sizes.map((n) => ours('ntt_forward', level, n)?.value),
      })),
      { name: 'Lattigo', values: sizes.map((n) => lattigo('ntt_forward', n)) },
    ],
    unit: 'ns',
  });
  const lines = unique(all.map((r) => r.params.prime_bits)).flatMap((bits) =>
    ['ntt_forward', 'ntt_inverse'].flatMap((op) => {
      const found = all.filter((r) => r.op === op && r.params.prime_bits === bits);
      const cells = (value: (r: Row) => number | undefined): string[] =>
        sizes.map((n) => {
          const of = found.filter((r) => r.params.log_n === n).map(value);
          const x = of.find((v) => v !== undefined);
          return x === undefined ? '' : digits(x);
        });
      return [
        ...levels.map((level) => [
          op,
          String(bits),
          level,
          ...cells((r) => (r.cpu_level === level ? r.value : undefined)),
        ]),
        [
          op,
          String(bits),
          'Lattigo',
          ...cells((r) => (r.peer?.name === 'Lattigo' ? r.peer.value : undefined)),
        ],
      ];
    }),
  );
  return [
    '## Number-theoretic transform',
    'One thread, in place; nanoseconds per butterfly, N/2 · log2 N of them. Lower is better. The chart shows the widest primes.',
    await chart('ntt', svg),
    table(['op', 'bits', 'by', ...sizes.map((n) => `2^${n}`)], lines),
  ];
}

function parametersOf({ params: p, peer }: Row): string {
  const of = (prefix: string): string =>
    `log2 Q ${p[`${prefix}log_q`]}, log2 P ${p[`${prefix}log_p`]}, dnum ${p[`${prefix}dnum`]}, σ ${p[`${prefix}sigma`]}`;
  return `${peer!.name} ${peer!.version}: ${p.levels} levels; ${of('peer_')}; ours: ${of('')}`;
}

async function beside(rows: readonly Row[], logN: number): Promise<string[]> {
  const here = rows.filter(
    (r) => r.params.log_n === logN && r.peer && peerNames.map(peerTitle).includes(r.peer.name),
  );
  const peers = unique(here.map((r) => r.peer!.name));
  const ops = unique(here.map((r) => r.op));
  const find = (op: string, peer: string): Row | undefined =>
    here.find((r) => r.op === op && r.peer!.name === peer);
  const svg = drawChart({
    title: `CKKS at N = 2^${logN}, one thread: times faster than`,
    subtitle: origin(here[0]!),
    categories: ops.map((op) => op.replaceAll('_', '\n')),
    series: peers.map((name) => ({ name, values: ops.map((op) => find(op, name)?.ratio) })),
    unit: 'times',
  });
  const cells = (row: Row | undefined): string =>
    row ? `${digits(row.value)} / ${digits(row.peer!.value)} = **${digits(row.ratio!)}×**` : '–';
  return [
    `## CKKS at N = 2^${logN}`,
    'One thread; milliseconds of ours / of the peer. Each column has parameters of its own, matched to the peer:',
    peers.map((name) => `- ${parametersOf(here.find((r) => r.peer!.name === name)!)}`).join('\n'),
    await chart(`ckks-${logN}`, svg),
    table(
      ['op', ...peers],
      ops.map((op) => [op, ...peers.map((name) => cells(find(op, name)))]),
    ),
  ];
}

/** A column of a table whose lines are rows: its head, and what it says of a row. */
type Column = readonly [head: string, cell: (row: Row) => string];

/** A table of rows: their operation and its size, then these columns. */
function rowTable(rows: readonly Row[], further: readonly Column[]): string {
  const columns: readonly Column[] = [['op', (r) => r.op], ['N', (r) => `2^${r.params.log_n}`], ...further];
  return table(
    columns.map(([head]) => head),
    rows.map((r) => columns.map(([, cell]) => cell(r))),
  );
}

/** The columns that several tables have, their heads where those differ. */
const column = {
  levels: ['levels', (r) => String(r.params.levels)],
  threads: ['threads', (r) => String(r.threads)],
  value: (head) => [head, (r) => digits(r.value)],
  peer: ['beside', (r) => r.peer?.name.replace('ciphernet, ', '') ?? ''],
  peerValue: (head) => [head, (r) => (r.peer ? digits(r.peer.value) : '')],
  ratio: (head) => [head, (r) => (r.ratio === undefined ? '' : digits(r.ratio))],
} as const satisfies Record<string, Column | ((head: string) => Column)>;

/** Rows beside ourselves in another way. */
const besideOurselves = (rows: readonly Row[]): string =>
  rowTable(rows, [
    column.threads,
    column.value('ms'),
    column.peer,
    column.peerValue('its ms'),
    column.ratio('times'),
  ]);

function ourselves(rows: readonly Row[]): string[] {
  return [
    '## Hoisting and threads',
    besideOurselves(rows.filter((r) => r.peer?.name.startsWith('ciphernet'))),
  ];
}

/** What a suite says of a row besides its value, by its names in bench/schema.json. */
const details = (head: string, names: readonly string[]): Column => [
  head,
  ({ params }) => names.flatMap((name) => (name in params ? [`${name} ${params[name]}`] : [])).join(', '),
];

function boundary(rows: readonly Row[]): string[] {
  const single = rows.filter((r) => r.peer?.name === 'ciphernet, C++');
  const others = rows.filter((r) => !single.includes(r));
  const names = ['in_flight', 'one_ms', 'all_ms', 'p5_ms', 'p95_ms', 'max_ms'];
  return [
    '## From JavaScript',
    'The public API beside the same operation in C++, on one thread:',
    besideOurselves(single),
    'Calls, and what waits while every thread computes:',
    rowTable(others, [
      column.threads,
      column.value('value'),
      ['unit', (r) => r.unit],
      column.peer,
      column.peerValue('its value'),
      details('more', names),
    ]),
  ];
}

function linear(rows: readonly Row[]): string[] {
  const names = ['inputs', 'outputs', 'weights', 'diagonals', 'degree'];
  return [
    '## Linear algebra and polynomials',
    rowTable(rows, [
      column.levels,
      details('of', names),
      column.threads,
      column.value('ms'),
      column.ratio('times one thread'),
      ['bits', (r) => digits(r.precision_bits ?? 0)],
    ]),
  ];
}

async function bootstraps(rows: readonly Row[]): Promise<string[]> {
  const { svg, table: comparisons, precision } = bootstrapReport(rows);
  return [
    '## Bootstrapping',
    'One bootstrap of a ciphertext of random complex slots, their real and imaginary parts from -1 to 1. Every library has parameters of its own; ring, slots and threads are equal. The two lines of a comparison were measured together; *times* is how many slots × levels left × mean bits a second the first line gives for one of the second.',
    await chart('bootstrap', svg),
    comparisons,
    'Our precision over fresh keys, in bits: −log2 of the errors of real and imaginary parts, their mean and their worst over all slots and keys, for random slots, for 1 + i in every slot and for 1 in one of them.',
    precision,
  ];
}

function memory(rows: readonly Row[]): string[] {
  return [
    '## Memory',
    'The largest resident set of a process, of three runs each.',
    rowTable(rows, [
      column.levels,
      column.threads,
      ['times', (r) => String(r.params.count)],
      ['KiB a ciphertext', (r) => String(r.params.ciphertext_kib)],
      ['MiB before', (r) => String(r.params.start_mib)],
      column.value('MiB at most'),
      ['seconds', (r) => digits(r.median_ms / 1e3)],
    ]),
  ];
}

function networks(rows: readonly Row[]): string[] {
  return [
    '## Networks',
    'Server time of one request, beside what the plan predicted from a measurement of the machine in the same run.',
    rowTable(rows, [
      column.levels,
      column.threads,
      ['samples', (r) => String(r.params.count)],
      column.value('ms'),
      column.peerValue('predicted'),
      ['ms a sample', (r) => digits(r.value / Number(r.params.count))],
    ]),
  ];
}

function trainings(rows: readonly Row[]): string[] {
  return [
    '## Training',
    'One step on encrypted rows with encrypted weights, beside what the plan predicted from a measurement of the machine in the same run.',
    rowTable(rows, [
      column.levels,
      column.threads,
      ['rows', (r) => String(r.params.count)],
      details('operations', ['bootstraps', 'rotations', 'products']),
      ['keys GB', (r) => digits(Number(r.params.key_bytes) / 1e9)],
      ['seconds', (r) => digits(r.value / 1e3)],
      ['predicted', (r) => (r.peer ? digits(r.peer.value / 1e3) : '')],
    ]),
  ];
}

/** Runs of the examples, as they wrote them with --json. */
async function examples(): Promise<string[]> {
  const folder = at('examples/mnist/results/');
  if (!existsSync(folder)) return [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const runs = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(`${folder}${name}`, 'utf8')) as ExampleResult),
  );
  const megabytes = (bytes: number): string => digits(bytes / 1e6);
  const head = [
    'task',
    'images',
    'accuracy',
    'agree with the clear',
    'server ms',
    'encrypt ms',
    'keys MB (disk / memory)',
    'upload MB',
    'download MB',
  ];
  return [
    '## MNIST',
    'The ML-inference workload of the public FHE benchmark suite: `npm run example -- mnist --data FOLDER --task single|small|large [--model cnn] --json FILE`. Server time is from the bytes of a request to those of its response.',
    unique(runs.map((r) => `- ${r.machine}; ${r.threads} threads; ${r.cpu_level}; commit ${r.commit}`)).join(
      '\n',
    ),
    table(
      head,
      runs.map((r) => [
        r.task,
        String(r.images_run),
        `${(100 * r.accuracy_encrypted).toFixed(2)} %`,
        `${digits(100 * r.agree)} %`,
        digits(r.ms.evaluate),
        digits(r.ms.encrypt),
        `${megabytes(r.bytes.evaluation_keys_disk)} / ${megabytes(r.bytes.evaluation_keys_ram)}`,
        megabytes(r.bytes.upload),
        megabytes(r.bytes.download),
      ]),
    ),
  ];
}

function goalTable(goals: readonly GoalResult[]): string {
  return table(
    ['goal', 'the worst of its rows', 'reached'],
    goals.map(({ text, worst, unit, reached }) => [
      text,
      worst
        ? `${digits(worst.figure)}${unit} (${worst.row.op}, N = 2^${worst.row.params.log_n})`
        : 'not measured',
      reached ? 'yes' : 'no',
    ]),
  );
}

/** For each CKKS row beside a peer: what the operation needs, the time that this bounds, and what is left. */
function costTable(rows: readonly Row[], logN: number): string {
  const value = (suite: string, op: string, level: string, n?: number, bits?: number): number | undefined =>
    results
      .get(suite)
      ?.find(
        (r) =>
          r.op === op &&
          r.cpu_level === level &&
          (n ?? r.params.log_n) === r.params.log_n &&
          (bits ?? r.params.prime_bits) === r.params.prime_bits,
      )?.value;
  const n = 2 ** logN;
  const lines = rows.flatMap((r) => {
    const { primes_q: limbs, primes_p: special, dnum } = r.params;
    if (typeof limbs !== 'number' || typeof special !== 'number' || typeof dnum !== 'number') return [];
    const bits = (Number(r.params.log_q) + Number(r.params.log_p)) / (limbs + special);
    const cost = costOf(r.op, { limbs, special, digits: digitWidths(limbs, dnum), bits });
    const transform = value('ntt', 'ntt_forward', r.cpu_level, logN, bits <= 46 ? 45 : 50);
    const product = value('kernels', 'multiply_accumulate', r.cpu_level);
    const bandwidth = value('kernels', 'memory_read', r.cpu_level);
    if (!cost || transform === undefined || product === undefined || bandwidth === undefined) return [];
    const transformMs = (cost.transforms * transform * (n / 2) * logN) / 1e6;
    const productMs = (cost.products * n * product) / 1e6;
    const memoryMs = (cost.limbsMoved * n * 8) / (bandwidth * 1e6);
    const bound = Math.max(transformMs + productMs, memoryMs);
    return [
      [
        r.op,
        `${limbs} + ${special}, ${dnum}`,
        `${cost.transforms} (${digits(transformMs)})`,
        `${cost.products} N (${digits(productMs)})`,
        `${digits((cost.limbsMoved * n * 8) / 2 ** 20)} MiB (${digits(memoryMs)})`,
        digits(bound),
        digits(r.value),
        `${digits(r.value - bound)} (${digits((100 * (r.value - bound)) / r.value)} %)`,
      ],
    ];
  });
  return table(
    [
      'op',
      'primes of Q + P, digits',
      'transforms (ms)',
      'products (ms)',
      'memory (ms)',
      'bound',
      'measured',
      'rest',
    ],
    lines,
  );
}

/** Writes markdown as the repository's formatter has it. */
async function writeMarkdown(path: string, text: string): Promise<void> {
  const format = (await prettier.resolveConfig(path)) ?? {};
  await writeFile(path, await prettier.format(text, { ...format, parser: 'markdown' }));
}

const { values: options } = parseArgs({ options: { measure: { type: 'boolean', default: false } } });
if (options.measure) measure();

const results = new Map<string, readonly Row[]>();
for (const suite of suites) {
  const file = at(`bench/results/${suite}.json`);
  if (existsSync(file)) results.set(suite, await readRows(file));
}
const all = [...results.values()].flat();
if (all.length === 0) throw new Error('There are no results: npm run bench -- report --measure');
const ckks = results.get('ckks') ?? [];
const ops = JSON.parse(await readFile(at('bench/schema.json'), 'utf8')) as {
  definitions: { op: { oneOf: { const: string; description: string }[] } };
};
const goals = checkGoals(all);

const sections = [
  '# Benchmarks',
  '<!-- Made by `npm run bench -- report`; change bench/report.ts, not this file. -->',
  'Every figure comes from bench/results/, which `npm run bench -- report --measure` writes. Wall clock; the median of nine or more runs (three where one takes over ten seconds), and where two things are compared their runs take turns. Peers run in the same invocation, on one thread as we do, with the same N and levels, log2 Q and log2 P within 5 % (bootstraps: below). `npm run bench:peers` installs them.',
  unique(all.map((r) => `- ${r.suite}: ${origin(r)}`)).join('\n'),
  '## Goals',
  goalTable(goals),
  ...(results.has('ntt') ? await transforms(results.get('ntt')!) : []),
  ...(ckks.length > 0 ? [...(await beside(ckks, 14)), ...(await beside(ckks, 15)), ...ourselves(ckks)] : []),
  ...(results.has('linear') ? linear(results.get('linear')!) : []),
  ...(results.has('bootstrap') ? await bootstraps(results.get('bootstrap')!) : []),
  ...(results.has('boundary') ? boundary(results.get('boundary')!) : []),
  ...(results.has('memory') ? memory(results.get('memory')!) : []),
  ...(results.has('inference') ? networks(results.get('inference')!) : []),
  ...(results.has('training') ? trainings(results.get('training')!) : []),
  ...(await trainingExamples(at('examples/training-ckks/results/'))),
  ...(await examples()),
  '## Operations',
  ops.definitions.op.oneOf.map((op) => `- \`${op.const}\`: ${op.description}.`).join('\n'),
];
await writeMarkdown(at('docs/benchmarks.md'), sections.join('\n\n'));

// The tables between two marks of docs/performance.md; the words around them are written by hand.
const performanceFile = at('docs/performance.md');
const [before, , after] = (await readFile(performanceFile, 'utf8')).split(
  /<!-- tables: (?:begin|end)[^>]*-->/,
);
if (before === undefined || after === undefined) throw new Error('docs/performance.md has lost its marks.');
const costTables = [14, 15].flatMap((logN) => {
  const rows = ckks.filter(
    (r) => r.params.log_n === logN && (r.peer?.name === 'OpenFHE' || r.peer?.name === 'node-seal'),
  );
  return rows.length > 0 ? [`### N = 2^${logN}: ${origin(rows[0]!)}`, costTable(rows, logN)] : [];
});
await writeMarkdown(
  performanceFile,
  [
    before,
    '<!-- tables: begin (npm run bench -- report) -->',
    ...costTables,
    '<!-- tables: end -->',
    after,
  ].join('\n\n'),
);

console.log(`Wrote docs/benchmarks.md and docs/performance.md from ${all.length} rows of bench/results.`);
console.table(
  goals.map(({ text, worst, unit, reached }) => ({
    goal: text,
    worst: worst ? `${digits(worst.figure)}${unit}` : 'not measured',
    reached,
  })),
);
