import { checkOptions, checkRun, requireInstance, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { RunOptions } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { SecretKey } from './keys.js';
import { CkksParameters } from './parameters.js';
import { nativeSlots } from './slots.js';
import type { ComplexSlots, SlotValues } from './slots.js';

/** The error that is really there. */
export interface MeasuredError {
  /** The largest |slot - expected|. */
  readonly maxError: number;
  /** -log2 of it. */
  readonly bits: number;
}

/**
 * Decrypts, for the owner of the secret key alone: exact to what a ciphertext holds, nothing is added that would hide
 * the key from whoever else sees the values. See docs/security.md.
 *
 * @example
 * ```ts
 * const values = await new Decryptor(parameters, secretKey).decrypt(ciphertext);
 * ```
 */
export class Decryptor {
  readonly #parameters: CkksParameters;
  readonly #key: SecretKey;

  constructor(parameters: CkksParameters, secretKey: SecretKey) {
    CkksParameters.native(parameters);
    requireInstance(secretKey, SecretKey, 'the secret key');
    this.#parameters = parameters;
    this.#key = secretKey;
  }

  /** The real parts of all slots. */
  decrypt(ciphertext: Ciphertext, options?: RunOptions): Promise<Float64Array>;
  decrypt(ciphertexts: readonly Ciphertext[], options?: RunOptions): Promise<Float64Array[]>;
  async decrypt(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Float64Array | Float64Array[]> {
    const slots = await this.#decrypt(ciphertexts, false, options, 'decrypt()');
    return Array.isArray(ciphertexts) ? slots : slots[0]!;
  }

  /** Real and imaginary parts of all slots. */
  decryptComplex(ciphertext: Ciphertext, options?: RunOptions): Promise<ComplexSlots>;
  decryptComplex(ciphertexts: readonly Ciphertext[], options?: RunOptions): Promise<ComplexSlots[]>;
  async decryptComplex(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<ComplexSlots | ComplexSlots[]> {
    const parts = await this.#decrypt(ciphertexts, true, options, 'decryptComplex()');
    const slots = Array.from({ length: parts.length / 2 }, (_, i) => ({
      re: parts[2 * i]!,
      im: parts[2 * i + 1]!,
    }));
    return Array.isArray(ciphertexts) ? slots : slots[0]!;
  }

  /** How far a ciphertext is from what it should hold; values that are missing from `expected` count as zero. */
  async measuredError(
    ciphertext: Ciphertext,
    expected: SlotValues,
    options: RunOptions = {},
  ): Promise<MeasuredError> {
    requireInstance(ciphertext, Ciphertext, 'the ciphertext');
    const slots = nativeSlots(expected, 'expected', this.#parameters.slots);
    const watching = checkRun(checkOptions(options, runOptionNames, 'measuredError()'), 'measuredError()');
    const maxError = await run(watching, (watch) =>
      native.measureError(Handle.unwrap(this.#key), Handle.unwrap(ciphertext), slots, watch),
    );
    return { maxError, bits: -Math.log2(maxError) };
  }

  async #decrypt(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    imaginary: boolean,
    options: RunOptions,
    subject: string,
  ): Promise<Float64Array[]> {
    const handles = Ciphertext.natives(ciphertexts, 'the ciphertexts');
    const watching = checkRun(checkOptions(options, runOptionNames, subject), subject);
    return run(watching, (watch) => native.decrypt(Handle.unwrap(this.#key), handles, imaginary, watch));
  }
}
