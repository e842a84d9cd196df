import { checkOptions, checkRun, refuse, requireInteger, requirePositive, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeRandomSource, RunOptions } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { PublicKey, SecretKey } from './keys.js';
import { CkksParameters } from './parameters.js';
import { randomSource } from '../random.js';
import type { RandomOptions } from '../random.js';
import { nativeSlots } from './slots.js';
import type { SlotValues } from './slots.js';

/** Where and for which values slots are encrypted. */
export interface EncryptOptions extends RunOptions {
  /** The level of the result; the highest if absent. */
  readonly level?: number;
  /** No value is larger in magnitude; the parameters' if absent. Public: it travels with the ciphertext. */
  readonly magnitude?: number;
}

/**
 * Encrypts slots under a secret key (half the bytes, less noise) or a public one.
 *
 * @example
 * ```ts
 * const encryptor = new Encryptor(parameters, secretKey);
 * const ciphertext = await encryptor.encrypt(Float64Array.of(1.5, 2.25));
 * ```
 */
export class Encryptor {
  readonly #parameters: CkksParameters;
  readonly #key: SecretKey | PublicKey;
  readonly #random: NativeRandomSource;

  /** Throws ArgumentError for what is no parameter set or key. */
  constructor(parameters: CkksParameters, key: SecretKey | PublicKey, options: RandomOptions = {}) {
    CkksParameters.native(parameters);
    if (!(key instanceof SecretKey) && !(key instanceof PublicKey))
      refuse('a SecretKey or a PublicKey', 'the key', key);
    this.#parameters = parameters;
    this.#key = key;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'an Encryptor').insecureSeed);
  }

  /** One list of slots gives a ciphertext, many give as many. */
  encrypt(values: SlotValues, options?: EncryptOptions): Promise<Ciphertext>;
  encrypt(values: readonly SlotValues[], options?: EncryptOptions): Promise<Ciphertext[]>;
  async encrypt(
    values: SlotValues | readonly SlotValues[],
    options: EncryptOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const parameters = this.#parameters;
    const {
      level = parameters.maxLevel,
      magnitude = parameters.magnitude,
      ...rest
    } = checkOptions(options, ['level', 'magnitude', ...runOptionNames], 'encrypt()');
    requireInteger(level, 'level', 0, parameters.maxLevel);
    requirePositive(magnitude, 'magnitude');
    const slots = nativeSlots(values, 'values', parameters.slots);
    const handles = await run(checkRun(rest, 'encrypt()'), (watch) =>
      native.encrypt(
        CkksParameters.native(parameters),
        Handle.unwrap(this.#key as SecretKey),
        this.#random,
        slots,
        level,
        magnitude,
        watch,
      ),
    );
    const ciphertexts = handles.map((handle) => Ciphertext.wrap(handle));
    return Array.isArray(values) ? ciphertexts : ciphertexts[0]!;
  }
}
