import type { Readable, Writable } from 'node:stream';

/** A named piece of bytes on a pipe: 1 byte length of the name, the name, 8 bytes length of the body, the body. */
export interface Frame {
  readonly name: string;
  readonly body: Uint8Array;
}

const kMostBodyBytes = 2 ** 32;

/** Writes one frame; resolves when the pipe has taken it. */
export function writeFrame(pipe: Writable, { name, body }: Frame): Promise<void> {
  const label = Buffer.from(name, 'latin1');
  const header = Buffer.alloc(1 + label.length + 8);
  header.writeUInt8(label.length);
  label.copy(header, 1);
  header.writeBigUInt64LE(BigInt(body.length), 1 + label.length);
  pipe.write(header);
  return new Promise((resolve, reject) => {
    pipe.write(body, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The frames of a pipe, one after the other, until it ends. */
export async function* readFrames(pipe: Readable): AsyncGenerator<Frame, void, undefined> {
  let chunks: Buffer[] = [];
  let held = 0;
  const bytes = pipe[Symbol.asyncIterator]();
  const take = async (count: number): Promise<Buffer | undefined> => {
    while (held < count) {
      const next = (await bytes.next()) as IteratorResult<Buffer, undefined>;
      if (next.done) {
        if (held === 0) return undefined;
        throw new Error('The pipe ended in the middle of a frame.');
      }
      chunks.push(next.value);
      held += next.value.length;
    }
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks = [all.subarray(count)];
    held -= count;
    return all.subarray(0, count);
  };
  for (;;) {
    const length = await take(1);
    if (length === undefined) return;
    const header = await take(length.readUInt8() + 8);
    if (header === undefined) throw new Error('The pipe ended in the middle of a frame.');
    const size = header.readBigUInt64LE(header.length - 8);
    if (size > kMostBodyBytes) throw new Error(`A frame of ${size} bytes is too large.`);
    const body = await take(Number(size));
    if (body === undefined) throw new Error('The pipe ended in the middle of a frame.');
    yield { name: header.subarray(0, -8).toString('latin1'), body };
  }
}
