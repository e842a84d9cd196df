import { requireBytes, refuse } from '../check.js';
import { CancelledError, FormatError } from '../errors.js';
import { call, native, run } from '../native.js';
import type { NativeEvaluationKeys, NativeKeyWriter, NativeParameters, RunOptions } from '../native.js';

// Bundles of evaluation keys that are never one buffer: a key at a time, in chunks of any size.

/** What evaluation keys are read from: a file (`openAsBlob()`) or a body, as it comes, or what toChunks() gives. */
export type Chunks = Blob | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** The chunks themselves. Throws ArgumentError for what has none. */
export function iterableOf(chunks: Chunks): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (chunks instanceof Blob) return chunks.stream();
  if (
    typeof chunks !== 'object' ||
    (chunks as unknown) === null ||
    !(Symbol.asyncIterator in chunks || Symbol.iterator in chunks)
  )
    refuse('an iterable of chunks', 'the evaluation keys', chunks);
  return chunks;
}

/** Writes what `writer` stands for; progress counts keys. */
export async function* writeKeys(
  writer: NativeKeyWriter,
  { signal, onProgress }: RunOptions,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    const { keys: total } = call(() => native.describeKeyWriter(writer));
    for (let piece = 0; ; ++piece) {
      const bytes = await run({ signal }, (watch) => native.nextKeyPiece(writer, watch));
      if (bytes.length === 0) return;
      // The table of contents comes before the keys, a checksum behind them.
      if (piece > 0 && piece <= total) onProgress?.({ done: piece, total });
      yield bytes;
    }
  } finally {
    native.dispose(writer);
  }
}

/** Chunks of any size on one end, pieces of the sizes that are asked for on the other. */
class Pieces {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies: who gives chunks may use their memory again. */
  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk.slice());
    this.#length += chunk.length;
  }

  /** The first `length` bytes, which must be there. */
  take(length: number): Uint8Array {
    const piece = new Uint8Array(length);
    let at = 0;
    let whole = 0;
    while (at < length) {
      const chunk = this.#chunks[whole]!;
      const part = chunk.subarray(0, length - at);
      piece.set(part, at);
      at += part.length;
      if (part.length === chunk.length) ++whole;
      else this.#chunks[whole] = chunk.subarray(part.length);
    }
    this.#chunks.splice(0, whole);
    this.#length -= length;
    return piece;
  }
}

/** Reads a bundle as its chunks come; progress counts keys. Memory is taken for bytes that have come. */
export async function readKeys(
  parameters: NativeParameters,
  chunks: Chunks,
  { signal, onProgress }: RunOptions,
): Promise<NativeEvaluationKeys> {
  const source = iterableOf(chunks);
  const reader = native.keyReader(parameters);
  try {
    const pieces = new Pieces();
    let { wanted } = native.describeKeyReader(reader);
    for await (const chunk of source) {
      requireBytes(chunk, 'a chunk of the evaluation keys');
      if (signal?.aborted)
        throw new CancelledError('The operation was cancelled.', {}, { cause: signal.reason });
      pieces.add(chunk);
      while (wanted > 0 && pieces.length >= wanted) {
        const piece = pieces.take(wanted);
        await run({ signal }, (watch) => native.takeKeyPiece(reader, piece, watch));
        const state = native.describeKeyReader(reader);
        wanted = state.wanted;
        if (state.taken > 0 && wanted > 0) onProgress?.({ done: state.taken, total: state.keys });
      }
      if (wanted === 0 && pieces.length > 0)
        throw new FormatError(
          'FORMAT_TRAILING',
          'Bytes follow after the end of the evaluation keys. Pass exactly one bundle.',
          { surplus: pieces.length },
        );
    }
    return call(() => native.finishKeyReader(reader));
  } finally {
    native.dispose(reader);
  }
}
