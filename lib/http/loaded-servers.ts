import { LRUCache } from 'lru-cache';
import type { Server } from '../roles/server.js';

interface Loaded {
  readonly server: Server;
  leases: number;
  /** No longer in the cache: goes when the last lease ends. */
  evicted: boolean;
}

/** A server on its way, and how many wait for it. */
interface Loading {
  leases: number;
  readonly loaded: Promise<Loaded>;
}

/** A server in use: it is not freed before the lease ends. */
export interface Lease extends Disposable {
  readonly server: Server;
}

/**
 * Servers with their evaluation keys in memory, the least recently used freed first when their keys take more than
 * `mostBytes`. Servers at work are above that bound for as long as they work.
 */
export class LoadedServers {
  readonly #cache: LRUCache<string, Loaded>;
  readonly #loading = new Map<string, Loading>();

  constructor(mostBytes: number) {
    this.#cache = new LRUCache({
      maxSize: mostBytes,
      // A plan without products has keys of no bytes; an entry must have a size.
      sizeCalculation: ({ server }) => Math.max(server.evaluationKeyBytes, 1),
      dispose: (loaded) => {
        loaded.evicted = true;
        if (loaded.leases === 0) loaded.server.dispose();
      },
    });
  }

  get count(): number {
    return this.#cache.size;
  }
  get bytes(): number {
    return this.#cache.calculatedSize;
  }

  /** The server of a name; `load` makes it where it is not there, once for all who ask meanwhile. */
  async lease(name: string, load: () => Promise<Server>): Promise<Lease> {
    const known = this.#cache.get(name);
    if (known !== undefined) ++known.leases;
    const loaded = known ?? (await this.#load(name, load));
    let held = true;
    return {
      server: loaded.server,
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        if (--loaded.leases === 0 && loaded.evicted) loaded.server.dispose();
      },
    };
  }

  /** Frees the server of keys that are to be forgotten. */
  delete(name: string): void {
    this.#cache.delete(name);
  }

  /** Frees all servers; those at work when their leases end. */
  clear(): void {
    this.#cache.clear();
  }

  #load(name: string, load: () => Promise<Server>): Promise<Loaded> {
    const known = this.#loading.get(name);
    if (known !== undefined) {
      ++known.leases;
      return known.loaded;
    }
    const finish = async (): Promise<Loaded> => {
      try {
        const server = await load();
        // Whoever waits has a lease from here on, so that nothing is freed before they see it.
        const loaded: Loaded = { server, leases: loading.leases, evicted: false };
        this.#cache.set(name, loaded);
        // Keys that are larger than the whole bound are not kept.
        if (this.#cache.peek(name) !== loaded) loaded.evicted = true;
        return loaded;
      } finally {
        this.#loading.delete(name);
      }
    };
    const loading: Loading = { leases: 1, loaded: Promise.resolve().then(finish) };
    this.#loading.set(name, loading);
    return loading.loaded;
  }
}
