import { FormatError } from '../errors.js';

// Arrays of numbers in JSON: base64 of little-endian doubles, exact and a third of their decimal text.

export function encodeDoubles(values: Float64Array): string {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
  return bytes.toString('base64');
}

/**
 * Reads what encodeDoubles() wrote. Throws FormatError, in the name of `field`, for another length (where one is given) and
 * for values that are not finite.
 */
export function decodeDoubles(text: string, field: string, length?: number): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  const needed = length ?? Math.floor(bytes.length / 8);
  if (bytes.length !== needed * 8) {
    throw new FormatError(
      'FORMAT_CORRUPT',
      `${field} holds ${bytes.length} bytes; ${needed * 8} are needed.`,
      {
        field,
      },
    );
  }
  const values = Float64Array.from({ length: needed }, (_, i) => bytes.readDoubleLE(i * 8));
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0)
    throw new FormatError('FORMAT_CORRUPT', `${field} holds ${values[index]} at ${index}.`, { field, index });
  return values;
}
