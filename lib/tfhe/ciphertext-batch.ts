import { Handle } from '../handle.js';
import { call, native } from '../native.js';
import type { NativeLweBatch } from '../native.js';

/** Encrypted integers, many at once. Immutable: operations give new ones. */
export class CiphertextBatch extends Handle<NativeLweBatch> {
  readonly #about;

  private constructor(handle: NativeLweBatch) {
    super(handle);
    this.#about = call(() => native.tfheDescribe(handle));
  }

  /** How many integers it holds. */
  get length(): number {
    return this.#about.length;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return this.#about.byteLength;
  }
  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return this.#about.insecure;
  }

  /** @internal */
  static wrap(handle: NativeLweBatch): CiphertextBatch {
    return new CiphertextBatch(handle);
  }
}
