import { checkOptions, checkRun, requireInstance, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeRandomSource, RunOptions } from '../native.js';
import { randomSource } from '../random.js';
import type { RandomOptions } from '../random.js';
import { EvaluationKeys, SecretKey } from './keys.js';
import { TfheParameters } from './parameters.js';

/**
 * Makes the keys of one parameter set.
 *
 * @example
 * ```ts
 * const generator = new KeyGenerator(parameters);
 * const secretKey = await generator.secretKey();
 * const keys = await generator.evaluationKeys(secretKey);
 * ```
 */
export class KeyGenerator {
  readonly #parameters: TfheParameters;
  readonly #random: NativeRandomSource;

  /** Throws ArgumentError for what is no parameter set, or a seed that is none. */
  constructor(parameters: TfheParameters, options: RandomOptions = {}) {
    TfheParameters.native(parameters);
    this.#parameters = parameters;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'a KeyGenerator').insecureSeed);
  }

  /** A fresh secret key, uniform binary. */
  async secretKey(): Promise<SecretKey> {
    const set = TfheParameters.native(this.#parameters);
    return SecretKey.wrap(await run(undefined, (watch) => native.tfheSecretKey(set, this.#random, watch)));
  }

  /** The keys of a server for the secret key; progress counts entries of the bootstrapping key. */
  async evaluationKeys(secretKey: SecretKey, options: RunOptions = {}): Promise<EvaluationKeys> {
    requireInstance(secretKey, SecretKey, 'the secret key');
    const watching = checkRun(checkOptions(options, runOptionNames, 'evaluationKeys()'), 'evaluationKeys()');
    return EvaluationKeys.wrap(
      await run(watching, (watch) =>
        native.tfheEvaluationKeys(Handle.unwrap(secretKey), this.#random, watch),
      ),
    );
  }
}
