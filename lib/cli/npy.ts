import { FormatError } from '../errors.js';

/** Rows of numbers of one width, one after the other. */
export interface Rows {
  readonly width: number;
  readonly values: Float64Array;
}

const magic = Buffer.from('\x93NUMPY', 'latin1');

const corrupt = (message: string, field: string): FormatError =>
  new FormatError('FORMAT_CORRUPT', `The .npy file is not valid: ${message}.`, { field });

export const isNpy = (bytes: Uint8Array): boolean =>
  bytes.length >= magic.length && magic.equals(bytes.subarray(0, magic.length));

/**
 * Reads an array in NumPy's format (NEP 1, versions 1 to 3): little-endian float32 or float64 in C order. Its first axis
 * counts rows, the others make their width. Throws FormatError.
 */
export function readNpy(bytes: Buffer): Rows {
  if (!isNpy(bytes))
    throw new FormatError('FORMAT_MAGIC', 'These bytes are no array in the format of NumPy.');
  if (bytes.length < 12) throw new FormatError('FORMAT_TRUNCATED', 'The .npy file ends within its header.');
  const version = bytes.readUInt8(6);
  if (version < 1 || version > 3) {
    throw new FormatError('FORMAT_VERSION', `Version ${version} of the .npy format is not known.`, {
      version,
    });
  }
  const headerAt = version === 1 ? 10 : 12;
  const dataAt = headerAt + (version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (dataAt > bytes.length) {
    throw new FormatError('FORMAT_TRUNCATED', 'The .npy file ends within its header.');
  }
  // A Python dictionary with these three keys, in any order.
  const header = bytes.subarray(headerAt, dataAt).toString('latin1');
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shapeText = /'shape': *\(([\d, ]*)\)/.exec(header)?.[1];
  if (type !== '<f8' && type !== '<f4')
    throw corrupt(`expected numbers of type <f8 or <f4 but found ${type ?? 'none'}`, 'descr');
  if (order !== 'False') throw corrupt('expected rows in C order (fortran_order: False)', 'fortran_order');
  const shape = (shapeText ?? '')
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '')
    .map(Number);
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const total = (shape[0] ?? 0) * width;
  if (shape.length < 1 || !Number.isSafeInteger(total) || total < 1)
    throw corrupt(`expected a shape of at least one row but found (${shapeText ?? ''})`, 'shape');
  const size = type === '<f8' ? 8 : 4;
  if (bytes.length - dataAt !== total * size)
    throw corrupt(`its shape asks for ${total * size} bytes but ${bytes.length - dataAt} follow`, 'shape');
  const values = Float64Array.from({ length: total }, (_, i) =>
    size === 8 ? bytes.readDoubleLE(dataAt + i * 8) : bytes.readFloatLE(dataAt + i * 4),
  );
  return { width, values };
}
