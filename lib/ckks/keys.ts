import { inspect } from 'node:util';

import { checkOptions, checkRun, requireBytes, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativePublicKey, NativeSecretKey, RunOptions } from '../native.js';
import { CkksParameters } from './parameters.js';

/**
 * The secret: who holds it reads everything. Never sent, never logged; dispose() wipes it.
 *
 * @example
 * ```ts
 * using secretKey = await new KeyGenerator(parameters).secretKey();
 * ```
 */
export class SecretKey extends Handle<NativeSecretKey> {
  private constructor(handle: NativeSecretKey) {
    super(handle);
  }

  /** Throws FormatError for bytes that are not a secret key, ParameterError for one of another set. */
  static async fromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<SecretKey> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of a secret key');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'SecretKey.fromBytes()'),
      'SecretKey.fromBytes()',
    );
    return new SecretKey(await run(watching, (watch) => native.secretKeyFromBytes(set, bytes, watch)));
  }

  /** The key itself, in the clear: to be kept where only the owner reads, and wiped after use (`bytes.fill(0)`). */
  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.secretKeyToBytes(Handle.unwrap(this), watch));
  }

  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return call(() => native.describeKey(Handle.unwrap(this))).insecure;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return call(() => native.describeKey(Handle.unwrap(this))).byteLength;
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
  static wrap(handle: NativeSecretKey): SecretKey {
    return new SecretKey(handle);
  }
}

/** Encrypts, but does not decrypt: anybody may have it. */
export class PublicKey extends Handle<NativePublicKey> {
  private constructor(handle: NativePublicKey) {
    super(handle);
  }

  /** Throws FormatError for bytes that are not a public key, ParameterError for one of another set. */
  static async fromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<PublicKey> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of a public key');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'PublicKey.fromBytes()'),
      'PublicKey.fromBytes()',
    );
    return new PublicKey(await run(watching, (watch) => native.publicKeyFromBytes(set, bytes, watch)));
  }

  /** An object of type 3 of docs/format.md. */
  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.publicKeyToBytes(Handle.unwrap(this), watch));
  }

  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return call(() => native.describeKey(Handle.unwrap(this))).insecure;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return call(() => native.describeKey(Handle.unwrap(this))).byteLength;
  }

  /** @internal */
  static wrap(handle: NativePublicKey): PublicKey {
    return new PublicKey(handle);
  }
}
