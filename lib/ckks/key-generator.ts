import { checkOptions, requireInstance } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeRandomSource } from '../native.js';
import { EvaluationKeys } from './evaluation-keys.js';
import { writeKeys } from './key-chunks.js';
import { checkKeyRequest } from './key-request.js';
import type { EvaluationKeyRequest } from './key-request.js';
import { PublicKey, SecretKey } from './keys.js';
import { CkksParameters } from './parameters.js';
import { randomSource } from '../random.js';
import type { RandomOptions } from '../random.js';

/**
 * Makes the keys of one parameter set.
 *
 * @example
 * ```ts
 * const generator = new KeyGenerator(parameters);
 * const secretKey = await generator.secretKey();
 * const keys = await generator.evaluationKeys(secretKey, { relinearization: true, rotations: [1, -1, 8] });
 * ```
 */
export class KeyGenerator {
  readonly #parameters: CkksParameters;
  readonly #random: NativeRandomSource;

  /** Throws ArgumentError for what is no parameter set, or a seed that is none. */
  constructor(parameters: CkksParameters, options: RandomOptions = {}) {
    CkksParameters.native(parameters);
    this.#parameters = parameters;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'a KeyGenerator').insecureSeed);
  }

  /** A fresh secret key, uniform ternary. */
  async secretKey(): Promise<SecretKey> {
    const set = CkksParameters.native(this.#parameters);
    return SecretKey.wrap(await run(undefined, (watch) => native.secretKey(set, this.#random, watch)));
  }

  /** A public key of the secret key: it encrypts, with more noise and twice the bytes. */
  async publicKey(secretKey: SecretKey): Promise<PublicKey> {
    requireInstance(secretKey, SecretKey, 'the secret key');
    return PublicKey.wrap(
      await run(undefined, (watch) => native.publicKey(Handle.unwrap(secretKey), this.#random, watch)),
    );
  }

  /** Evaluation keys of the secret key; progress counts keys. */
  async evaluationKeys(secretKey: SecretKey, request: EvaluationKeyRequest = {}): Promise<EvaluationKeys> {
    const subject = 'evaluationKeys()';
    requireInstance(secretKey, SecretKey, 'the secret key');
    const { wanted, watching } = checkKeyRequest(request, this.#parameters.maxLevel, subject);
    const set = CkksParameters.native(this.#parameters);
    const handle = await run(watching, (watch) =>
      native.evaluationKeys(set, Handle.unwrap(secretKey), this.#random, ...wanted, watch),
    );
    return EvaluationKeys.wrap(handle);
  }

  /**
   * The same as the bytes of a bundle, in chunks: every key is made when its chunk is asked for and kept nowhere. So keys of
   * gigabytes go to a file or a server through the memory of one. Progress counts keys.
   *
   * @example
   * ```ts
   * await writeFile('evaluation.keys', generator.evaluationKeyChunks(secretKey, { bootstrapping: true }));
   * ```
   */
  evaluationKeyChunks(
    secretKey: SecretKey,
    request: EvaluationKeyRequest = {},
  ): AsyncGenerator<Uint8Array, void, void> {
    const subject = 'evaluationKeyChunks()';
    requireInstance(secretKey, SecretKey, 'the secret key');
    const { wanted, watching } = checkKeyRequest(request, this.#parameters.maxLevel, subject);
    const set = CkksParameters.native(this.#parameters);
    const writer = call(() => native.keyWriter(set, Handle.unwrap(secretKey), this.#random, ...wanted));
    return writeKeys(writer, watching);
  }
}
