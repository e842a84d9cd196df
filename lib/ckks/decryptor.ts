import {
  checkOptions,
  checkRun,
  requireFinite,
  requireInstance,
  requirePositive,
  runOptionNames,
} from '../check.js';
import { OperationError } from '../errors.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeRandomSource, RunOptions } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { SecretKey } from './keys.js';
import { CkksParameters } from './parameters.js';
import { randomSource } from '../random.js';
import type { RandomOptions } from '../random.js';
import { checkSharing, SharingBudget } from './sharing.js';
import type { Sharing } from './sharing.js';
import { nativeSlots } from './slots.js';
import type { ComplexSlots, SlotValues } from './slots.js';

/** The error that is really there. */
export interface MeasuredError {
  /** The largest |slot - expected|. */
  readonly maxError: number;
  /** -log2 of it. */
  readonly bits: number;
}

export interface SharingOptions extends Sharing, RunOptions {
  /**
   * The root mean square error of a slot that was promised before anything was encrypted, in units of the message; a
   * ciphertext that claims a larger one is refused. What the ciphertext says of itself if absent: then whoever computed
   * it must be trusted to have said the truth.
   */
  readonly deviation?: number;
  /** Refuses results of which a slot could be off by more than 2^-precisionBits. 0 if absent. */
  readonly precisionBits?: number;
}

/**
 * Decrypts. decrypt() is for the owner of the secret key alone: exact to what a ciphertext holds, nothing is added that
 * would hide the key from whoever else sees the values. decryptForSharing() adds that. See docs/security.md.
 *
 * @example
 * ```ts
 * const values = await new Decryptor(parameters, secretKey).decrypt(ciphertext);
 * ```
 */
export class Decryptor {
  readonly #parameters: CkksParameters;
  readonly #key: SecretKey;
  readonly #random: NativeRandomSource;
  readonly #budget = new SharingBudget();

  /** Throws ArgumentError for what is no parameter set or secret key. */
  constructor(parameters: CkksParameters, secretKey: SecretKey, options: RandomOptions = {}) {
    CkksParameters.native(parameters);
    requireInstance(secretKey, SecretKey, 'the secret key');
    this.#parameters = parameters;
    this.#key = secretKey;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'a Decryptor').insecureSeed);
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
    const slots = complexSlots(parts);
    return Array.isArray(ciphertexts) ? slots : slots[0]!;
  }

  /**
   * The real parts of all slots, for others to see: with noise that hides the error in the ciphertext, and with it the
   * secret key (Li, Micciancio, Schultz, Sorrell, 2022). It costs sharingBits() of precision, so parameters must be made
   * for it. This object refuses more than `queries` results; how many other objects and processes share of the same key
   * is its owner's to count.
   *
   * Throws OperationError{SHARING_REFUSED} when the noise does not fit, leaves less precision than asked for, or all
   * queries are spent.
   */
  decryptForSharing(ciphertext: Ciphertext, options: SharingOptions): Promise<Float64Array>;
  decryptForSharing(ciphertexts: readonly Ciphertext[], options: SharingOptions): Promise<Float64Array[]>;
  async decryptForSharing(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    options: SharingOptions,
  ): Promise<Float64Array | Float64Array[]> {
    const slots = await this.#share(ciphertexts, false, options, 'decryptForSharing()');
    return Array.isArray(ciphertexts) ? slots : slots[0]!;
  }

  /** The same with real and imaginary parts. */
  decryptForSharingComplex(ciphertext: Ciphertext, options: SharingOptions): Promise<ComplexSlots>;
  decryptForSharingComplex(
    ciphertexts: readonly Ciphertext[],
    options: SharingOptions,
  ): Promise<ComplexSlots[]>;
  async decryptForSharingComplex(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    options: SharingOptions,
  ): Promise<ComplexSlots | ComplexSlots[]> {
    const parts = await this.#share(ciphertexts, true, options, 'decryptForSharingComplex()');
    const slots = complexSlots(parts);
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

  async #share(
    ciphertexts: Ciphertext | readonly Ciphertext[],
    imaginary: boolean,
    options: SharingOptions,
    subject: string,
  ): Promise<Float64Array[]> {
    const handles = Ciphertext.natives(ciphertexts, 'the ciphertexts');
    const names = ['queries', 'statisticalSecurity', 'deviation', 'precisionBits'] as const;
    const checked = checkOptions(options, [...names, ...runOptionNames], subject);
    const { deviation, precisionBits = 0 } = checked;
    const sharing = checkSharing(checked);
    if (deviation !== undefined) requirePositive(deviation, 'deviation');
    requireFinite(precisionBits, 'precisionBits');
    const watching = checkRun(checked, subject);
    if (!this.#budget.spend(sharing, handles.length)) {
      throw new OperationError(
        'SHARING_REFUSED',
        `${handles.length} more results would be above the ${sharing.queries} that the noise was planned for. Plan for more queries, or make a new secret key.`,
        { queries: sharing.queries, results: handles.length },
      );
    }
    try {
      return await run(watching, (watch) =>
        native.decryptForSharing(
          Handle.unwrap(this.#key),
          this.#random,
          handles,
          sharing.queries,
          sharing.statisticalSecurity,
          deviation ?? 0,
          precisionBits,
          imaginary,
          watch,
        ),
      );
    } catch (error) {
      this.#budget.refund(sharing, handles.length); // nobody was given anything
      throw error;
    }
  }
}

/** re, im, re, im, … as pairs. */
function complexSlots(parts: readonly Float64Array[]): ComplexSlots[] {
  return Array.from({ length: parts.length / 2 }, (_, i) => ({ re: parts[2 * i]!, im: parts[2 * i + 1]! }));
}
