import { inspect } from 'node:util';

import { Handle } from '../handle.js';
import { call, native } from '../native.js';
import type { NativeTfheEvaluationKeys, NativeTfheSecretKey } from '../native.js';

/**
 * The secret: who holds it reads everything. Never sent, never logged; dispose() wipes it.
 *
 * @example
 * ```ts
 * using secretKey = await new KeyGenerator(parameters).secretKey();
 * ```
 */
export class SecretKey extends Handle<NativeTfheSecretKey> {
  private constructor(handle: NativeTfheSecretKey) {
    super(handle);
  }

  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return call(() => native.tfheDescribe(Handle.unwrap(this))).insecure;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return call(() => native.tfheDescribe(Handle.unwrap(this))).byteLength;
  }

  /** No key material, whatever prints or serializes it. */
  toJSON(): string {
    return '[SecretKey]';
  }
  override toString(): string {
    return '[SecretKey]';
  }
  /** What console.log() shows. */
  [inspect.custom](): string {
    return this.disposed ? '[SecretKey, disposed]' : '[SecretKey]';
  }

  /** @internal */
  static wrap(handle: NativeTfheSecretKey): SecretKey {
    return new SecretKey(handle);
  }
}

/** What a server needs for look-ups: the keys of key switch and bootstrap. Holds no secret. */
export class EvaluationKeys extends Handle<NativeTfheEvaluationKeys> {
  readonly #about;

  private constructor(handle: NativeTfheEvaluationKeys) {
    super(handle);
    this.#about = call(() => native.tfheDescribe(handle));
  }

  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return this.#about.insecure;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return this.#about.byteLength;
  }

  /** @internal */
  static wrap(handle: NativeTfheEvaluationKeys): EvaluationKeys {
    return new EvaluationKeys(handle);
  }
}
