import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ArgumentError, CiphernetError, FormatError, ServiceError } from '../errors.js';
import type { Chunks } from '../ckks/key-chunks.js';
import { Server } from '../roles/server.js';
import { unknownKeys } from './key-store.js';
import type { KeyStore } from './key-store.js';
import type { Jobs } from './jobs.js';
import type { JobBoard } from './job-board.js';
import type { LoadedServers } from './loaded-servers.js';
import type { Metrics } from './metrics.js';
import type { HostedModel } from './models.js';
import { fingerprintPattern, jobPattern, paths } from './protocol.js';
import { receive } from './upload.js';

/** All that the routes work with. */
export interface ServiceParts {
  readonly models: ReadonlyMap<string, HostedModel>;
  readonly keys: KeyStore;
  readonly servers: LoadedServers;
  readonly jobs: Jobs;
  readonly board: JobBoard;
  readonly metrics: Metrics;
  /** Where requests wait for their turn. */
  readonly spool: string;
  readonly idleMilliseconds: number;
  readonly version: string;
  /** Fires when the service gives up what still runs. */
  readonly stop: AbortSignal;
}

interface KeysPath {
  Params: { model: string; keys: string };
}
interface EvaluatePath extends KeysPath {
  Querystring: { job?: unknown };
}

const outcomeOf = (error: unknown): 'cancelled' | 'failed' =>
  error instanceof CiphernetError && error.code === 'CANCELLED' ? 'cancelled' : 'failed';

/** Fires when the client goes before it has its answer, or when the service stops. */
function leaving(reply: FastifyReply, stop: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(stop.reason);
  };
  if (stop.aborted) abort();
  stop.addEventListener('abort', abort, { once: true });
  reply.raw.once('close', () => {
    stop.removeEventListener('abort', abort);
    if (!reply.raw.writableFinished) controller.abort(new Error('the client left'));
  });
  return controller.signal;
}

/** Nobody hears of a job for longer than this: proxies and clients have timeouts of their own. */
const kSignOfLifeMilliseconds = 20_000;

/** Sends 102 (Processing) from time to time until it is disposed of. */
function signsOfLife(request: FastifyRequest, reply: FastifyReply): Disposable {
  const timer = setInterval(() => {
    if (request.raw.httpVersion === '1.1' && request.raw.complete && !reply.raw.headersSent)
      reply.raw.writeProcessing();
  }, kSignOfLifeMilliseconds).unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}

/** Adds every route of docs/server.md. */
export function addRoutes(app: FastifyInstance, parts: ServiceParts): void {
  const { models, keys, servers, jobs, board, metrics, spool, idleMilliseconds, stop } = parts;

  const findModel = (name: string): HostedModel => {
    const model = models.get(name);
    if (model !== undefined) return model;
    throw new ServiceError(
      'SERVICE_NOT_FOUND',
      `The service has no model of this name. It has ${[...models.keys()].join(', ')}.`,
      {
        models: [...models.keys()],
      },
    );
  };
  const checkFingerprint = (text: string): string => {
    if (fingerprintPattern.test(text)) return text;
    throw new ArgumentError(
      'Expected the SHA-256 of evaluation keys in hexadecimal, 64 digits, in the path.',
    );
  };
  const load = (model: HostedModel, evaluationKeys: Chunks): Promise<Server> =>
    Server.create(model.plan, model.network, evaluationKeys);
  const serverName = (model: HostedModel, fingerprint: string): string => `${model.name}/${fingerprint}`;

  app.get(paths.health, (_request, reply) => {
    const status = jobs.closing ? 'closing' : 'ok';
    return reply.code(jobs.closing ? 503 : 200).send({
      status,
      version: parts.version,
      models: models.size,
      waiting: jobs.waiting,
      running: jobs.running,
    });
  });

  app.get(paths.metrics, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );

  app.get(paths.models, () => ({ models: [...models.values()].map((model) => model.description) }));

  app.get<{ Params: { model: string } }>(paths.plan(':model'), (request, reply) => {
    const model = findModel(request.params.model);
    return reply
      .type('application/json; charset=utf-8')
      .header('etag', `"${model.planFingerprint}"`)
      .send(model.planBytes);
  });

  app.get<KeysPath>(paths.keys(':model', ':keys'), async (request, reply) => {
    const model = findModel(request.params.model);
    const fingerprint = checkFingerprint(request.params.keys);
    if (!keys.has(model.planFingerprint, fingerprint)) throw unknownKeys(fingerprint);
    await keys.touch(model.planFingerprint, fingerprint);
    return reply.send({ keys: fingerprint, bytes: model.evaluationKeysBytes });
  });

  app.put<KeysPath>(paths.keys(':model', ':keys'), async (request, reply) => {
    const model = findModel(request.params.model);
    const fingerprint = checkFingerprint(request.params.keys);
    const answer = { keys: fingerprint, bytes: model.evaluationKeysBytes };
    if (keys.has(model.planFingerprint, fingerprint)) return answer;
    using ticket = jobs.admit(fingerprint);
    const signal = leaving(reply, stop);
    using _signs = signsOfLife(request, reply);
    const file = await keys.partialFile(model.planFingerprint);
    try {
      const received = await receive(request.raw, file, {
        what: `The evaluation keys of ${model.name}`,
        mostBytes: model.evaluationKeysBytes,
        checkStart: (start) => model.checkKeysStart(start),
        onBytes: (bytes) => {
          metrics.countReceived('keys', bytes);
        },
        durable: true,
        idleMilliseconds,
        signal,
      });
      if (received !== fingerprint) {
        throw new FormatError(
          'FORMAT_CORRUPT',
          'The SHA-256 of the evaluation keys is not the one of the path.',
          {
            expected: fingerprint,
            received,
          },
        );
      }
      // Only keys that can be used are kept; the server that proves it is the one that will use them.
      await ticket.run(async () => {
        const name = serverName(model, fingerprint);
        using _lease = await servers.lease(name, async () => load(model, await openAsBlob(file)));
        await keys.keep(model.planFingerprint, fingerprint, file);
      }, signal);
    } finally {
      await rm(file, { force: true });
    }
    void reply.code(201);
    return answer;
  });

  app.delete<KeysPath>(paths.keys(':model', ':keys'), async (request, reply) => {
    const model = findModel(request.params.model);
    const fingerprint = checkFingerprint(request.params.keys);
    await keys.delete(model.planFingerprint, fingerprint);
    for (const { name, planFingerprint } of models.values())
      if (planFingerprint === model.planFingerprint) servers.delete(`${name}/${fingerprint}`);
    return reply.code(204).send();
  });

  /** Receives a request, waits for its turn, computes; everything that it took is given back on every way out. */
  async function evaluate(
    raw: IncomingMessage,
    model: HostedModel,
    fingerprint: string,
    ticket: ReturnType<Jobs['admit']>,
    signal: AbortSignal,
    reporter: ReturnType<JobBoard['open']> | undefined,
  ): Promise<Uint8Array> {
    const file = path.join(spool, randomUUID());
    try {
      await receive(raw, file, {
        what: `A request of so many samples for ${model.name}`,
        mostBytes: model.mostRequestBytes,
        checkStart: (start) => model.checkRequestStart(start),
        onBytes: (bytes) => {
          metrics.countReceived('request', bytes);
        },
        durable: false,
        idleMilliseconds,
        signal,
      });
      reporter?.report({ state: 'waiting' });
      const queued = performance.now();
      return await ticket.run(async () => {
        const started = performance.now();
        metrics.observeSeconds(model.name, 'wait', (started - queued) / 1000);
        using lease = await servers.lease(serverName(model, fingerprint), () =>
          keys.read(model.planFingerprint, fingerprint, (chunks) => load(model, chunks)),
        );
        const bytes = await readFile(file);
        const response = await lease.server.evaluate(bytes, {
          signal,
          onProgress: ({ done, total }) => reporter?.report({ state: 'running', done, total }),
        });
        metrics.observeSeconds(model.name, 'run', (performance.now() - started) / 1000);
        return response;
      }, signal);
    } finally {
      await rm(file, { force: true });
    }
  }

  /** The place is free again when the client has its answer: answers that nobody reads are bounded like jobs. */
  function holdUntilTaken(reply: FastifyReply, ticket: Disposable): void {
    const { raw } = reply;
    const giveUp = (): void => {
      raw.destroy();
    };
    const free = (): void => {
      stop.removeEventListener('abort', giveUp);
      ticket[Symbol.dispose]();
    };
    if (raw.destroyed) {
      free();
      return;
    }
    raw.once('close', free);
    raw.setTimeout(idleMilliseconds, giveUp);
    if (stop.aborted) giveUp();
    stop.addEventListener('abort', giveUp, { once: true });
  }

  app.post<EvaluatePath>(paths.evaluate(':model', ':keys'), async (request, reply) => {
    const model = findModel(request.params.model);
    const fingerprint = checkFingerprint(request.params.keys);
    const { job } = request.query;
    if (job !== undefined && !(typeof job === 'string' && jobPattern.test(job)))
      throw new ArgumentError('Expected a UUID for the query parameter job.');
    if (!keys.has(model.planFingerprint, fingerprint)) throw unknownKeys(fingerprint);
    const signal = leaving(reply, stop);
    const reporter = job === undefined ? undefined : board.open(job);
    using _signs = signsOfLife(request, reply);
    let ticket: ReturnType<Jobs['admit']> | undefined;
    try {
      ticket = jobs.admit(fingerprint);
      const response = await evaluate(request.raw, model, fingerprint, ticket, signal, reporter);
      metrics.countJob(model.name, 'done');
      reporter?.end({ state: 'done' });
      void reply.type('application/octet-stream');
      holdUntilTaken(reply, ticket);
      return response;
    } catch (error) {
      ticket?.[Symbol.dispose]();
      metrics.countJob(model.name, outcomeOf(error));
      reporter?.end({ state: outcomeOf(error) });
      throw error;
    }
  });

  app.get<{ Params: { job: string } }>(
    paths.events(':job'),
    (request: FastifyRequest<{ Params: { job: string } }>, reply) => {
      const { job } = request.params;
      if (!jobPattern.test(job)) throw new ArgumentError('Expected a UUID for the job in the path.');
      return reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(board.listen(job));
    },
  );
}
