import { ArgumentError, CancelledError } from './errors.js';
import type { ErrorDetails } from './errors.js';
import type { RunOptions } from './native.js';

// Checks of what users hand over: all in TypeScript, in one wording.

const withArticle = (noun: string): string => `${/^[AEIOU]/i.test(noun) ? 'an' : 'a'} ${noun}`;

/** A value as it reads best in a message. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
  }
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value)
    return withArticle(`${value.constructor.name} of length ${String(value.length)}`);
  const name = Object.getPrototypeOf(value) === null ? 'Object' : value.constructor.name;
  return name === 'Object' ? 'a plain object' : `an object of class ${name}`;
}

/** Throws the package's argument error in its fixed wording, with what was received in words. */
export function refuseReceived(
  wanted: string,
  subject: string,
  received: string,
  details: ErrorDetails = {},
  code: 'INVALID_ARGUMENT' | 'NOT_FINITE' = 'INVALID_ARGUMENT',
): never {
  throw new ArgumentError(`Expected ${wanted} for ${subject} but received ${received}.`, details, code);
}

/** The same for a value, which is described. */
export function refuse(wanted: string, subject: string, value: unknown, details: ErrorDetails = {}): never {
  refuseReceived(wanted, subject, describe(value), details);
}

/** Refuses anything but an integer from `least` to `most`, or to where integers of a double end. */
export function requireInteger(
  value: unknown,
  subject: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return;
  const wanted = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  refuse(`an integer ${wanted}`, subject, value, { value });
}

/** Refuses anything but a finite number. */
export function requireFinite(value: unknown, subject: string): asserts value is number {
  if (typeof value !== 'number') refuse('a number', subject, value);
  if (!Number.isFinite(value))
    refuseReceived('a finite number', subject, String(value), { value }, 'NOT_FINITE');
}

/** Refuses anything but a finite number above zero. */
export function requirePositive(value: unknown, subject: string): asserts value is number {
  requireFinite(value, subject);
  if (value <= 0) refuse('a number above 0', subject, value, { value });
}

/** Refuses anything but a finite number that is not negative. */
export function requireNonNegative(value: unknown, subject: string): asserts value is number {
  requireFinite(value, subject);
  if (value < 0) refuse('a number of at least 0', subject, value, { value });
}

export function requireBoolean(value: unknown, subject: string): asserts value is boolean {
  if (typeof value !== 'boolean') refuse('a boolean', subject, value);
}

export function requireBytes(value: unknown, subject: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) refuse('a Uint8Array', subject, value);
}

/** Refuses anything but a Float64Array of finite numbers (of this length, if one is given). */
export function requireVector(
  value: unknown,
  subject: string,
  length?: number,
): asserts value is Float64Array {
  const wanted = length === undefined ? 'a Float64Array' : `a Float64Array of length ${length}`;
  if (!(value instanceof Float64Array) || (length !== undefined && value.length !== length))
    refuse(wanted, subject, value);
  const index = value.findIndex((x) => !Number.isFinite(x));
  if (index >= 0) {
    const found = value[index]!;
    const received = `${found} at index ${index}`;
    refuseReceived('finite numbers', subject, received, { index, value: found }, 'NOT_FINITE');
  }
}

/** Refuses anything but an object of this class. */
export function requireInstance<T>(
  value: unknown,
  type: { readonly prototype: T; readonly name: string },
  subject: string,
): asserts value is T {
  if (!(value instanceof (type as unknown as new () => object)))
    refuse(withArticle(type.name), subject, value);
}

/** How many single-letter edits lie between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}

/** Refuses anything but an object (or nothing) with known options; names the one that was probably meant. */
export function checkOptions<T extends object>(
  options: T | undefined,
  known: readonly (keyof T & string)[],
  subject: string,
): T {
  if (options === undefined) return {} as T;
  if (
    typeof options !== 'object' ||
    (options as unknown) === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  )
    refuse('an object', `the options of ${subject}`, options);
  for (const name of Object.keys(options)) {
    if ((known as readonly string[]).includes(name)) continue;
    const near = known.toSorted(
      (a, b) => distance(name.toLowerCase(), a.toLowerCase()) - distance(name.toLowerCase(), b.toLowerCase()),
    )[0];
    const meant =
      near !== undefined && distance(name.toLowerCase(), near.toLowerCase()) <= 3
        ? ` Did you mean ${near}?`
        : '';
    throw new ArgumentError(
      `Unknown option ${name} for ${subject}.${meant} The options are ${known.join(', ')}.`,
      { option: name },
    );
  }
  return options;
}

/** Refuses a wrong signal or callback; both may be absent. */
export function checkRun(options: RunOptions, subject: string): RunOptions {
  const { signal, onProgress } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuse('an AbortSignal', `the option signal of ${subject}`, signal);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    refuse('a function', `the option onProgress of ${subject}`, onProgress);
  return { signal, onProgress };
}

/** Throws CancelledError where it was asked to stop. */
export function requireGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new CancelledError('The operation was cancelled.', {}, { cause: signal.reason });
}

export const runOptionNames = ['signal', 'onProgress'] as const;
