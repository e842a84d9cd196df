import { checkOptions, checkRun, requireBytes, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeEvaluationKeys, RunOptions } from '../native.js';
import { readKeys, writeKeys } from './key-chunks.js';
import type { Chunks } from './key-chunks.js';
import { CkksParameters } from './parameters.js';

/**
 * What a server needs to compute on ciphertexts: relinearization, rotation and conjugation keys, those of bootstrapping.
 * Holds no secret.
 */
export class EvaluationKeys extends Handle<NativeEvaluationKeys> {
  readonly #about;

  private constructor(handle: NativeEvaluationKeys) {
    super(handle);
    this.#about = call(() => native.describeEvaluationKeys(handle));
  }

  /** Throws FormatError for bytes that are not evaluation keys, ParameterError for those of another set. */
  static async fromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<EvaluationKeys> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of evaluation keys');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'EvaluationKeys.fromBytes()'),
      'EvaluationKeys.fromBytes()',
    );
    return new EvaluationKeys(
      await run(watching, (watch) => native.evaluationKeysFromBytes(set, bytes, watch)),
    );
  }

  /**
   * Reads the bundle of toBytes() or toChunks() as it comes, in chunks of any size, a key at a time. Progress counts keys.
   * Throws what fromBytes() throws, as soon as it shows.
   *
   * @example
   * ```ts
   * const keys = await EvaluationKeys.fromChunks(parameters, createReadStream('evaluation.keys'));
   * ```
   */
  static async fromChunks(
    parameters: CkksParameters,
    chunks: Chunks,
    options: RunOptions = {},
  ): Promise<EvaluationKeys> {
    const set = CkksParameters.native(parameters);
    const subject = 'EvaluationKeys.fromChunks()';
    const watching = checkRun(checkOptions(options, runOptionNames, subject), subject);
    return new EvaluationKeys(await readKeys(set, chunks, watching));
  }

  /** Seeds stand for half of every key, so this is about half of byteLength. */
  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.evaluationKeysToBytes(Handle.unwrap(this), watch));
  }

  /**
   * The bundle of toBytes() in chunks, one a key: gigabytes that are never one buffer. Progress counts keys.
   *
   * @example
   * ```ts
   * await writeFile('evaluation.keys', keys.toChunks());
   * ```
   */
  toChunks(options: RunOptions = {}): AsyncGenerator<Uint8Array, void, void> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toChunks()'), 'toChunks()');
    return writeKeys(
      call(() => native.keyWriterOf(Handle.unwrap(this))),
      watching,
    );
  }

  /** Made under parameters or randomness below 128 bits of security. */
  get insecure(): boolean {
    return this.#about.insecure;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return this.#about.byteLength;
  }
  /** Whether the keys of bootstrapping are among them. */
  get bootstrapping(): boolean {
    return this.#about.bootstrapping;
  }
  /** The highest level at which products are relinearized; undefined when none are. */
  get relinearizationLevel(): number | undefined {
    return this.#about.relinearizationLevel < 0 ? undefined : this.#about.relinearizationLevel;
  }
  /** The highest level at which slots are conjugated; undefined when none are. */
  get conjugationLevel(): number | undefined {
    return this.#about.conjugationLevel < 0 ? undefined : this.#about.conjugationLevel;
  }
  /** Steps (from 1 to N/2 - 1, to the left) and the highest level of every rotation key. */
  get rotations(): ReadonlyMap<number, number> {
    const { rotations } = this.#about;
    return new Map(
      Array.from({ length: rotations.length / 2 }, (_, i) => [rotations[2 * i]!, rotations[2 * i + 1]!]),
    );
  }

  /** @internal */
  static wrap(handle: NativeEvaluationKeys): EvaluationKeys {
    return new EvaluationKeys(handle);
  }
}
