import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the gauges read when they are asked. */
export interface Gauged {
  readonly waiting: () => number;
  readonly running: () => number;
  readonly keysStored: () => number;
  readonly keysStoredBytes: () => number;
  readonly serversLoaded: () => number;
  readonly serversLoadedBytes: () => number;
  readonly jobsFollowed: () => number;
}

let processMetrics: Registry | undefined;

/** Memory, processor time, event loop: of the process, so there is one set for all services in it. */
function ofProcess(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics });
  }
  return processMetrics;
}

/** What a service counts, in the format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests;
  readonly #jobs;
  readonly #seconds;
  readonly #received;

  constructor(gauged: Gauged) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'ciphernet_http_requests_total',
      help: 'Answers by route, method and status.',
      labelNames: ['route', 'method', 'status'] as const,
      registers,
    });
    this.#jobs = new Counter({
      name: 'ciphernet_jobs_total',
      help: 'Inferences by model and outcome: done, failed (refused bytes among them), cancelled.',
      labelNames: ['model', 'outcome'] as const,
      registers,
    });
    this.#seconds = new Histogram({
      name: 'ciphernet_job_seconds',
      help: 'Seconds of an inference by model and stage: wait (in the queue), run.',
      labelNames: ['model', 'stage'] as const,
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300],
      registers,
    });
    this.#received = new Counter({
      name: 'ciphernet_received_bytes_total',
      help: 'Bytes of uploads by kind: keys, request.',
      labelNames: ['kind'] as const,
      registers,
    });
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge('ciphernet_jobs_waiting', 'Jobs in the queue.', gauged.waiting);
    gauge('ciphernet_jobs_running', 'Jobs that compute.', gauged.running);
    gauge('ciphernet_jobs_followed', 'Jobs with open or awaited events.', gauged.jobsFollowed);
    gauge('ciphernet_keys_stored', 'Evaluation keys on disk.', gauged.keysStored);
    gauge('ciphernet_keys_stored_bytes', 'Bytes of evaluation keys on disk.', gauged.keysStoredBytes);
    gauge('ciphernet_servers_loaded', 'Evaluation keys in memory.', gauged.serversLoaded);
    gauge('ciphernet_servers_loaded_bytes', 'Bytes of evaluation keys in memory.', gauged.serversLoadedBytes);
  }

  countRequest(route: string, method: string, status: number): void {
    this.#requests.inc({ route, method, status });
  }

  countJob(model: string, outcome: 'done' | 'failed' | 'cancelled'): void {
    this.#jobs.inc({ model, outcome });
  }

  observeSeconds(model: string, stage: 'wait' | 'run', seconds: number): void {
    this.#seconds.observe({ model, stage }, seconds);
  }

  countReceived(kind: 'keys' | 'request', bytes: number): void {
    this.#received.inc({ kind }, bytes);
  }

  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;

  /** All of it as text. */
  text(): Promise<string> {
    return Registry.merge([ofProcess(), this.#registry]).metrics();
  }
}
