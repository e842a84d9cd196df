import { checkOptions, checkRun, requireInstance, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { RunOptions } from '../native.js';
import { CiphertextBatch } from './ciphertext-batch.js';
import { SecretKey } from './keys.js';

/**
 * Decrypts integers.
 *
 * @example
 * ```ts
 * const messages = await new Decryptor(secretKey).decrypt(ciphertexts);
 * ```
 */
export class Decryptor {
  readonly #key: SecretKey;

  /** Throws ArgumentError for what is no secret key. */
  constructor(secretKey: SecretKey) {
    requireInstance(secretKey, SecretKey, 'the secret key');
    this.#key = secretKey;
  }

  /** The integers, from 0 to 2 · messageCount - 1: from messageCount on the padding bit is taken. */
  async decrypt(ciphertexts: CiphertextBatch, options: RunOptions = {}): Promise<Uint32Array> {
    requireInstance(ciphertexts, CiphertextBatch, 'the ciphertexts');
    const watching = checkRun(checkOptions(options, runOptionNames, 'decrypt()'), 'decrypt()');
    return run(watching, (watch) =>
      native.tfheDecrypt(Handle.unwrap(this.#key), Handle.unwrap(ciphertexts), watch),
    );
  }
}
