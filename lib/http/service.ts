import { setMaxListeners } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkOptions, requireInteger } from '../check.js';
import { ArgumentError, CiphernetError, ServiceError, SystemError } from '../errors.js';
import { info } from '../native.js';
import { JobBoard } from './job-board.js';
import { Jobs } from './jobs.js';
import { KeyStore } from './key-store.js';
import { LoadedServers } from './loaded-servers.js';
import { Metrics } from './metrics.js';
import { HostedModel } from './models.js';
import type { OfferedModel } from './models.js';
import { errorBody, jobPattern, statusOf } from './protocol.js';
import { addRoutes } from './routes.js';

/** What {@link serve} offers, and its bounds. */
export interface ServiceOptions {
  /** The models by the names under which they are offered. */
  readonly models: Readonly<Record<string, OfferedModel>>;
  /** A folder of the service's own: evaluation keys stay in it from run to run. */
  readonly folder: string;
  /** 127.0.0.1 if absent. Put a proxy with TLS and authentication in front before other machines may connect. */
  readonly host?: string;
  /** 0, any that is free, if absent. */
  readonly port?: number;
  /** Inferences at a time, each on all threads of the pool; 2 if absent: one computes while another is read. */
  readonly concurrency?: number;
  /** Jobs that are received, wait or compute at a time; 256 if absent. Further ones are refused (SERVICE_BUSY). */
  readonly mostJobs?: number;
  /** The same for one set of evaluation keys; 16 if absent. */
  readonly mostJobsPerClient?: number;
  /** Bytes of one request; 1 GiB if absent. */
  readonly mostRequestBytes?: number;
  /** Bytes of evaluation keys in memory; 4 GiB if absent. Those used least recently are read again when needed. */
  readonly mostLoadedBytes?: number;
  /** Bytes of evaluation keys on disk; 64 GiB if absent. Those used least recently are forgotten. */
  readonly mostStoredBytes?: number;
  /** A client that sends nothing for so long while it uploads is given up; 30 000 if absent. */
  readonly idleMilliseconds?: number;
  /** Told of defects and of what clients are not told. */
  readonly onError?: (error: unknown) => void;
}

const optionNames = [
  'models',
  'folder',
  'host',
  'port',
  'concurrency',
  'mostJobs',
  'mostJobsPerClient',
  'mostRequestBytes',
  'mostLoadedBytes',
  'mostStoredBytes',
  'idleMilliseconds',
  'onError',
] as const;

/** What a refused client may still send before its connection is cut: time and bytes to read the answer in peace. */
const kLingerBytes = 4 * 2 ** 20;
const kLingerMilliseconds = 2000;

/** A running service; see {@link serve}. */
export interface Service extends AsyncDisposable {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What it counts now; the text of `GET /metrics`. */
  readonly metrics: () => Promise<string>;
  /**
   * Takes no more jobs, waits for those that are there, but not longer than `graceMilliseconds` (30 000 if absent), cancels
   * the rest and frees everything. The keys on disk stay.
   */
  close(options?: { readonly graceMilliseconds?: number }): Promise<void>;
}

/** Answers before the body has come leave it unread: what follows is dropped, and the connection cut if too much does. */
function linger(request: FastifyRequest): void {
  const { raw } = request;
  if (raw.complete || raw.destroyed) return;
  let dropped = 0;
  const timer = setTimeout(() => raw.destroy(), kLingerMilliseconds).unref();
  raw.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > kLingerBytes) raw.destroy();
  });
  raw.on('error', () => undefined);
  raw.once('close', () => {
    clearTimeout(timer);
  });
  raw.resume();
}

function createApp(metrics: Metrics, onError: (error: unknown) => void): FastifyInstance {
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128 },
    // Paths that cannot be read at all.
    frameworkErrors: (error, _request, reply) => {
      // Typed as if the answer had to be one of a route.
      void (reply as unknown as FastifyReply).code(400).send(errorBody(fastifyError(error)));
    },
  });
  // Bodies are streams that the routes read themselves.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  app.setErrorHandler((error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
    const told = fastifyError(error);
    const status = statusOf(told);
    if (status === 500) onError(error);
    if (told instanceof CiphernetError && typeof told.details.retryAfter === 'number')
      void reply.header('retry-after', told.details.retryAfter);
    return reply.code(status).send(errorBody(told));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new ServiceError(
      'SERVICE_NOT_FOUND',
      `There is no ${request.method} ${request.url.slice(0, 200)} here.`,
    );
    return reply.code(404).send(errorBody(error));
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.countRequest(request.routeOptions.url ?? 'none', request.method, reply.statusCode);
    linger(request);
    done();
  });
  return app;
}

/** What fastify itself refuses (paths and headers) is the client's mistake. */
function fastifyError(error: unknown): unknown {
  if (error instanceof CiphernetError) return error;
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode === undefined || statusCode >= 500) return error;
  return new ArgumentError(message ?? 'The request is not valid.');
}

/**
 * Offers compiled models over HTTP: clients upload their evaluation keys once and send requests; docs/server.md has the
 * protocol. It needs nothing secret of any client, and keeps plans, models and keys only.
 *
 * @example
 * ```ts
 * const service = await serve({ models: { digits: { plan, serverModel } }, folder: 'service-data', port: 8080 });
 * process.once('SIGTERM', () => void service.close());
 * ```
 */
export async function serve(options: ServiceOptions): Promise<Service> {
  const {
    models: offered,
    folder,
    host = '127.0.0.1',
    port = 0,
    concurrency = 2,
    mostJobs = 256,
    mostJobsPerClient = 16,
    mostRequestBytes = 2 ** 30,
    mostLoadedBytes = 2 ** 32,
    mostStoredBytes = 2 ** 36,
    idleMilliseconds = 30_000,
    onError = () => undefined,
  } = checkOptions(options, optionNames, 'serve()');
  requireInteger(port, 'port', 0, 65535);
  const bounds = {
    concurrency,
    mostJobs,
    mostJobsPerClient,
    mostRequestBytes,
    mostLoadedBytes,
    mostStoredBytes,
    idleMilliseconds,
  };
  for (const [name, value] of Object.entries(bounds)) requireInteger(value, name, 1);
  if (Object.keys(offered).length === 0) throw new ArgumentError('Expected at least one model for serve().');

  const models = new Map<string, HostedModel>();
  for (const [name, model] of Object.entries(offered))
    models.set(name, await HostedModel.create(name, model, mostRequestBytes));
  const spool = path.join(folder, 'requests');
  await mkdir(spool, { recursive: true, mode: 0o700 });
  // Requests of an earlier run have nobody who waits for them.
  for (const file of await readdir(spool))
    if (jobPattern.test(file)) await rm(path.join(spool, file), { force: true });
  const keys = await KeyStore.open(path.join(folder, 'keys'), mostStoredBytes);
  const servers = new LoadedServers(mostLoadedBytes);
  const jobs = new Jobs({ concurrency, jobs: mostJobs, jobsPerClient: mostJobsPerClient });
  const board = new JobBoard(2 * mostJobs);
  const metrics = new Metrics({
    waiting: () => jobs.waiting,
    running: () => jobs.running,
    keysStored: () => keys.count,
    keysStoredBytes: () => keys.bytes,
    serversLoaded: () => servers.count,
    serversLoadedBytes: () => servers.bytes,
    jobsFollowed: () => board.count,
  });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // one a job
  const app = createApp(metrics, onError);
  const { version } = info();
  addRoutes(app, {
    models,
    keys,
    servers,
    jobs,
    board,
    metrics,
    spool,
    idleMilliseconds,
    version,
    stop: stop.signal,
  });

  const free = (): void => {
    board.close();
    servers.clear();
    for (const model of models.values()) model.dispose();
  };
  let url: string;
  try {
    url = await app.listen({ host, port });
  } catch (cause) {
    free();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SystemError(
      'SYSTEM',
      `The service cannot listen on ${host}:${port} (${reason}).`,
      { host, port },
      { cause },
    );
  }
  let closed: Promise<void> | undefined;
  const close = async (graceMilliseconds: number): Promise<void> => {
    const grace = setTimeout(() => {
      stop.abort(new Error('the service closes'));
    }, graceMilliseconds);
    await jobs.close();
    clearTimeout(grace);
    board.close();
    // Answers on their way have a moment; then connections are cut.
    const cut = setTimeout(() => {
      app.server.closeAllConnections();
    }, kLingerMilliseconds);
    await app.close();
    clearTimeout(cut);
    free();
  };
  const service: Service = {
    url,
    metrics: () => metrics.text(),
    close: ({ graceMilliseconds = 30_000 } = {}) => (closed ??= close(graceMilliseconds)),
    [Symbol.asyncDispose]: () => service.close(),
  };
  return service;
}
