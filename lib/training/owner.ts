import { checkOptions, checkRun, requireInstance, requireInteger, runOptionNames } from '../check.js';
import type { Ciphertext } from '../ckks/ciphertext.js';
import { Decryptor } from '../ckks/decryptor.js';
import { Encryptor } from '../ckks/encryptor.js';
import type { PublicKey } from '../ckks/keys.js';
import { SecretKey } from '../ckks/keys.js';
import { CkksParameters } from '../ckks/parameters.js';
import type { RandomOptions } from '../random.js';
import { KeyError } from '../errors.js';
import type { RunOptions } from '../native.js';
import { EncryptedBatch, EncryptedState, stateCount } from './encrypted-data.js';
import { packBatch, packWeights, unpackOutputs, unpackWeights } from './packing.js';
import type { BatchPart, PartialRows, Weights } from './packing.js';
import { derivedOf, requireParametersOf } from './plan.js';
import type { DerivedPlan, TrainingPlan } from './plan.js';

/**
 * Who has data for a plan: one of several owners with the common public key, or the one who holds the secret key and alone can
 * decrypt.
 *
 * @example
 * ```ts
 * const owner = new TrainingOwner(plan, parameters, secretKey);
 * const batch = await owner.encryptBatch({ features, labels });
 * const state = await owner.encryptWeights(initialWeights(plan.task, 1));
 * ```
 */
export class TrainingOwner {
  readonly #plan: DerivedPlan;
  readonly #stateCount: number;
  readonly #encryptor: Encryptor;
  readonly #decryptor: Decryptor | undefined;

  /** Throws ArgumentError for a key that is none, ParameterError for parameters of another plan. */
  constructor(
    plan: TrainingPlan,
    parameters: CkksParameters,
    key: SecretKey | PublicKey,
    options: RandomOptions = {},
  ) {
    requireInstance(parameters, CkksParameters, 'the parameters');
    requireParametersOf(plan, parameters);
    this.#plan = derivedOf(plan);
    this.#stateCount = stateCount(plan);
    this.#encryptor = new Encryptor(parameters, key, options);
    this.#decryptor = key instanceof SecretKey ? new Decryptor(parameters, key) : undefined;
  }

  /**
   * A whole batch, or the part of it that this owner has: rows from `firstRow` on (horizontal split), columns from
   * `firstColumn` on (vertical split); features or labels may be absent. Throws ArgumentError for other sizes, and for
   * features above the plan's inputBound.
   */
  async encryptBatch(rows: PartialRows, part: BatchPart & RunOptions = {}): Promise<EncryptedBatch> {
    const subject = 'encryptBatch()';
    const {
      firstRow,
      rows: count,
      firstColumn,
      columns,
      ...rest
    } = checkOptions(part, ['firstRow', 'rows', 'firstColumn', 'columns', ...runOptionNames], subject);
    const packed = packBatch(this.#plan, checkOptions(rows, ['features', 'labels'], 'the rows'), {
      ...(firstRow !== undefined && { firstRow }),
      ...(count !== undefined && { rows: count }),
      ...(firstColumn !== undefined && { firstColumn }),
      ...(columns !== undefined && { columns }),
    });
    const { signal } = checkRun(rest, subject);
    const { features, labels } = packed;
    const all = await this.#encrypt([...features, ...labels], signal);
    return new EncryptedBatch(all.slice(0, features.length), all.slice(features.length));
  }

  /** The state before the first step; velocities are 0. */
  async encryptWeights(weights: Weights, options: RunOptions = {}): Promise<EncryptedState> {
    const subject = 'encryptWeights()';
    const { signal } = checkRun(checkOptions(options, runOptionNames, subject), subject);
    const packed = packWeights(this.#plan, weights);
    const zeros = Array.from({ length: this.#stateCount - packed.length }, () => new Float64Array());
    return new EncryptedState(0, await this.#encrypt([...packed, ...zeros], signal));
  }

  /** The weights of a state. Throws KeyError for an owner without the secret key. */
  async decryptWeights(state: EncryptedState, options: RunOptions = {}): Promise<Weights> {
    const slots = await this.#secret('decryptWeights()').decrypt(
      state.ciphertexts.slice(
        0,
        this.#plan.geometry.layers.reduce((sum, { blocks }) => sum + blocks, 0),
      ),
      options,
    );
    return unpackWeights(this.#plan, slots);
  }

  /** rows × outputs numbers that EncryptedTrainer.predict() gave. Throws KeyError for an owner without the secret key. */
  async decryptOutputs(
    outputs: readonly Ciphertext[],
    rows: number,
    options: RunOptions = {},
  ): Promise<Float64Array> {
    requireInteger(rows, 'rows', 1, this.#plan.task.batch);
    return unpackOutputs(this.#plan, await this.#secret('decryptOutputs()').decrypt(outputs, options), rows);
  }

  #secret(subject: string): Decryptor {
    if (this.#decryptor !== undefined) return this.#decryptor;
    throw new KeyError('KEY_MISSING', `${subject} needs the secret key; this owner has the public key.`);
  }

  #encrypt(slots: readonly Float64Array[], signal: AbortSignal | undefined): Promise<Ciphertext[]> {
    return this.#encryptor.encrypt(slots, { magnitude: this.#magnitude, ...(signal && { signal }) });
  }

  /** Public: no slot of any owner is larger. */
  get #magnitude(): number {
    const { scales, task } = this.#plan;
    return Math.max(2, scales.features * task.model.inputBound);
  }
}
