import {
  checkOptions,
  checkRun,
  requireBytes,
  requireInstance,
  requireNonNegative,
  runOptionNames,
} from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeCiphertext, NativeCiphertextDescription, RunOptions } from '../native.js';
import { CkksParameters } from './parameters.js';

/** What is known of a ciphertext's slots without the secret key. */
export interface Noise {
  /** At most this root mean square error of a slot. */
  readonly deviation: number;
  /** No slot of the exact result is larger. */
  readonly magnitude: number;
  /** The error that no slot exceeds but with probability 2^-40. */
  readonly errorBound: number;
  /** -log2 of errorBound. */
  readonly precisionBits: number;
}

/**
 * Encrypted slots. Immutable: operations give new ones.
 *
 * @example
 * ```ts
 * const bytes = await ciphertext.toBytes();
 * const same = await Ciphertext.fromBytes(parameters, bytes);
 * ```
 */
export class Ciphertext extends Handle<NativeCiphertext> {
  #description: NativeCiphertextDescription | undefined;

  private constructor(handle: NativeCiphertext) {
    super(handle);
  }

  /** Throws FormatError for bytes that are not a ciphertext, ParameterError for one of another set. */
  static async fromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<Ciphertext> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of a ciphertext');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'Ciphertext.fromBytes()'),
      'Ciphertext.fromBytes()',
    );
    return new Ciphertext(await run(watching, (watch) => native.ciphertextFromBytes(set, bytes, watch)));
  }

  /** An object of type 6 of docs/format.md: half the size for what was just encrypted under a secret key. */
  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.ciphertextToBytes(Handle.unwrap(this), watch));
  }

  /** Many ciphertexts as one object. */
  static async batchToBytes(
    parameters: CkksParameters,
    batch: readonly Ciphertext[],
    options: RunOptions = {},
  ): Promise<Uint8Array> {
    const set = CkksParameters.native(parameters);
    const ciphertexts = Ciphertext.natives(batch, 'the batch');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'Ciphertext.batchToBytes()'),
      'Ciphertext.batchToBytes()',
    );
    return run(watching, (watch) => native.ciphertextsToBytes(set, ciphertexts, watch));
  }

  /** Reads what batchToBytes() wrote. Throws FormatError, or ParameterError for another set. */
  static async batchFromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<Ciphertext[]> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of a batch of ciphertexts');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'Ciphertext.batchFromBytes()'),
      'Ciphertext.batchFromBytes()',
    );
    return (await run(watching, (watch) => native.ciphertextsFromBytes(set, bytes, watch))).map(
      (handle) => new Ciphertext(handle),
    );
  }

  /** Asked for once, since a ciphertext never changes; the core refuses a disposed one. */
  #about(): NativeCiphertextDescription {
    if (this.#description === undefined || this.disposed)
      this.#description = call(() => native.describeCiphertext(Handle.unwrap(this)));
    return this.#description;
  }

  /** How many products one after the other are left. */
  get level(): number {
    return this.#about().level;
  }
  /** 1, or 2 between a product and its relinearization. */
  get degree(): number {
    return this.#about().degree;
  }
  /** 1: at its level's scale; 2: at its square, a rescale is due. */
  get scaleDegree(): number {
    return this.#about().scaleDegree;
  }
  /** Values that it holds: those of its parameters. */
  get slots(): number {
    return this.#about().slots;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return this.#about().byteLength;
  }
  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return this.#about().insecure;
  }
  /** What is known of errors and values: public, and found from the operations alone. */
  get noise(): Noise {
    const { deviation, magnitude, errorBound, precisionBits } = this.#about();
    return { deviation, magnitude, errorBound, precisionBits };
  }

  /**
   * A copy that says other things of its slots: for who knows better, and for a server, whose estimates would tell of
   * its weights.
   */
  declareNoise(noise: { readonly deviation?: number; readonly magnitude?: number }): Ciphertext {
    const known = this.noise;
    const { deviation = known.deviation, magnitude = known.magnitude } = checkOptions(
      noise,
      ['deviation', 'magnitude'],
      'declareNoise()',
    );
    for (const [name, value] of Object.entries({ deviation, magnitude })) {
      requireNonNegative(value, name);
    }
    return new Ciphertext(call(() => native.declareNoise(Handle.unwrap(this), deviation, magnitude)));
  }

  /** @internal */
  static wrap(handle: NativeCiphertext): Ciphertext {
    return new Ciphertext(handle);
  }

  /** @internal */
  static natives(ciphertexts: Ciphertext | readonly Ciphertext[], subject: string): NativeCiphertext[] {
    if (!Array.isArray(ciphertexts)) {
      requireInstance(ciphertexts, Ciphertext, subject);
      return [Handle.unwrap(ciphertexts)];
    }
    // Array.from() sees the holes of an array, map() does not.
    return Array.from(ciphertexts as readonly unknown[], (entry, i) => {
      requireInstance(entry, Ciphertext, `${subject}[${i}]`);
      return Handle.unwrap(entry);
    });
  }
}
