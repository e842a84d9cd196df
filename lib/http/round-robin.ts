import type { Queue, QueueAddOptions } from 'p-queue';

type Run = () => Promise<unknown>;

export interface FairOptions extends QueueAddOptions {
  /** Whose turn it takes. */
  readonly client: string;
  /** Takes the job out of the queue when it fires; the job is then never started. */
  readonly withdrawn: AbortSignal;
}

/** A queue for p-queue in which clients take turns: whoever sends many jobs waits for their own, not the others. */
export class RoundRobinQueue implements Queue<Run, FairOptions> {
  // The jobs of each client in their order; the clients in the order of their turns. No list is empty.
  readonly #jobs = new Map<string, { readonly run: Run; readonly options: FairOptions }[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(run: Run, options?: Partial<FairOptions>): void {
    const { client = '', withdrawn } = options ?? {};
    const jobs = this.#jobs.get(client) ?? [];
    jobs.push({ run, options: options as FairOptions });
    this.#jobs.set(client, jobs);
    ++this.#size;
    withdrawn?.addEventListener(
      'abort',
      () => {
        this.#withdraw(client, run);
      },
      { once: true },
    );
  }

  dequeue(): Run | undefined {
    for (const [client, jobs] of this.#jobs) {
      const next = jobs.shift()!;
      this.#jobs.delete(client);
      if (jobs.length > 0) this.#jobs.set(client, jobs); // to the end of the line
      --this.#size;
      return next.run;
    }
    return undefined;
  }

  filter(options: Readonly<Partial<FairOptions>>): Run[] {
    return [...this.#jobs.values()]
      .flat()
      .filter((job) => options.client === undefined || job.options.client === options.client)
      .map((job) => job.run);
  }

  setPriority(): void {
    throw new TypeError('Jobs take turns; they have no priorities.');
  }

  #withdraw(client: string, run: Run): void {
    const jobs = this.#jobs.get(client) ?? [];
    const index = jobs.findIndex((job) => job.run === run);
    if (index < 0) return;
    jobs.splice(index, 1);
    if (jobs.length === 0) this.#jobs.delete(client);
    --this.#size;
  }
}
