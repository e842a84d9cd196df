import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { CancelledError, CiphernetError, errorCodes, errorOf, InternalError, SystemError } from './errors.js';
import type { ErrorCode } from './errors.js';
import type { Native, NativeWatch } from './native-addon.js';

export type * from './native-addon.js';

interface Loader {
  (root: string): Native;
  resolve(root: string): string;
}

// lib/ (tests, through tsx) and dist/ (published) are both one step below the package root.
const root = fileURLToPath(new URL('..', import.meta.url));

function load(): { native: Native; addonPath: string } {
  try {
    const loader = createRequire(import.meta.url)('node-gyp-build') as Loader;
    return { native: loader(root), addonPath: loader.resolve(root) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new SystemError(
      'ADDON_MISSING',
      `The native addon of ciphernet could not be loaded for ${process.platform}-${process.arch}. Run \`npm rebuild ciphernet\`, or in a checkout \`npm run build:native\`. (${reason})`,
      { platform: process.platform, arch: process.arch, root },
      { cause },
    );
  }
}

const loaded = load();

export const native: Native = loaded.native;

/** How a long operation is watched and stopped. */
export interface RunOptions {
  /** Aborting it rejects the promise with a CancelledError and frees what the operation held. */
  readonly signal?: AbortSignal | undefined;
  /** Called at most 20 times a second, and when all is done. Steps, not time. An exception in it stops the operation. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What the addon throws: { code, message, details }, with details as text. */
function toError(failure: unknown, through: (...args: never[]) => unknown): unknown {
  if (failure instanceof Error) return failure;
  const { code, message, details } = failure as {
    code: string;
    message: string;
    details: Record<string, string>;
  };
  if (!Object.hasOwn(errorCodes, code)) return new InternalError('INTERNAL', `Unknown failure: ${message}`);
  const values = Object.entries(details).map(([name, value]) => [
    name,
    /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  ]);
  const error = errorOf(code as ErrorCode, message, Object.fromEntries(values) as Record<string, unknown>);
  Error.captureStackTrace(error, through); // from the caller on
  return error;
}

/** Calls a function of the addon that answers at once. */
export function call<T>(body: () => T): T {
  try {
    return body();
  } catch (failure) {
    throw toError(failure, call);
  }
}

const cancelled = (signal: AbortSignal): CancelledError =>
  new CancelledError('The operation was cancelled.', {}, { cause: signal.reason });

/** Jobs by their signal: many may share one, which takes a single listener for them all. */
const jobsOf = new WeakMap<AbortSignal, Set<number>>();

function follow(signal: AbortSignal, id: number): void {
  const known = jobsOf.get(signal);
  if (known !== undefined) {
    known.add(id);
    return;
  }
  const jobs = new Set([id]);
  jobsOf.set(signal, jobs);
  const abort = (): void => {
    for (const job of jobs) native.cancel(job);
  };
  signal.addEventListener('abort', abort, { once: true });
}

/** Runs a job of the addon. Async functions that await it stand in the stack of its errors. */
export async function run<T>(
  options: RunOptions | undefined,
  start: (watch: NativeWatch | undefined) => Promise<T>,
): Promise<T> {
  const { signal, onProgress } = options ?? {};
  if (signal === undefined && onProgress === undefined) {
    try {
      return await start(undefined);
    } catch (failure) {
      throw toError(failure, run);
    }
  }
  if (signal?.aborted) throw cancelled(signal);
  let thrown: { readonly value: unknown } | undefined;
  const watch: NativeWatch = { id: 0 };
  if (onProgress !== undefined) {
    watch.onProgress = (done, total) => {
      if (thrown !== undefined) return;
      try {
        onProgress({ done, total });
      } catch (value) {
        thrown = { value };
        native.cancel(watch.id);
      }
    };
  }
  try {
    const job = start(watch);
    if (signal !== undefined) follow(signal, watch.id);
    const result = await job;
    if (thrown !== undefined) throw thrown.value;
    return result;
  } catch (failure) {
    if (thrown !== undefined) throw thrown.value;
    const error = toError(failure, run);
    throw error instanceof CiphernetError && error.code === 'CANCELLED' && signal?.aborted
      ? cancelled(signal)
      : error;
  } finally {
    if (signal !== undefined) jobsOf.get(signal)?.delete(watch.id);
  }
}

/** What was built and what it runs on. */
export interface BuildInfo {
  readonly version: string;
  /** The instruction set in use; CIPHERNET_CPU chooses another of `availableCpuLevels`. */
  readonly cpuLevel: string;
  readonly availableCpuLevels: readonly string[];
  /** Threads of the pool; CIPHERNET_THREADS sets them. */
  readonly threads: number;
  readonly addonPath: string;
}

/** The version, the instruction set in use, the number of threads, and which addon was loaded. */
export function info(): BuildInfo {
  return call(() => ({ ...native.info(), addonPath: loaded.addonPath }));
}
