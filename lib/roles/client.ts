import { Decryptor } from '../ckks/decryptor.js';
import { Encryptor } from '../ckks/encryptor.js';
import { KeyGenerator } from '../ckks/key-generator.js';
import { SecretKey } from '../ckks/keys.js';
import { Ciphertext } from '../ckks/ciphertext.js';
import { tailFactor } from '../ckks/noise.js';
import { CkksParameters } from '../ckks/parameters.js';
import type { ComplexSlots } from '../ckks/slots.js';
import { ArgumentError, FormatError, OperationError } from '../errors.js';
import { inputLevelOf, inputMagnitudeOf, keyRequestOf } from '../nn/plan/plan.js';
import type { Plan } from '../nn/plan/plan.js';
import { validatePlan } from '../nn/plan/schema.js';
import { batchCount, ciphertextsPerBatch, packRows, unpackRows } from '../nn/plan/pack.js';
import { mostSamples, readMessage, writeMessage } from './messages.js';
import { requireSecure } from './secure.js';
import type { RoleOptions } from './secure.js';

/** How a {@link Client} is made. */
export interface ClientOptions extends RoleOptions {
  /** A key that exportSecretKey() gave; a fresh one is made if absent. */
  readonly secretKey?: Uint8Array;
}

/**
 * The owner of the data: makes the keys, encrypts inputs, decrypts outputs. Only bytes leave it, and none of them but
 * exportSecretKey()'s hold the secret key.
 *
 * @example
 * ```ts
 * const client = await Client.create(plan);
 * const keys = await client.evaluationKeys(); // once, to the server
 * const request = await client.encrypt(rows); // to the server
 * const outputs = await client.decrypt(response); // from the server
 * ```
 */
export class Client {
  readonly #parameters: CkksParameters;
  readonly #secretKey: SecretKey;
  readonly #encryptor: Encryptor;
  readonly #decryptor: Decryptor;

  private constructor(
    readonly plan: Plan,
    parameters: CkksParameters,
    secretKey: SecretKey,
  ) {
    this.#parameters = parameters;
    this.#secretKey = secretKey;
    this.#encryptor = new Encryptor(parameters, secretKey);
    this.#decryptor = new Decryptor(parameters, secretKey);
  }

  /** Throws FormatError for a plan that is not valid and ParameterError for one below 128 bits of security. */
  static async create(plan: Plan, options: ClientOptions = {}): Promise<Client> {
    const checked = validatePlan(plan);
    requireSecure(checked);
    const parameters = await CkksParameters.create(checked.parameters);
    const secretKey =
      options.secretKey === undefined
        ? await new KeyGenerator(parameters).secretKey()
        : await SecretKey.fromBytes(parameters, options.secretKey);
    return new Client(checked, parameters, secretKey);
  }

  /** Fresh evaluation keys for the server: all that the plan asks for, nothing secret. Every call makes new ones. */
  async evaluationKeys(options: RoleOptions = {}): Promise<Uint8Array> {
    using keys = await new KeyGenerator(this.#parameters).evaluationKeys(this.#secretKey, {
      ...keyRequestOf(this.plan),
      ...options,
    });
    return await keys.toBytes(options);
  }

  /**
   * The same in chunks, each key made when its chunk is asked for and kept nowhere: for a file or a socket, where keys take
   * gigabytes.
   */
  evaluationKeyChunks(options: RoleOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const generator = new KeyGenerator(this.#parameters);
    return generator.evaluationKeyChunks(this.#secretKey, { ...keyRequestOf(this.plan), ...options });
  }

  /**
   * Encrypts samples into one request.
   *
   * @param rows - inputs, row after row: a multiple of `plan.inputs` values, none larger than `plan.bounds.input`.
   */
  async encrypt(rows: Float64Array, options: RoleOptions = {}): Promise<Uint8Array> {
    const { inputs } = this.plan;
    if (!(rows instanceof Float64Array) || rows.length === 0 || rows.length % inputs !== 0) {
      const received = rows instanceof Float64Array ? `${rows.length} values` : typeof rows;
      throw new ArgumentError(
        `Expected a Float64Array of rows of ${inputs} inputs for encrypt() but received ${received}.`,
        { inputs },
      );
    }
    const samples = rows.length / inputs;
    if (samples > mostSamples) {
      throw new ArgumentError(
        `A request holds at most ${mostSamples} samples but received ${samples}. Send several requests.`,
        { samples },
      );
    }
    this.#requireBounded(rows);
    const ciphertexts = await this.#encryptor.encrypt(packRows(this.plan, rows), {
      level: inputLevelOf(this.plan),
      magnitude: inputMagnitudeOf(this.plan),
      ...options,
    });
    try {
      const body = await Ciphertext.batchToBytes(this.#parameters, ciphertexts);
      return writeMessage(this.plan, { kind: 'request', samples, body });
    } finally {
      for (const ciphertext of ciphertexts) ciphertext.dispose();
    }
  }

  /**
   * Decrypts a response: rows of `plan.outputs` values, in the order of the request's samples. Never tell the server
   * whether this failed: see docs/security.md.
   */
  decrypt(response: Uint8Array, options: RoleOptions = {}): Promise<Float64Array> {
    return this.#decrypt(response, (ciphertexts) => this.#decryptor.decryptComplex(ciphertexts, options));
  }

  /**
   * Decrypts a response for others to see: with noise that hides the secret key, for the error that the plan promises
   * (whatever the response claims). Every ciphertext of the response is one of the plan's `sharing.queries`. See
   * Decryptor.decryptForSharing().
   *
   * Throws OperationError{SHARING_REFUSED} when the plan was not compiled for sharing, or all its queries are spent.
   */
  async decryptForSharing(response: Uint8Array, options: RoleOptions = {}): Promise<Float64Array> {
    const { sharing, predicted } = this.plan;
    if (sharing === null)
      throw new OperationError(
        'SHARING_REFUSED',
        'The plan keeps no room for the noise that shared results need. Compile it with sharing: { queries }.',
        {},
      );
    const deviation = predicted.error / tailFactor(this.#parameters.slots);
    return this.#decrypt(response, (ciphertexts) =>
      this.#decryptor.decryptForSharingComplex(ciphertexts, { ...sharing, deviation, ...options }),
    );
  }

  async #decrypt(
    response: Uint8Array,
    decrypt: (ciphertexts: readonly Ciphertext[]) => Promise<ComplexSlots[]>,
  ): Promise<Float64Array> {
    const { samples, body } = readMessage(this.plan, response, 'response');
    const ciphertexts = await Ciphertext.batchFromBytes(this.#parameters, body);
    try {
      const expected = batchCount(this.plan, samples) * ciphertextsPerBatch(this.plan).down;
      if (ciphertexts.length !== expected) {
        throw new FormatError(
          'FORMAT_CORRUPT',
          `A response for ${samples} samples holds ${expected} ciphertexts, this one ${ciphertexts.length}.`,
          { expected, received: ciphertexts.length },
        );
      }
      return unpackRows(this.plan, await decrypt(ciphertexts), samples);
    } finally {
      for (const ciphertext of ciphertexts) ciphertext.dispose();
    }
  }

  /** The magnitude of a slot is declared to all; with two samples a slot it would hide an input above the bound. */
  #requireBounded(rows: Float64Array): void {
    const { input } = this.plan.bounds;
    const index = rows.findIndex((value) => !(Math.abs(value) <= input));
    if (index < 0) return;
    throw new ArgumentError(
      `Expected inputs of at most ${input} in magnitude (bounds.input of the plan) but received ${rows[index]} at index ${index}.`,
      { index, value: rows[index]!, limit: input },
      Number.isFinite(rows[index]) ? 'VALUE_OUT_OF_RANGE' : 'NOT_FINITE',
    );
  }

  /** The secret key as bytes, to be kept where only the owner reads. */
  exportSecretKey(): Promise<Uint8Array> {
    return this.#secretKey.toBytes();
  }

  /** Wipes the secret key. */
  dispose(): void {
    this.#secretKey.dispose();
    this.#parameters.dispose();
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
