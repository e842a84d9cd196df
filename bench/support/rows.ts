import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Ajv } from 'ajv';
import { commitName, machineName } from '../../examples/support/result.js';
import manifest from '../../package.json' with { type: 'json' };
import type { Timing } from './measure.js';

/** One line of a bench's result; bench/schema.json says what each field holds. */
export interface Row {
  readonly suite: string;
  readonly op: string;
  readonly params: Readonly<Record<string, number | string>> & { readonly log_n: number };
  readonly threads: number;
  readonly cpu_level: string;
  readonly median_ms: number;
  readonly min_ms: number;
  readonly runs: number;
  readonly items?: number;
  readonly levels_left?: number;
  readonly precision_bits?: number;
  readonly peak_rss_bytes?: number;
  readonly value: number;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly peer?: Peer;
  readonly ratio?: number;
  readonly machine: string;
  readonly commit: string;
  readonly date: string;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly median_ms: number;
  readonly value: number;
}

/** What a suite knows of a row; the rest is the same for all rows of a run. */
export type Measured = Omit<
  Row,
  'median_ms' | 'min_ms' | 'runs' | 'ratio' | 'machine' | 'commit' | 'date'
> & {
  readonly timing: Timing;
};

/** Ourselves in another way, under a name that says which. */
export const ourselves = (name: string, timing: Timing): Peer => ({
  name: `ciphernet, ${name}`,
  version: manifest.version,
  median_ms: timing.median,
  value: timing.median,
});

const here = {
  machine: machineName(),
  commit: commitName(),
  date: new Date().toISOString().slice(0, 10),
};

export function row({ timing, ...measured }: Measured): Row {
  const { value, peer } = measured;
  return {
    ...measured,
    median_ms: timing.median,
    min_ms: timing.min,
    runs: timing.runs,
    ...(peer && { ratio: measured.better === 'lower' ? peer.value / value : value / peer.value }),
    ...here,
  };
}

/** Throws unless the rows are what bench/schema.json says. */
export async function validateRows(rows: unknown): Promise<readonly Row[]> {
  const schema = JSON.parse(await readFile(new URL('../schema.json', import.meta.url), 'utf8')) as object;
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  if (!validate(rows))
    throw new Error(`Rows that bench/schema.json refuses: ${JSON.stringify(validate.errors)}`);
  return rows as Row[];
}

export async function readRows(file: string): Promise<readonly Row[]> {
  return validateRows(JSON.parse(await readFile(file, 'utf8')));
}

export async function writeRows(file: string, rows: readonly Row[]): Promise<void> {
  await validateRows(rows);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}

const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

/** The rows as people read them, one line each. */
export function printRows(rows: readonly Row[]): void {
  console.table(
    rows.map((r) => ({
      op: r.op,
      'log2 N': r.params.log_n,
      threads: r.threads,
      cpu: r.cpu_level,
      value: digits(r.value),
      unit: r.unit,
      peer: r.peer?.name ?? '',
      'its value': r.peer ? digits(r.peer.value) : '',
      ratio: r.ratio === undefined ? '' : `${digits(r.ratio)}x`,
      runs: r.runs,
    })),
  );
}

export interface SuiteOptions {
  /** Names of the peers to run beside us. */
  readonly peers: readonly string[];
  /** What --keys says, of a suite that takes it. */
  readonly keys: number | undefined;
  /** The one operation that --only names, of a suite that takes it. */
  readonly only: string | undefined;
}

function parseKeys(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const keys = Number(text);
  if (!(Number.isSafeInteger(keys) && keys >= 1))
    throw new Error(`Expected --keys to be an integer of at least 1 but received ${text}.`);
  return keys;
}

/** A suite's command line: [--json FILE] [--peers a,b | --peers none]; [--keys COUNT] and [--only OP] of one that takes them. */
export async function runSuite(
  knownPeers: readonly string[],
  measure: (options: SuiteOptions) => Promise<Row[]>,
  further: readonly ('keys' | 'only')[] = [],
): Promise<void> {
  const names = ['json', 'peers', ...further];
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const peers = values.peers === 'none' ? [] : (values.peers?.split(',') ?? knownPeers);
  const unknown = peers.find((name) => !knownPeers.includes(name));
  if (unknown !== undefined)
    throw new Error(`No peer named ${unknown}; there are: ${knownPeers.join(', ') || 'none'}.`);
  const rows = await measure({ peers, keys: parseKeys(values.keys), only: values.only });
  await validateRows(rows);
  printRows(rows);
  if (values.json !== undefined) await writeRows(values.json, rows);
}
