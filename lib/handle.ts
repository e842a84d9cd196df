import { ArgumentError } from './errors.js';
import { call, native } from './native.js';
import type { NativeHandle } from './native.js';

/**
 * A thin object that stands for one of the native core. The core frees it when the last reference is gone (the collector
 * knows how much it weighs); dispose() or `using` frees it at once. Operations that still run keep what they need.
 */
export abstract class Handle<Native extends NativeHandle = NativeHandle> implements Disposable {
  readonly #native: Native;
  #disposed = false;

  protected constructor(handle: Native) {
    this.#native = handle;
  }

  /** Frees the native object. Using it afterwards is an error (DISPOSED); disposing twice is none. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    call(() => {
      native.dispose(this.#native);
    });
  }

  /** Whether dispose() was called; any other use is then refused. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The native object of a handle that is already known to be of the right class.
   *
   * @internal
   */
  static unwrap<Native extends NativeHandle>(handle: Handle<Native>): Native {
    // An object with a handle's prototype that no constructor made.
    if (!(#native in handle))
      throw new ArgumentError('Expected a handle made by ciphernet but received a foreign object.');
    return handle.#native;
  }
}
