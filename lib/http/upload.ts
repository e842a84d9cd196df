import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { inspectBytes } from '../ckks/inspect.js';
import { CancelledError, CiphernetError, FormatError } from '../errors.js';
import { messageHeaderBytes } from '../roles/messages.js';

/** With so many leading bytes every kind of upload is known for what it is. */
export const startBytes = messageHeaderBytes + inspectBytes;

export interface Upload {
  /** In words, for messages. */
  readonly what: string;
  /** No such upload is larger. */
  readonly mostBytes: number;
  /** Looks at the first bytes, throws for what is refused, and gives the exact size that the rest must make it. */
  readonly checkStart: (start: Uint8Array) => number;
  /** Told of the bytes as they come. */
  readonly onBytes?: (bytes: number) => void;
  /** Whether the file must outlive a crash of the machine. */
  readonly durable: boolean;
  /** The client is given up after so many milliseconds without a byte. */
  readonly idleMilliseconds: number;
  /** Gives the upload up when it fires. */
  readonly signal: AbortSignal;
}

/** A client that sends less on average, beyond the milliseconds that it may be idle, holds a place for nothing. */
const kFewestBytesPerSecond = 16_384;

const wrongSize = (what: string, expected: number, received: number): FormatError =>
  received > expected
    ? new FormatError(
        'FORMAT_TOO_LARGE',
        `${what} has ${expected} bytes but at least ${received} were sent.`,
        { expected, received },
      )
    : new FormatError('FORMAT_TRUNCATED', `${what} has ${expected} bytes but ${received} were sent.`, {
        expected,
        received,
      });

/**
 * Takes the body of a request into a new file, in pieces, and gives its SHA-256 in hexadecimal. What is refused is
 * refused as early as can be: by Content-Length before a byte is read, by its first bytes before one is written, and at
 * the first byte too many. The file is gone unless all went well.
 */
export async function receive(request: IncomingMessage, file: string, upload: Upload): Promise<string> {
  const { what, mostBytes, checkStart, onBytes, idleMilliseconds, signal } = upload;
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > mostBytes)
    throw wrongSize(what, mostBytes, Number(declared));
  const hash = createHash('sha256');
  let handle: FileHandle | undefined;
  let start = Buffer.alloc(0);
  let expected = mostBytes;
  let received = 0;

  const begin = async (): Promise<void> => {
    expected = checkStart(start);
    if (declared !== undefined && Number(declared) !== expected)
      throw wrongSize(what, expected, Number(declared));
    handle = await open(file, 'wx', 0o600);
    await handle.writeFile(start);
  };

  const giveUp = (): void => {
    request.destroy(new Error('no byte came for too long'));
  };
  request.setTimeout(idleMilliseconds, giveUp);
  const stop = (): void => {
    request.destroy(new Error('the job was given up'));
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const begun = performance.now();
  let whole = false;
  try {
    // The socket is still needed for the answer, so the stream outlives this loop.
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      const chunk = piece as Buffer;
      received += chunk.length;
      onBytes?.(chunk.length);
      if (received > expected) throw wrongSize(what, expected, received);
      const late = performance.now() - begun - idleMilliseconds;
      if (received < (late / 1000) * kFewestBytesPerSecond)
        throw new CancelledError(`${what} came at less than ${kFewestBytesPerSecond} bytes a second.`);
      hash.update(chunk);
      if (handle !== undefined) {
        await handle.writeFile(chunk);
        continue;
      }
      start = Buffer.concat([start, chunk]);
      if (start.length >= startBytes) await begin();
    }
    if (handle === undefined) await begin();
    if (received !== expected) throw wrongSize(what, expected, received);
    if (upload.durable) await handle!.sync();
    whole = true;
    return hash.digest('hex');
  } catch (cause) {
    // A body that has ended is destroyed too, so what we refused ourselves comes first.
    if (cause instanceof CiphernetError || !request.destroyed) throw cause;
    throw new CancelledError('The client left.', {}, { cause });
  } finally {
    signal.removeEventListener('abort', stop);
    request.setTimeout(0);
    request.off('timeout', giveUp);
    await handle?.close();
    if (!whole) await rm(file, { force: true });
  }
}
