import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { CiphernetError, FormatError, SystemError } from './errors.js';

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);

/** A file that could not be read, with its name and the system's reason. */
export const unreadable = (file: string, cause: unknown): SystemError =>
  new SystemError(
    'FILE_UNREADABLE',
    `${file} could not be read (${reasonOf(cause)}).`,
    { file, reason: reasonOf(cause) },
    { cause },
  );

/** No file that is read as a whole is larger: what a Buffer holds on every platform. */
const mostBytes = 2 ** 32 - 2 ** 16;

/** What `read` makes of an open file and its size. */
async function reading<T>(file: string, read: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  try {
    const handle = await open(file);
    try {
      return await read(handle, (await handle.stat()).size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw cause instanceof FormatError ? cause : unreadable(file, cause);
  }
}

/** The first bytes of a file and its size: all that can be said of a file of gigabytes without reading it. */
export const readStart = (file: string, length: number): Promise<{ start: Buffer; size: number }> =>
  reading(file, async (handle, size) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
    return { start: buffer.subarray(0, bytesRead), size };
  });

/** A file whose bytes are read when they are asked for. */
export const openFile = async (file: string): Promise<Blob> => {
  try {
    return await openAsBlob(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
};

/** A whole file, refused by its size before it is read. */
export const readWhole = (file: string, limit = mostBytes): Promise<Buffer> =>
  reading(file, async (handle, size) => {
    if (size > limit) {
      throw new FormatError('FORMAT_TOO_LARGE', `${file} has ${size} bytes; at most ${limit} are read.`, {
        file,
        bytes: size,
      });
    }
    return handle.readFile();
  });

export interface WriteOptions {
  /** Permissions of the file; 0o644 if absent. 0o600 for what only its owner may read. */
  readonly mode?: number;
  /** Refuse to replace a file that is there. */
  readonly exclusive?: boolean;
}

/** Writes a file in one piece, perhaps as its bytes come: it is there whole or not at all. Folders on the way are made. */
export async function writeWhole(
  file: string,
  content: Uint8Array | string | AsyncIterable<Uint8Array>,
  options: WriteOptions = {},
): Promise<void> {
  const { mode = 0o644, exclusive = false } = options;
  // Where nothing may be replaced the file itself is made at once, otherwise it takes its place when it is whole.
  const target = exclusive ? file : `${file}.${randomBytes(6).toString('hex')}.partial`;
  let made = false;
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    const handle = await open(target, 'wx', mode);
    made = true;
    try {
      await writeFile(handle, content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (target !== file) await rename(target, file);
  } catch (cause) {
    if (made) await rm(target, { force: true });
    if (!made && exclusive && reasonOf(cause) === 'EEXIST') throw existing(file);
    if (cause instanceof CiphernetError) throw cause; // from where the bytes come
    throw new SystemError(
      'FILE_UNWRITABLE',
      `${file} could not be written (${reasonOf(cause)}).`,
      { file, reason: reasonOf(cause) },
      { cause },
    );
  }
}

const existing = (file: string): SystemError =>
  new SystemError(
    'FILE_EXISTS',
    `${file} exists. Pass --force to replace it: what was encrypted under a lost secret key is lost too.`,
    { file },
  );

/** Refuses when one of the files exists, before the work for them is done. */
export async function requireAbsent(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await stat(file).then(
      () => true,
      () => false,
    );
    if (found) throw existing(file);
  }
}

/** Whether others than the owner may read the file. Always false where files have no such permissions. */
export async function isReadableByOthers(file: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  return ((await stat(file)).mode & 0o077) !== 0;
}
