import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a program says when it is set up. */
export interface Ready {
  readonly version?: string;
  readonly cpu_level?: string;
  readonly cpu_levels?: readonly string[];
  readonly threads?: number;
  readonly log_n?: number;
  readonly log_q?: number;
  readonly log_p?: number;
  readonly dnum?: number;
  readonly sigma?: number;
  readonly levels?: number;
  /** Of a bootstrap. */
  readonly log_slots?: number;
  readonly secret?: string;
  readonly keygen_ms?: number;
  readonly key_bytes?: number;
}

/** Complex slots: random with real and imaginary parts from -1 to 1, all of them 1 + i, or one of them 1 and the others 0. */
export type BootstrapSlots = 'random' | 'one' | 'one_hot';

/** -log2 of the errors of real and imaginary parts after a bootstrap, their mean and their least. */
export interface BootstrapPrecision {
  readonly mean_bits: number;
  readonly worst_bits: number;
  readonly levels_left: number;
}

/**
 * A process that times what it is asked to: one line in names an operation, one JSON line out answers. It lives as long
 * as its suite, so that runs of several programs can be interleaved. (bench/native/bench.hpp describes the lines.)
 */
export class Program {
  private constructor(
    readonly ready: Ready,
    private readonly ask: (line: string) => Promise<Record<string, unknown>>,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(
    name: string,
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<Program> {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    const closed = new Promise<void>((resolve) =>
      child.once('close', () => {
        resolve();
      }),
    );
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        reject(new Error(`${name} ended with status ${code ?? 'unknown'}.`));
      });
    });
    failed.catch(() => undefined); // it matters only to who waits for an answer
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<Record<string, unknown>> => {
      const line = await Promise.race([lines.next(), failed]);
      if (line.done) return failed;
      const answer = JSON.parse(line.value) as Record<string, unknown>;
      if (typeof answer.failure === 'string') throw new Error(`${name}: ${answer.failure}`);
      return answer;
    };
    const ready = (await next()) as Ready;
    return new Program(
      ready,
      (line) => {
        child.stdin.write(`${line}\n`);
        return next();
      },
      async () => {
        child.stdin.end();
        await closed;
      },
    );
  }

  /** Milliseconds of one run of an operation. */
  async time(operation: string): Promise<number> {
    return (await this.ask(operation)).ms as number;
  }

  /** The largest error of an operation's result, and the level that it is left at. */
  async check(operation: string): Promise<{ readonly error: number; readonly levels_left?: number }> {
    return (await this.ask(`check ${operation}`)) as { error: number; levels_left?: number };
  }

  /** Of one bootstrap. Peers know random slots only. */
  async bootstrapPrecision(slots: BootstrapSlots = 'random'): Promise<BootstrapPrecision> {
    return (await this.ask(`precision ${slots}`)) as unknown as BootstrapPrecision;
  }

  async peakBytes(): Promise<number> {
    return (await this.ask('memory')).peak_rss_bytes as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
