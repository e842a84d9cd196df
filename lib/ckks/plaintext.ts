import { checkOptions, checkRun, requireBytes, runOptionNames } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativePlaintext, RunOptions } from '../native.js';
import { CkksParameters } from './parameters.js';

/** Encoded slots, ready to be added to ciphertexts and multiplied with them. Evaluator.encode() makes them. */
export class Plaintext extends Handle<NativePlaintext> {
  private constructor(handle: NativePlaintext) {
    super(handle);
  }

  /** Throws FormatError for bytes that are not a plaintext, ParameterError for one of another set. */
  static async fromBytes(
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<Plaintext> {
    const set = CkksParameters.native(parameters);
    requireBytes(bytes, 'the bytes of a plaintext');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'Plaintext.fromBytes()'),
      'Plaintext.fromBytes()',
    );
    return new Plaintext(await run(watching, (watch) => native.plaintextFromBytes(set, bytes, watch)));
  }

  /** An object of type 8 of docs/format.md; it hides nothing. */
  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.plaintextToBytes(Handle.unwrap(this), watch));
  }

  /** It works with ciphertexts of this level and above. */
  get level(): number {
    return call(() => native.describePlaintext(Handle.unwrap(this))).level;
  }
  /** No slot is larger. */
  get magnitude(): number {
    return call(() => native.describePlaintext(Handle.unwrap(this))).magnitude;
  }
  /** Bytes in memory. */
  get byteLength(): number {
    return call(() => native.describePlaintext(Handle.unwrap(this))).byteLength;
  }

  /** @internal */
  static wrap(handle: NativePlaintext): Plaintext {
    return new Plaintext(handle);
  }
}
