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

  async toBytes(options: RunOptions = {}): Promise<Uint8Array> {
    const watching = checkRun(checkOptions(options, runOptionNames, 'toBytes()'), 'toBytes()');
    return run(watching, (watch) => native.plaintextToBytes(Handle.unwrap(this), watch));
  }

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
