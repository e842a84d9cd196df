import { drawScatter } from './charts.js';
import { digits, origin, table, unique } from './markdown.js';
import type { Row } from './rows.js';

/** One of the two that a row compares. */
interface Side {
  readonly row: Row;
  readonly name: string;
  readonly threads: number;
  readonly seconds: number;
  readonly levels: number;
  readonly meanBits: number;
  readonly worstBits: number;
  readonly peakBytes: number;
  /** Of the other parameters, by their names in bench/schema.json. */
  readonly params: (name: string) => string;
  readonly bytes: (name: string) => number;
}

function ours(row: Row): Side {
  return {
    row,
    name: 'ciphernet',
    threads: row.threads,
    seconds: row.median_ms / 1000,
    levels: row.levels_left!,
    meanBits: Number(row.params.precision_mean_bits),
    worstBits: row.precision_bits!,
    peakBytes: row.peak_rss_bytes!,
    params: (name) => String(row.params[name]),
    bytes: (name) => Number(row.params[name]),
  };
}

function theirs(row: Row): Side {
  const isOurs = row.peer!.name.startsWith('ciphernet');
  return {
    row,
    name: isOurs ? 'ciphernet' : row.peer!.name,
    threads: isOurs ? 1 : row.threads,
    seconds: row.peer!.median_ms / 1000,
    levels: Number(row.params.peer_levels_left),
    meanBits: Number(row.params.peer_precision_mean_bits),
    worstBits: Number(row.params.peer_precision_worst_bits),
    peakBytes: Number(row.params.peer_peak_rss_bytes),
    params: (name) => String(row.params[`peer_${name}`]),
    bytes: (name) => Number(row.params[`peer_${name}`]),
  };
}

const gigabytes = (bytes: number): string => digits(bytes / 1e9);
const rounded = (x: string): string => digits(Number(x));

const columns: readonly (readonly [head: string, cell: (side: Side) => string])[] = [
  ['N', ({ row }) => `2^${row.params.log_n}`],
  ['slots', ({ row }) => `2^${row.params.log_slots}`],
  ['by', ({ name }) => name],
  ['threads', ({ threads }) => String(threads)],
  ['seconds', ({ seconds }) => digits(seconds)],
  ['levels left', ({ levels }) => String(levels)],
  ['bits, mean', ({ meanBits }) => digits(meanBits)],
  ['bits, worst', ({ worstBits }) => digits(worstBits)],
  ['log2 Q', ({ params }) => rounded(params('log_q'))],
  ['log2 P', ({ params }) => rounded(params('log_p'))],
  ['dnum', ({ params }) => params('dnum')],
  ['σ', ({ params }) => params('sigma')],
  ['secret', ({ params }) => params('secret')],
  ['keys, s', ({ bytes }) => digits(bytes('keygen_ms') / 1000)],
  ['keys, GB', ({ bytes }) => gigabytes(bytes('key_bytes'))],
  ['peak, GB', ({ peakBytes }) => gigabytes(peakBytes)],
];

/** Each comparison is two lines, and what the first is worth in units of the second stands in the second. */
const comparisons = (rows: readonly Row[]): string =>
  table(
    [...columns.map(([head]) => head), 'times'],
    rows.flatMap((row) => [
      [...columns.map(([, cell]) => cell(ours(row))), ''],
      [...columns.map(([, cell]) => cell(theirs(row))), `**${digits(row.ratio!)}**`],
    ]),
  );

/** Time and precision of one bootstrap on one thread, each point with its slots and levels. */
function drawing(rows: readonly Row[]): string {
  const single = rows.flatMap((row) => [ours(row), theirs(row)]).filter(({ threads }) => threads === 1);
  const labelOf = ({ row, levels }: Side): string =>
    `N = 2^${row.params.log_n}, 2^${row.params.log_slots} slots\n${levels} levels`;
  return drawScatter({
    title: 'One bootstrap on one thread',
    subtitle: origin(rows[0]!),
    series: unique(single.map(({ name }) => name)).map((name) => {
      const sides = single.filter((side) => side.name === name);
      // We stand beside several: one point of each of our sets is enough.
      const first = unique(sides.map(labelOf)).map((label) => sides.find((side) => labelOf(side) === label)!);
      return {
        name,
        points: first.map((side) => ({ x: side.seconds, y: side.meanBits, label: labelOf(side) })),
      };
    }),
    x: 'seconds',
    y: 'mean bits of precision',
  });
}

const precisionColumns: readonly (readonly [head: string, cell: (row: Row) => string])[] = [
  ['N', ({ params }) => `2^${params.log_n}`],
  ['slots', ({ params }) => `2^${params.log_slots}`],
  ['keys', ({ params }) => String(params.fresh_keys)],
  ['random, mean', bitsIn('fresh_random_mean_bits')],
  ['worst', bitsIn('fresh_random_worst_bits')],
  ['1 + i, mean', bitsIn('fresh_constant_mean_bits')],
  ['worst', bitsIn('fresh_constant_worst_bits')],
  ['one-hot, mean', bitsIn('fresh_one_hot_mean_bits')],
  ['worst', bitsIn('fresh_one_hot_worst_bits')],
  ['peak, GB', ({ params }) => gigabytes(Number(params.fresh_peak_rss_bytes))],
];

function bitsIn(name: string): (row: Row) => string {
  return ({ params }) => Number(params[name]).toFixed(1);
}

/** Our precision over fresh keys, a line each of our sets. */
function precision(rows: readonly Row[]): string {
  const setOf = ({ params }: Row): string => `${params.log_n} ${params.log_slots}`;
  const first = unique(rows.map(setOf)).map((set) => rows.find((row) => setOf(row) === set)!);
  return table(
    precisionColumns.map(([head]) => head),
    first.map((row) => precisionColumns.map(([, cell]) => cell(row))),
  );
}

/** The chart and the tables of the suite `bootstrap`: beside others, and over fresh keys. */
export const bootstrapReport = (rows: readonly Row[]): { svg: string; table: string; precision: string } => ({
  svg: drawing(rows),
  table: comparisons(rows),
  precision: precision(rows),
});
