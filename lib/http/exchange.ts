import { setTimeout as wait } from 'node:timers/promises';
import { CancelledError, CiphernetError, errorCodes, errorOf, FormatError, ServiceError } from '../errors.js';
import type { ErrorBody } from './protocol.js';

// One request and its answer, over Node's own fetch: mistakes become typed errors, answers are bounded.

export interface Exchange {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A Blob is sent as it is read. */
  readonly body?: Uint8Array | Blob;
  readonly signal?: AbortSignal | undefined;
}

const kMostErrorBytes = 65_536;
/** Attempts at what may be repeated, and the pause before the second. */
const kAttempts = 3;
const kPauseMilliseconds = 250;
const kLongestPauseMilliseconds = 5000;

const cancelled = (signal: AbortSignal): CancelledError =>
  new CancelledError('The operation was cancelled.', {}, { cause: signal.reason });

function unreachable(url: URL, cause: unknown): ServiceError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason =
    inner instanceof Error ? ('code' in inner ? String(inner.code) : inner.message) : String(inner);
  return new ServiceError(
    'SERVICE_UNREACHABLE',
    `The service at ${url.origin} cannot be reached, or the connection broke (${reason}).`,
    { url: url.origin, reason },
    { cause },
  );
}

/** The body of an answer, refused as soon as it is known to be larger than `most` bytes. */
export async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const tooLarge = (): FormatError =>
    new FormatError(
      'FORMAT_TOO_LARGE',
      `The answer of the service is larger than the ${most} bytes that it can have.`,
      {
        most,
      },
    );
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > most) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > most) throw tooLarge(); // leaving the loop cancels the body
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The error that a refusal says. */
async function refusal(response: Response): Promise<CiphernetError> {
  const about = { status: response.status };
  let said: ErrorBody['error'] | undefined;
  try {
    const text = Buffer.from(await readBody(response, kMostErrorBytes)).toString('utf8');
    said = (JSON.parse(text) as ErrorBody | null)?.error;
  } catch {
    said = undefined;
  }
  if (
    typeof said?.code !== 'string' ||
    typeof said.message !== 'string' ||
    !Object.hasOwn(errorCodes, said.code)
  ) {
    return new ServiceError(
      'SERVICE_ANSWER',
      `The service answered with status ${response.status} and no reason that can be read.`,
      about,
    );
  }
  const details = typeof said.details === 'object' ? said.details : {};
  return errorOf(said.code, said.message, { ...details, ...about });
}

/** Sends a request once; `read` takes what it needs of a good answer. Every mistake is a CiphernetError. */
export async function exchange<T>(
  { method, url, headers, body, signal }: Exchange,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw cancelled(signal);
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/octet-stream' }) },
      redirect: 'error',
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
    if (!response.ok) throw await refusal(response);
    return await read(response);
  } catch (error) {
    if (error instanceof CiphernetError) throw error;
    if (signal?.aborted) throw cancelled(signal);
    throw unreachable(url, error);
  }
}

/** The same for what does no harm when it is done twice: tried again when the service is busy or a connection broke. */
export async function exchangeRepeatedly<T>(
  request: Exchange & { readonly method: 'GET' | 'PUT' | 'DELETE' },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await exchange(request, read);
    } catch (error) {
      const again =
        error instanceof ServiceError &&
        (error.code === 'SERVICE_BUSY' || error.code === 'SERVICE_UNREACHABLE');
      if (!again || attempt === kAttempts) throw error;
      const asked = Number(error.details.retryAfter ?? 0) * 1000;
      const pause = Math.min(
        Math.max(asked, kPauseMilliseconds * 2 ** (attempt - 1)),
        kLongestPauseMilliseconds,
      );
      const { signal } = request;
      await wait(pause, undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw cancelled(signal!);
      });
    }
  }
}
