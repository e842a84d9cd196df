import { randomUUID } from 'node:crypto';
import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { checkOptions, checkRun, refuse, requireBytes, runOptionNames } from '../check.js';
import { CkksParameters } from '../ckks/parameters.js';
import { inspect, inspectBytes } from '../ckks/inspect.js';
import { ArgumentError, FormatError, KeyError, ServiceError } from '../errors.js';
import type { Plan } from '../nn/plan/plan.js';
import { planFingerprint, planFromBytes, requireMessageHeader } from '../roles/messages.js';
import type { RoleOptions } from '../roles/secure.js';
import { requestBytes, responseBytes, sizesOf } from '../roles/sizes.js';
import type { PlanSizes } from '../roles/sizes.js';
import { exchange, exchangeRepeatedly, readBody } from './exchange.js';
import {
  fingerprintPattern,
  keysFingerprint,
  keysFingerprintOfBlob,
  modelNamePattern,
  paths,
} from './protocol.js';
import type { JobEvent, ModelDescription } from './protocol.js';

/** How a service is reached; see {@link RemoteServer.connect}. */
export interface ConnectOptions {
  /** The name of the model; may be absent where the service has only one. */
  readonly model?: string;
  /** Sent with every request, e.g. `authorization` for a proxy in front of the service. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const kMostListBytes = 2 ** 24;
const kMostPlanBytes = 2 ** 20;

type Progress = NonNullable<RoleOptions['onProgress']>;

/**
 * A server somewhere else, reached over HTTP: it has the methods of Server, and the plan to make a Client from. Keys are
 * uploaded once; the service keeps them, also over a restart.
 *
 * @example
 * ```ts
 * const remote = await RemoteServer.connect('http://127.0.0.1:8080', { model: 'digits' });
 * const client = await Client.create(remote.plan);
 * await remote.uploadKeys(await client.evaluationKeys());
 * const outputs = await client.decrypt(await remote.evaluate(await client.encrypt(rows)));
 * ```
 */
export class RemoteServer {
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sizes: PlanSizes;
  #keys: string | undefined;

  private constructor(
    base: URL,
    headers: Readonly<Record<string, string>>,
    /** What the service says of the model. */
    readonly model: ModelDescription,
    /** The plan of the model: checked as if it came from a stranger, as it does. */
    readonly plan: Plan,
    sizes: PlanSizes,
  ) {
    this.#base = base;
    this.#headers = headers;
    this.#sizes = sizes;
  }

  /** Throws ServiceError when there is no such service or model, and FormatError when its plan is not valid. */
  static async connect(url: string | URL, options: ConnectOptions = {}): Promise<RemoteServer> {
    const {
      model: name,
      headers = {},
      signal,
    } = checkOptions(options, ['model', 'headers', 'signal'], 'RemoteServer.connect()');
    const base = serviceUrl(url);
    const get = <T>(path: string, read: (response: Response) => Promise<T>): Promise<T> =>
      exchangeRepeatedly({ method: 'GET', url: resolve(path, base), headers, signal }, read);
    const models = await get(paths.models, readModels);
    const model =
      name === undefined && models.length === 1 ? models[0] : models.find((each) => each.name === name);
    if (model === undefined) {
      const names = models.map((each) => each.name);
      throw new ServiceError(
        'SERVICE_NOT_FOUND',
        `The service at ${base.origin} has the models ${names.join(', ')}; ${name === undefined ? 'name one of them' : `none is ${name}`}.`,
        { models: names },
      );
    }
    const plan = await get(paths.plan(model.name), async (response) =>
      planFromBytes(await readBody(response, kMostPlanBytes)),
    );
    if (planFingerprint(plan).toString('hex') !== model.planFingerprint) {
      throw new FormatError('FORMAT_CORRUPT', 'The plan is not the one that the service announced.', {
        field: 'planFingerprint',
      });
    }
    using parameters = await CkksParameters.create(plan.parameters);
    return new RemoteServer(base, headers, model, plan, sizesOf(plan, parameters));
  }

  /** The fingerprint of the keys in use; undefined before uploadKeys() or useKeys(). */
  get keys(): string | undefined {
    return this.#keys;
  }

  /**
   * Brings evaluation keys to the service, unless it holds them already, and uses them from now on. Those of a file
   * (`openAsBlob()` of node:fs) are sent as they are read.
   *
   * @returns their fingerprint, which is all that useKeys() needs another time.
   */
  async uploadKeys(
    evaluationKeys: Uint8Array | Blob,
    options: Pick<RoleOptions, 'signal'> = {},
  ): Promise<string> {
    if (!(evaluationKeys instanceof Blob)) requireBytes(evaluationKeys, 'the bytes of evaluation keys');
    const { signal } = checkOptions(options, ['signal'], 'uploadKeys()');
    // Before a byte leaves: whoever answers may not be who refuses a secret key.
    const { type } = inspect(await startOf(evaluationKeys));
    if (type === 'secret key')
      throw new KeyError('SECRET_REFUSED', 'These are the bytes of a secret key. Nothing was sent.');
    if (type !== 'evaluation keys')
      throw new FormatError('FORMAT_TYPE', `Expected evaluation keys but received ${type}.`, {
        received: type,
      });
    const fingerprint =
      evaluationKeys instanceof Blob
        ? await keysFingerprintOfBlob(evaluationKeys)
        : keysFingerprint(evaluationKeys);
    if (!(await this.#holds(fingerprint, signal))) {
      await exchangeRepeatedly(
        {
          ...this.#request(paths.keys(this.model.name, fingerprint), signal),
          method: 'PUT',
          body: evaluationKeys,
        },
        discard,
      );
    }
    this.#keys = fingerprint;
    return fingerprint;
  }

  /** Uses keys that were uploaded before. Throws ServiceError(SERVICE_NOT_FOUND) when the service has them no longer. */
  async useKeys(fingerprint: string, options: Pick<RoleOptions, 'signal'> = {}): Promise<void> {
    const { signal } = checkOptions(options, ['signal'], 'useKeys()');
    if (typeof fingerprint !== 'string' || !fingerprintPattern.test(fingerprint))
      refuse('64 hexadecimal digits', 'the fingerprint of evaluation keys', fingerprint);
    await exchangeRepeatedly(
      { ...this.#request(paths.keys(this.model.name, fingerprint), signal), method: 'GET' },
      discard,
    );
    this.#keys = fingerprint;
  }

  /** Has the service forget the keys in use. */
  async deleteKeys(options: Pick<RoleOptions, 'signal'> = {}): Promise<void> {
    const { signal } = checkOptions(options, ['signal'], 'deleteKeys()');
    await exchangeRepeatedly(
      { ...this.#request(paths.keys(this.model.name, this.#requireKeys()), signal), method: 'DELETE' },
      discard,
    );
    this.#keys = undefined;
  }

  /**
   * Has the service evaluate the network on a request of Client.encrypt(). It is sent once: a broken connection is an
   * error, not a second computation. Aborting the signal stops the computation too.
   */
  async evaluate(request: Uint8Array, options: RoleOptions = {}): Promise<Uint8Array> {
    const { signal, onProgress } = checkRun(
      checkOptions(options, runOptionNames, 'evaluate()'),
      'evaluate()',
    );
    requireBytes(request, 'the bytes of a request');
    const keys = this.#requireKeys();
    const { samples } = requireMessageHeader(this.plan, request, 'request');
    const expected = requestBytes(this.plan, this.#sizes, samples);
    if (request.length !== expected) {
      throw new FormatError(
        request.length < expected ? 'FORMAT_TRUNCATED' : 'FORMAT_TRAILING',
        `A request of ${samples} samples has ${expected} bytes, this one ${request.length}.`,
        { expected, received: request.length },
      );
    }
    // Ends the job when the caller aborts or its callback throws, and the events when the job has ended.
    const ending = new AbortController();
    const abort = (): void => {
      ending.abort(signal?.reason);
    };
    if (signal?.aborted) abort();
    // One signal for many requests is no leak: fetch() lifts its limit in the same way.
    if (signal !== undefined && getMaxListeners(signal) === defaultMaxListeners)
      setMaxListeners(1500, signal);
    signal?.addEventListener('abort', abort, { once: true });
    const follower = onProgress === undefined ? undefined : this.#follow(onProgress, ending);
    try {
      const target = resolve(paths.evaluate(this.model.name, keys), this.#base);
      if (follower !== undefined) target.searchParams.set('job', follower.job);
      return await exchange(
        { method: 'POST', url: target, headers: this.#headers, body: request, signal: ending.signal },
        (response) => readBody(response, responseBytes(this.plan, this.#sizes, samples)),
      );
    } catch (error) {
      if (follower?.thrown !== undefined) throw follower.thrown.value;
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      ending.abort();
      await follower?.ended;
    }
  }

  /** Listens to the events of a job under a name that is still to be sent. Progress is told as far as it arrives. */
  #follow(
    onProgress: Progress,
    ending: AbortController,
  ): { job: string; ended: Promise<void>; thrown: { readonly value: unknown } | undefined } {
    const job = randomUUID();
    const listen = async (response: Response): Promise<void> => {
      const events = response
        .body!.pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { data } of events as unknown as AsyncIterable<{ data: string }>) {
        const { done, total } = JSON.parse(data) as JobEvent;
        if (ending.signal.aborted || done === undefined || total === undefined) continue;
        try {
          onProgress({ done, total });
        } catch (value) {
          follower.thrown = { value };
          ending.abort();
        }
      }
    };
    const url = resolve(paths.events(job), this.#base);
    const follower = {
      job,
      thrown: undefined as { readonly value: unknown } | undefined,
      // Progress is a courtesy: without it the answer is as good.
      ended: exchange({ method: 'GET', url, headers: this.#headers, signal: ending.signal }, listen).catch(
        () => undefined,
      ),
    };
    return follower;
  }

  #request(path: string, signal: AbortSignal | undefined): Omit<Parameters<typeof exchange>[0], 'method'> {
    return { url: resolve(path, this.#base), headers: this.#headers, signal };
  }

  async #holds(fingerprint: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.useKeys(fingerprint, signal === undefined ? {} : { signal });
      return true;
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'SERVICE_NOT_FOUND') return false;
      throw error;
    }
  }

  #requireKeys(): string {
    if (this.#keys !== undefined) return this.#keys;
    throw new ArgumentError(
      'Upload evaluation keys before the first evaluate(): await remote.uploadKeys(keys).',
    );
  }
}

const startOf = async (evaluationKeys: Uint8Array | Blob): Promise<Uint8Array> =>
  evaluationKeys instanceof Blob
    ? new Uint8Array(await evaluationKeys.slice(0, inspectBytes).arrayBuffer())
    : evaluationKeys;

function serviceUrl(url: string | URL): URL {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    refuse('an address such as http://127.0.0.1:8080', 'the service', String(url));
  // A service may stand below a path of its proxy.
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return parsed;
}

const resolve = (path: string, base: URL): URL => new URL(path.slice(1), base);

async function discard(response: Response): Promise<void> {
  await readBody(response, kMostListBytes);
}

async function readModels(response: Response): Promise<readonly ModelDescription[]> {
  const strange = (cause: unknown): ServiceError =>
    new ServiceError('SERVICE_ANSWER', 'The answer is no list of models.', {}, { cause });
  const text = Buffer.from(await readBody(response, kMostListBytes)).toString('utf8');
  let models: unknown;
  try {
    models = (JSON.parse(text) as { models?: unknown } | null)?.models;
  } catch (cause) {
    throw strange(cause);
  }
  const isModel = (value: unknown): value is ModelDescription => {
    const { name, planFingerprint: fingerprint } = (value ?? {}) as Partial<Record<string, unknown>>;
    return (
      typeof name === 'string' &&
      modelNamePattern.test(name) &&
      typeof fingerprint === 'string' &&
      fingerprintPattern.test(fingerprint)
    );
  };
  if (!Array.isArray(models) || !models.every(isModel)) throw strange(models);
  return models;
}
