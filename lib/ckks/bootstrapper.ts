import { checkOptions, checkRun, requireInstance, requireInteger, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeBootstrapper, RunOptions } from '../native.js';
import { checkKeyOptions } from './bootstrapping.js';
import type { BootstrappingKeyOptions, KeyBudget } from './bootstrapping.js';
import { Ciphertext } from './ciphertext.js';
import { EvaluationKeys } from './evaluation-keys.js';
import { CkksParameters } from './parameters.js';

/** `keys` and `batch` are those of the evaluation keys. */
export interface BootstrapperOptions extends RunOptions, BootstrappingKeyOptions {}

export interface BootstrapOptions extends RunOptions {
  /**
   * 2: what a first pass is off by is enlarged, bootstrapped too and taken off (Meta-BTS). More bits in twice the time, as many
   * as the scale of level 0 leaves after a rounding; spends one of the levels after. 1 if absent.
   */
  readonly passes?: 1 | 2;
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
 *
 * With `batch`, ciphertexts of few slots share a bootstrap: as many as given are packed into one, for a fraction of the work of
 * each.
 */
export class Bootstrapper extends Handle<NativeBootstrapper> {
  /** The budget that evaluation keys must be made for. */
  readonly keys: KeyBudget;
  /** How many ciphertexts share a bootstrap; evaluation keys must be made for as many. */
  readonly batch: number;
  /** The lowest level that a ciphertext can be bootstrapped from: 0, or what a transform that comes first spends. */
  readonly inputLevel: number;
  /** Bytes in memory. */
  readonly byteLength: number;

  private constructor(handle: NativeBootstrapper, { keys, batch }: Required<BootstrappingKeyOptions>) {
    super(handle);
    this.keys = keys;
    this.batch = batch;
    const { byteLength, inputLevel } = call(() => native.describeBootstrapper(handle));
    this.byteLength = byteLength;
    this.inputLevel = inputLevel;
  }

  /**
   * Encodes the matrices; progress counts them. Throws ParameterError for a set without bootstrapping, ArgumentError for a batch
   * that is no power of two or that the ring does not hold.
   */
  static async create(parameters: CkksParameters, options: BootstrapperOptions = {}): Promise<Bootstrapper> {
    const subject = 'Bootstrapper.create()';
    const set = CkksParameters.native(parameters);
    const { keys, batch, ...rest } = checkOptions(options, ['keys', 'batch', ...runOptionNames], subject);
    const made = checkKeyOptions({ keys, batch });
    const handle = await run(checkRun(rest, subject), (watch) => native.bootstrapper(set, made, watch));
    return new Bootstrapper(handle, made);
  }

  /**
   * The same slots at `parameters.maxLevel`, from `inputLevel` or any above; of several ciphertexts side by side, or `batch` at a time as one
   * (the last ones may be fewer), in order. Slots must not be larger than the set's magnitude. Progress counts steps of all
   * ciphertexts, or batches. Throws KeyError with KEY_MISSING for evaluation keys
   * without those of bootstrapping, ParameterError for ciphertexts or keys of another set, OperationError with LEVEL_EXHAUSTED
   * for ciphertexts below `inputLevel`.
   */
  bootstrap(a: Ciphertext, evaluationKeys: EvaluationKeys, options?: BootstrapOptions): Promise<Ciphertext>;
  bootstrap(
    a: readonly Ciphertext[],
    evaluationKeys: EvaluationKeys,
    options?: BootstrapOptions,
  ): Promise<Ciphertext[]>;
  async bootstrap(
    a: Ciphertext | readonly Ciphertext[],
    evaluationKeys: EvaluationKeys,
    options: BootstrapOptions = {},
  ): Promise<Ciphertext | Ciphertext[]> {
    const subject = 'bootstrap()';
    const ciphertexts = Ciphertext.natives(a, Array.isArray(a) ? 'the ciphertexts' : 'the ciphertext');
    requireInstance(evaluationKeys, EvaluationKeys, 'the evaluation keys');
    const { passes = 1, ...rest } = checkOptions(options, ['passes', ...runOptionNames], subject);
    requireInteger(passes, 'passes', 1, 2);
    const watching = checkRun(rest, subject);
    const handles = await run(watching, (watch) =>
      native.bootstrap(Handle.unwrap(this), Handle.unwrap(evaluationKeys), ciphertexts, passes, watch),
    );
    const results = handles.map((handle) => Ciphertext.wrap(handle));
    return Array.isArray(a) ? results : results[0]!;
  }
}
