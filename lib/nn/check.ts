import { ArgumentError } from '../errors.js';

/** Throws the package's argument error in its fixed wording. */
export function refuse(
  wanted: string,
  subject: string,
  received: string,
  details: Record<string, unknown> = {},
): never {
  throw new ArgumentError(`Expected ${wanted} for ${subject} but received ${received}`, details);
}

/** A value as it reads best inside an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value)
    return `a ${value.constructor.name} of length ${String(value.length)}`;
  return typeof value === 'object'
    ? `an object of class ${Object.prototype.toString.call(value).slice(8, -1)}`
    : `a ${typeof value}`;
}

/** Refuses anything but an integer of at least `minimum`. */
export function requireInteger(value: unknown, subject: string, minimum: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < minimum) {
    refuse(`an integer of at least ${minimum}`, subject, describe(value), { value, minimum });
  }
}

/** Refuses anything but a finite number. */
export function requireFinite(value: unknown, subject: string): asserts value is number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    refuse('a finite number', subject, describe(value), { value });
}

/** Refuses anything but a Float64Array of finite values (of the given length, if any). */
export function requireVector(
  values: unknown,
  subject: string,
  length?: number,
): asserts values is Float64Array {
  const wanted = length === undefined ? 'a Float64Array' : `a Float64Array of length ${length}`;
  if (!(values instanceof Float64Array)) refuse(wanted, subject, describe(values));
  if (length !== undefined && values.length !== length) {
    refuse(wanted, subject, `length ${values.length}`, { expected: length, received: values.length });
  }
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    refuse('finite values', subject, `${values[index]} at index ${index}`, { index, value: values[index] });
}
