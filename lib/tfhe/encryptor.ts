import { checkOptions, checkRun, requireInstance, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeRandomSource, RunOptions } from '../native.js';
import { randomSource } from '../random.js';
import type { RandomOptions } from '../random.js';
import { CiphertextBatch } from './ciphertext-batch.js';
import { unsignedIntegers } from './integers.js';
import { SecretKey } from './keys.js';

/**
 * Encrypts integers under a secret key.
 *
 * @example
 * ```ts
 * const ciphertexts = await new Encryptor(secretKey).encrypt([3, 1, 2]);
 * ```
 */
export class Encryptor {
  readonly #key: SecretKey;
  readonly #random: NativeRandomSource;

  /** Throws ArgumentError for what is no secret key. */
  constructor(secretKey: SecretKey, options: RandomOptions = {}) {
    requireInstance(secretKey, SecretKey, 'the secret key');
    this.#key = secretKey;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'an Encryptor').insecureSeed);
  }

  /**
   * A ciphertext for each integer from 0 to 2 · messageCount - 1; those from messageCount on take the padding bit. Throws
   * ArgumentError for other values.
   */
  async encrypt(messages: ArrayLike<number>, options: RunOptions = {}): Promise<CiphertextBatch> {
    const values = unsignedIntegers(messages, 'the messages');
    const watching = checkRun(checkOptions(options, runOptionNames, 'encrypt()'), 'encrypt()');
    return CiphertextBatch.wrap(
      await run(watching, (watch) =>
        native.tfheEncrypt(Handle.unwrap(this.#key), this.#random, values, watch),
      ),
    );
  }
}
