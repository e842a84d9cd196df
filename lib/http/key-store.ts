import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ServiceError } from '../errors.js';
import { fingerprintPattern } from './protocol.js';

const chunkBytes = 2 ** 20;

interface StoredKeys {
  readonly plan: string;
  readonly keys: string;
  readonly bytes: number;
}

/**
 * Evaluation keys on disk, in `<folder>/<plan fingerprint>/<keys fingerprint>`. A file gets its name when it is whole and
 * checked, so what is there after a crash is good. The keys used least recently make room for new ones.
 */
export class KeyStore {
  /** Least recently used first. */
  readonly #stored = new Map<string, StoredKeys>();
  #bytes = 0;

  private constructor(
    readonly folder: string,
    readonly mostBytes: number,
  ) {}

  /** Takes in what an earlier run left; what it did not finish is removed. */
  static async open(folder: string, mostBytes: number): Promise<KeyStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new KeyStore(folder, mostBytes);
    const found: (StoredKeys & { readonly used: number })[] = [];
    for (const plan of await readdir(folder)) {
      if (!fingerprintPattern.test(plan)) continue;
      for (const keys of await readdir(path.join(folder, plan))) {
        const file = path.join(folder, plan, keys);
        if (fingerprintPattern.test(keys)) {
          const { size, mtimeMs } = await stat(file);
          found.push({ plan, keys, bytes: size, used: mtimeMs });
        } else {
          await rm(file, { force: true, recursive: true });
        }
      }
    }
    found.sort((a, b) => a.used - b.used);
    for (const { plan, keys, bytes } of found) store.#add({ plan, keys, bytes });
    await store.#makeRoom(0);
    return store;
  }

  get count(): number {
    return this.#stored.size;
  }
  get bytes(): number {
    return this.#bytes;
  }

  has(plan: string, keys: string): boolean {
    return this.#stored.has(`${plan}/${keys}`);
  }

  /** A name for keys that are still received; the folder is there. */
  async partialFile(plan: string): Promise<string> {
    const folder = path.join(this.folder, plan);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return path.join(folder, `${randomUUID()}.partial`);
  }

  /** Gives a whole, checked file its name; others make room for it. */
  async keep(plan: string, keys: string, file: string): Promise<void> {
    const { size } = await stat(file);
    if (this.has(plan, keys)) {
      await rm(file);
      return;
    }
    if (size > this.mostBytes)
      throw new ServiceError(
        'SERVICE_BUSY',
        'These evaluation keys are larger than all that the service keeps.',
        {
          bytes: size,
          mostBytes: this.mostBytes,
        },
      );
    await this.#makeRoom(size);
    this.#bytes += size; // reserved, until it is counted under its name
    try {
      await rename(file, this.#file(plan, keys));
    } finally {
      this.#bytes -= size;
    }
    if (!this.has(plan, keys)) this.#add({ plan, keys, bytes: size });
  }

  /** What `use` makes of the bytes of keys as they come. Throws ServiceError(SERVICE_NOT_FOUND) for keys that are not there. */
  async read<T>(
    plan: string,
    keys: string,
    use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    if (!this.has(plan, keys)) throw unknownKeys(keys);
    await this.touch(plan, keys);
    // Open from here on, so that keys may go to make room while they are read.
    const handle = await open(this.#file(plan, keys)).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      this.#remove(plan, keys); // by another hand, or just now to make room
      throw unknownKeys(keys);
    });
    try {
      return await use(handle.createReadStream({ highWaterMark: chunkBytes, autoClose: false }));
    } finally {
      await handle.close();
    }
  }

  /** Makes keys the last to go. */
  async touch(plan: string, keys: string): Promise<void> {
    const stored = this.#stored.get(`${plan}/${keys}`);
    if (stored === undefined) return;
    this.#stored.delete(`${plan}/${keys}`);
    this.#stored.set(`${plan}/${keys}`, stored);
    const now = new Date();
    await utimes(this.#file(plan, keys), now, now).catch(() => undefined);
  }

  async delete(plan: string, keys: string): Promise<void> {
    this.#remove(plan, keys);
    await rm(this.#file(plan, keys), { force: true });
  }

  async #makeRoom(bytes: number): Promise<void> {
    for (const { plan, keys } of [...this.#stored.values()]) {
      if (this.#bytes + bytes <= this.mostBytes) return;
      await this.delete(plan, keys);
    }
  }

  #add(stored: StoredKeys): void {
    this.#stored.set(`${stored.plan}/${stored.keys}`, stored);
    this.#bytes += stored.bytes;
  }

  #remove(plan: string, keys: string): void {
    const stored = this.#stored.get(`${plan}/${keys}`);
    if (stored === undefined) return;
    this.#stored.delete(`${plan}/${keys}`);
    this.#bytes -= stored.bytes;
  }

  // Both names were checked against their patterns: no path of a client's making.
  #file(plan: string, keys: string): string {
    return path.join(this.folder, plan, keys);
  }
}

export const unknownKeys = (keys: string): ServiceError =>
  new ServiceError(
    'SERVICE_NOT_FOUND',
    `The service does not hold the evaluation keys ${keys.slice(0, 16)}… Upload them.`,
    { keys },
  );
