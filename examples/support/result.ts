import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

/** What every example writes with --json; result.schema.json is the contract, and a test holds one to the other. */
export interface ExampleResult {
  readonly schema: 1;
  readonly example: string;
  readonly task: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly security_bits: number;
  readonly threads: number;
  readonly cpu_level: string;
  readonly machine: string;
  readonly commit: string;
  readonly images_run: number;
  readonly accuracy_clear: number;
  readonly accuracy_float: number;
  readonly accuracy_encrypted: number;
  readonly agree: number;
  readonly max_abs_deviation: number;
  readonly ms: {
    readonly keygen: number;
    readonly encrypt: number;
    readonly evaluate: number;
    readonly decrypt: number;
    readonly per_item: number;
  };
  readonly bytes: {
    readonly evaluation_keys_disk: number;
    readonly evaluation_keys_ram: number;
    readonly upload: number;
    readonly download: number;
  };
  readonly peak_rss_bytes: number;
}

/** The processor, its threads and the memory, in words. */
export function machineName(): string {
  const all = cpus();
  return `${all[0]?.model.trim() ?? 'unknown processor'}, ${all.length} threads, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

/** The commit that is checked out; "unknown" outside a checkout. A tree with changes is marked. */
export function commitName(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return (
      git('rev-parse', '--short=12', 'HEAD') +
      (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+changes')
    );
  } catch {
    return 'unknown';
  }
}

export async function writeResult(path: string, result: ExampleResult): Promise<void> {
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
}
