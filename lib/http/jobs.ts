import PQueue from 'p-queue';
import { CancelledError, ServiceError } from '../errors.js';
import { RoundRobinQueue } from './round-robin.js';
import type { FairOptions } from './round-robin.js';

export interface JobLimits {
  /** Jobs that compute at a time. */
  readonly concurrency: number;
  /** Jobs that are received, wait or compute at a time. */
  readonly jobs: number;
  /** The same of one client. */
  readonly jobsPerClient: number;
}

/** The place of a job, from its first byte to its answer. */
export interface Ticket extends Disposable {
  /** Waits for the turn of the job and runs it. Rejects with a CancelledError as soon as `signal` fires. */
  run<T>(task: () => Promise<T>, signal: AbortSignal, onStart?: () => void): Promise<T>;
}

/**
 * Jobs of many clients on few workers: bounded in number, in turns by client, cancelled while they wait as while they
 * run.
 */
export class Jobs {
  readonly #queue: PQueue<RoundRobinQueue, FairOptions>;
  readonly #limits: JobLimits;
  readonly #byClient = new Map<string, number>();
  #admitted = 0;
  #running = 0;
  #closing = false;
  #whenEmpty: (() => void)[] = [];

  constructor(limits: JobLimits) {
    this.#limits = limits;
    this.#queue = new PQueue({ concurrency: limits.concurrency, queueClass: RoundRobinQueue });
  }

  get waiting(): number {
    return this.#queue.size;
  }
  get running(): number {
    return this.#running;
  }
  /** All that have a place, also those that are still received. */
  get admitted(): number {
    return this.#admitted;
  }
  get closing(): boolean {
    return this.#closing;
  }

  /** A place for a job, asked for before its body is read. Throws ServiceError(SERVICE_BUSY) when there is none. */
  admit(client: string): Ticket {
    const own = this.#byClient.get(client) ?? 0;
    const { jobs, jobsPerClient } = this.#limits;
    if (this.#closing) throw busy('The service is closing.', 10);
    if (this.#admitted >= jobs) throw busy(`${jobs} jobs are here already.`, 2);
    if (own >= jobsPerClient)
      throw busy(`${jobsPerClient} jobs of these evaluation keys are here already.`, 2);
    ++this.#admitted;
    this.#byClient.set(client, own + 1);
    let held = true;
    return {
      run: (task, signal, onStart) => this.#run(client, task, signal, onStart),
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#leave(client);
      },
    };
  }

  #leave(client: string): void {
    --this.#admitted;
    const left = this.#byClient.get(client)! - 1;
    if (left === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, left);
    if (this.#admitted === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  async #run<T>(
    client: string,
    task: () => Promise<T>,
    signal: AbortSignal,
    onStart: (() => void) | undefined,
  ): Promise<T> {
    const cancelled = (): CancelledError =>
      new CancelledError('The client left.', {}, { cause: signal.reason });
    if (signal.aborted) throw cancelled();
    let started = false;
    let leave = (): void => undefined;
    // A job that waits ends at once when its client leaves; one that runs ends when its task has let go of all.
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        if (!started) reject(cancelled());
      };
    });
    signal.addEventListener('abort', leave, { once: true });
    const work = async (): Promise<T> => {
      started = true;
      ++this.#running;
      try {
        onStart?.();
        return await task();
      } finally {
        --this.#running;
      }
    };
    try {
      return await Promise.race([left, this.#queue.add(work, { client, withdrawn: signal })]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Takes no more jobs; resolves when the last is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#admitted === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }
}

const busy = (message: string, retryAfter: number): ServiceError =>
  new ServiceError('SERVICE_BUSY', `${message} Try again in ${retryAfter} s.`, { retryAfter });
