import { FormatError } from '../errors.js';

// Arrays of numbers in JSON: base64 of little-endian numbers, exact and a third of their decimal text.

/** Doubles in 8 bytes each, integers in 4. */
export function encodeNumbers(values: Float64Array | Int32Array): string {
  const size = values.BYTES_PER_ELEMENT;
  const bytes = Buffer.alloc(values.length * size);
  values.forEach((value, i) =>
    values instanceof Float64Array
      ? bytes.writeDoubleLE(value, i * size)
      : bytes.writeInt32LE(value, i * size),
  );
  return bytes.toString('base64');
}

/**
 * Doubles that encodeNumbers() wrote. Throws FormatError, in the name of `field`, for another length (where one is given)
 * and for values that are not finite. `owner` is what the field is of, in words.
 */
export function decodeDoubles(text: string, field: string, owner: string, length?: number): Float64Array {
  const bytes = decodeBytes(text, field, owner, 8, length);
  const values = Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new FormatError('FORMAT_CORRUPT', `${field} of ${owner} holds ${values[index]} at ${index}.`, {
      field,
      index,
    });
  return values;
}

/** The same for integers. */
export function decodeIntegers(text: string, field: string, owner: string, length: number): Int32Array {
  const bytes = decodeBytes(text, field, owner, 4, length);
  return Int32Array.from({ length }, (_, i) => bytes.readInt32LE(4 * i));
}

function decodeBytes(text: string, field: string, owner: string, size: number, length?: number): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const needed = size * (length ?? Math.floor(bytes.length / size));
  if (bytes.length === needed) return bytes;
  throw new FormatError(
    'FORMAT_CORRUPT',
    `${field} of ${owner} holds ${bytes.length} bytes; ${needed} are needed.`,
    { field },
  );
}
