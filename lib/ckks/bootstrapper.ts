import { checkOptions, checkRun, requireInstance, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeBootstrapper, RunOptions } from '../native.js';
import { requireKeyBudget } from './bootstrapping.js';
import type { KeyBudget } from './bootstrapping.js';
import { Ciphertext } from './ciphertext.js';
import { EvaluationKeys } from './evaluation-keys.js';
import { CkksParameters } from './parameters.js';

export interface BootstrapperOptions extends RunOptions {
  /** That of the evaluation keys. 'fast' if absent. */
  readonly keys?: KeyBudget;
}

/**
 * Gives spent ciphertexts their levels back, without the secret key. It holds the matrices of one parameter set with
 * `bootstrapping`, encoded once, and serves any evaluation keys of that set made with `bootstrapping: true`.
 *
 * @example
 * ```ts
 * const keys = await generator.evaluationKeys(secretKey, { bootstrapping: true });
 * const bootstrapper = await Bootstrapper.create(parameters);
 * const fresh = await bootstrapper.bootstrap(spent, keys); // at parameters.maxLevel
 * ```
 */
export class Bootstrapper extends Handle<NativeBootstrapper> {
  /** The budget that evaluation keys must be made for. */
  readonly keys: KeyBudget;
  /** Bytes in memory. */
  readonly byteLength: number;

  private constructor(handle: NativeBootstrapper, keys: KeyBudget) {
    super(handle);
    this.keys = keys;
    this.byteLength = call(() => native.describeBootstrapper(handle)).byteLength;
  }

  /** Encodes the matrices; progress counts them. Throws ParameterError for a set without bootstrapping. */
  static async create(parameters: CkksParameters, options: BootstrapperOptions = {}): Promise<Bootstrapper> {
    const subject = 'Bootstrapper.create()';
    const set = CkksParameters.native(parameters);
    const { keys = 'fast', ...rest } = checkOptions(options, ['keys', ...runOptionNames], subject);
    requireKeyBudget(keys, 'keys');
    const handle = await run(checkRun(rest, subject), (watch) => native.bootstrapper(set, keys, watch));
    return new Bootstrapper(handle, keys);
  }

  /**
   * The same slots at `parameters.maxLevel`, from any level; of several ciphertexts side by side. Slots must not be larger than
   * the set's magnitude. Progress counts steps of all ciphertexts. Throws KeyError with KEY_MISSING for evaluation keys
   * without those of bootstrapping, ParameterError for ciphertexts or keys of another set.
   */
  bootstrap(a: Ciphertext, evaluationKeys: EvaluationKeys, options?: RunOptions): Promise<Ciphertext>;
  bootstrap(
    a: readonly Ciphertext[],
    evaluationKeys: EvaluationKeys,
    options?: RunOptions,
  ): Promise<Ciphertext[]>;
  async bootstrap(
    a: Ciphertext | readonly Ciphertext[],
    evaluationKeys: EvaluationKeys,
    options: RunOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const subject = 'bootstrap()';
    const ciphertexts = Ciphertext.natives(a, Array.isArray(a) ? 'the ciphertexts' : 'the ciphertext');
    requireInstance(evaluationKeys, EvaluationKeys, 'the evaluation keys');
    const watching = checkRun(checkOptions(options, runOptionNames, subject), subject);
    const handles = await run(watching, (watch) =>
      native.bootstrap(Handle.unwrap(this), Handle.unwrap(evaluationKeys), ciphertexts, watch),
    );
    const results = handles.map((handle) => Ciphertext.wrap(handle));
    return Array.isArray(a) ? results : results[0]!;
  }
}
