import { checkOptions, checkRun, refuse, requireInstance, requireInteger, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeLweBatch, NativeWatch, RunOptions } from '../native.js';
import { CiphertextBatch } from './ciphertext-batch.js';
import { signedIntegers, unsignedIntegers } from './integers.js';
import { EvaluationKeys } from './keys.js';
import { TfheParameters } from './parameters.js';

/** Which table each ciphertext is looked up in. */
export interface LookUpOptions extends RunOptions {
  /** For each ciphertext the number of its table; one table serves all if absent. */
  readonly choice?: ArrayLike<number>;
}

/** Sums of ciphertexts with integer weights, and integers added. */
export interface IntegerMap {
  /** Results. */
  readonly rows: number;
  /** Row by row, one for each ciphertext; from -2^31 to 2^31 - 1. */
  readonly weights: ArrayLike<number>;
  /** One for each row; none if absent. */
  readonly constants?: ArrayLike<number>;
}

const required = (value: unknown, subject: string): NativeLweBatch => {
  requireInstance(value, CiphertextBatch, subject);
  return Handle.unwrap(value);
};

/**
 * Computes on batches of ciphertexts. Sums and linear maps are modulo 2 · messageCount and add up noise; a look-up leaves the
 * noise of a bootstrap, whatever went in.
 *
 * @example
 * ```ts
 * const evaluator = new Evaluator(parameters, keys);
 * const squares = await evaluator.applyLut(ciphertexts, [[0, 1, 4, 9]]);
 * ```
 */
export class Evaluator {
  readonly #parameters: TfheParameters;
  readonly #keys: EvaluationKeys;

  /** Throws ArgumentError for what is no parameter set or no keys. */
  constructor(parameters: TfheParameters, keys: EvaluationKeys) {
    TfheParameters.native(parameters);
    requireInstance(keys, EvaluationKeys, 'the evaluation keys');
    this.#parameters = parameters;
    this.#keys = keys;
  }

  /**
   * Each ciphertext becomes the entry of its table for its message: tables of messageCount entries from 0 to
   * 2 · messageCount - 1. A message with the padding bit taken gives the negated entry of what is below that bit. Progress
   * counts ciphertexts.
   */
  async applyLut(
    ciphertexts: CiphertextBatch,
    tables: readonly ArrayLike<number>[],
    options: LookUpOptions = {},
  ): Promise<CiphertextBatch> {
    const { choice = [], ...rest } = checkOptions(options, ['choice', ...runOptionNames], 'applyLut()');
    if (!Array.isArray(tables)) refuse('an array of tables', 'the tables', tables);
    const entries = Array.from(tables, (table, i) => unsignedIntegers(table, `tables[${i}]`));
    const chosen = unsignedIntegers(choice, 'choice');
    return this.#run(checkRun(rest, 'applyLut()'), (watch) =>
      native.tfheApplyLut(
        Handle.unwrap(this.#keys),
        required(ciphertexts, 'the ciphertexts'),
        entries,
        chosen,
        watch,
      ),
    );
  }

  /** x + y, entry by entry. */
  async add(x: CiphertextBatch, y: CiphertextBatch, options: RunOptions = {}): Promise<CiphertextBatch> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'add()'), 'add()');
    return this.#run(watching, (watch) =>
      native.tfheAdd(required(x, 'the first operand'), required(y, 'the second operand'), watch),
    );
  }

  /** x - y, entry by entry. */
  async subtract(x: CiphertextBatch, y: CiphertextBatch, options: RunOptions = {}): Promise<CiphertextBatch> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'subtract()'), 'subtract()');
    return this.#run(watching, (watch) =>
      native.tfheSubtract(required(x, 'the first operand'), required(y, 'the second operand'), watch),
    );
  }

  /** A row of weights times the ciphertexts for each result. */
  async linearMap(
    ciphertexts: CiphertextBatch,
    map: IntegerMap,
    options: RunOptions = {},
  ): Promise<CiphertextBatch> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'linearMap()'), 'linearMap()');
    const { rows, weights, constants = [] } = checkOptions(map, ['rows', 'weights', 'constants'], 'a map');
    requireInteger(rows, 'rows', 0, 2 ** 30);
    const factors = signedIntegers(weights, 'weights');
    const added = signedIntegers(constants, 'constants');
    return this.#run(watching, (watch) =>
      native.tfheLinearMap(required(ciphertexts, 'the ciphertexts'), rows, factors, added, watch),
    );
  }

  /** Integers as ciphertexts that anybody can read: constants of a computation. */
  async trivial(messages: ArrayLike<number>, options: RunOptions = {}): Promise<CiphertextBatch> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'trivial()'), 'trivial()');
    const values = unsignedIntegers(messages, 'the messages');
    return this.#run(watching, (watch) =>
      native.tfheTrivial(TfheParameters.native(this.#parameters), values, watch),
    );
  }

  async #run(
    watching: RunOptions,
    start: (watch: NativeWatch | undefined) => Promise<NativeLweBatch>,
  ): Promise<CiphertextBatch> {
    return CiphertextBatch.wrap(await run(watching, start));
  }
}
