import type { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';
import { CiphernetError, errorCodes } from '../errors.js';

/** Where a run of the command reads its surroundings from and writes to. */
export interface Surroundings {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether a person watches stderr: progress is drawn there. */
  readonly interactive: boolean;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command found out: as text for people, as an object for programs. */
export interface Answer {
  readonly text: string;
  readonly json: object;
}

/** Prints answers, warnings and errors, in one of the two languages. */
export class Terminal {
  constructor(
    readonly surroundings: Surroundings,
    readonly json: boolean,
  ) {}

  answer({ text, json }: Answer): void {
    this.surroundings.stdout.write(this.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }

  warn(text: string): void {
    this.surroundings.stderr.write(
      this.json ? `${JSON.stringify({ warning: text })}\n` : `Warning: ${text}\n`,
    );
  }

  error(error: unknown): void {
    const { stderr } = this.surroundings;
    if (error instanceof CiphernetError) {
      const { remedy } = errorCodes[error.code];
      const { code, message, details } = error;
      stderr.write(
        this.json
          ? `${JSON.stringify({ error: { code, message, remedy, details } })}\n`
          : `Error: ${message}\n  ${code}: ${remedy}\n`,
      );
      return;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(
      this.json
        ? `${JSON.stringify({ error: { code: 'INTERNAL', message: text, remedy: errorCodes.INTERNAL.remedy, details: {} } })}\n`
        : `Error: ${text}\n  INTERNAL: ${errorCodes.INTERNAL.remedy}\n`,
    );
  }

  /** Runs a long task with a bar on stderr, where a person watches. */
  async withProgress<T>(
    title: string,
    task: (onProgress: (progress: { readonly done: number; readonly total: number }) => void) => Promise<T>,
  ): Promise<T> {
    if (this.json || !this.surroundings.interactive) return task(() => undefined);
    const bar = new SingleBar({
      stream: this.surroundings.stderr,
      format: `${title} {bar} {percentage} %`,
      clearOnComplete: true,
      hideCursor: true,
    });
    bar.start(1, 0);
    try {
      return await task(({ done, total }) => {
        bar.update(total > 0 ? done / total : 0);
      });
    } finally {
      bar.stop();
    }
  }
}

/** A number of bytes as people read it. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${(bytes / 1000 ** power).toPrecision(3)} ${['', 'kB', 'MB', 'GB', 'TB'][power]!}`;
}

export function formatSeconds(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toPrecision(2)} ms` : `${seconds.toPrecision(3)} s`;
}
