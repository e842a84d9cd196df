import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { ArgumentError, ServiceError } from '../errors.js';
import type { JobEvent } from './protocol.js';

interface Channel {
  /** Undefined while the job itself has not come yet. */
  last: JobEvent | undefined;
  readonly listeners: Set<PassThrough>;
  timer: NodeJS.Timeout | undefined;
}

/** Where a job tells how far it is. */
export interface JobReporter {
  report(event: JobEvent): void;
  /** The last event; the streams of all who listen end. */
  end(event: JobEvent): void;
}

/** How long events are waited for of a job that has not come. */
const kPatienceMilliseconds = 10_000;
const kHeartbeatMilliseconds = 15_000;
/** A listener that does not read misses progress, never the end. */
const kMostBuffered = 16_384;

const line = (event: JobEvent): string => `event: progress\ndata: ${JSON.stringify(event)}\n\n`;

/**
 * Jobs and those who follow them, as server-sent events. Whoever sends a job names it and may listen before it comes or
 * after.
 */
export class JobBoard {
  readonly #channels = new Map<string, Channel>();

  constructor(readonly mostChannels: number) {}

  get count(): number {
    return this.#channels.size;
  }

  /** Begins the story of a job. Throws for a name that is in use. */
  open(job: string): JobReporter {
    const channel = this.#channel(job);
    if (channel.last !== undefined) {
      throw new ArgumentError(`There is a job ${job} already. Name every job with a UUID of its own.`, {
        job,
      });
    }
    clearTimeout(channel.timer);
    const report = (event: JobEvent): void => {
      channel.last = event;
      for (const listener of channel.listeners)
        if (listener.writableLength < kMostBuffered) listener.write(line(event));
    };
    report({ state: 'uploading' });
    return {
      report,
      end: (event) => {
        this.#channels.delete(job);
        for (const listener of channel.listeners) listener.end(line(event));
      },
    };
  }

  /** The events of a job, the latest first; of one that has not come they are waited for. */
  listen(job: string): Readable {
    const channel = this.#channel(job);
    const stream = new PassThrough();
    channel.listeners.add(stream);
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), kHeartbeatMilliseconds);
    heartbeat.unref();
    stream.on('close', () => {
      clearInterval(heartbeat);
      channel.listeners.delete(stream);
      if (channel.last === undefined && channel.listeners.size === 0) this.#forget(job, channel);
    });
    stream.write(channel.last === undefined ? ': waiting for the job\n\n' : line(channel.last));
    return stream;
  }

  /** Ends all streams. */
  close(): void {
    for (const [job, channel] of this.#channels) this.#forget(job, channel);
  }

  #channel(job: string): Channel {
    const known = this.#channels.get(job);
    if (known !== undefined) return known;
    if (this.#channels.size >= this.mostChannels) {
      throw new ServiceError('SERVICE_BUSY', 'Too many jobs are followed. Try again in 2 s.', {
        retryAfter: 2,
      });
    }
    const channel: Channel = { last: undefined, listeners: new Set(), timer: undefined };
    this.#channels.set(job, channel);
    channel.timer = setTimeout(() => {
      this.#forget(job, channel);
    }, kPatienceMilliseconds).unref();
    return channel;
  }

  #forget(job: string, channel: Channel): void {
    clearTimeout(channel.timer);
    if (this.#channels.get(job) === channel) this.#channels.delete(job);
    for (const listener of channel.listeners) listener.end();
  }
}
