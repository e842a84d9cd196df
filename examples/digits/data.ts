import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '../../lib/errors.js';

export const kSide = 8;
export const kPixels = kSide * kSide;
export const kClasses = 10;
/** Rows at the end of the file that are read for the final figure only. */
export const kTestRows = 360;
const kDarkest = 16;

export interface Digits {
  readonly rows: number;
  /** rows × 64 values in [0, 1], row by row: the file's integers over 16. */
  readonly pixels: Float64Array;
  /** One digit, 0 … 9, a row. */
  readonly labels: Uint8Array;
}

/** `training`: all rows but the last 360. `test`: the last 360. */
export type DigitsPart = 'training' | 'test';

export const digitsFile = fileURLToPath(new URL('data/digits8x8.csv', import.meta.url));

/** An integer of a field of the file, in [0, largest]; `where` says which field for the error. */
function parseInteger(field: string, largest: number, where: string): number {
  if (!/^\d+$/.test(field) || Number(field) > largest) {
    throw new ArgumentError(`Expected an integer from 0 to ${largest} for ${where} but received "${field}"`, {
      field,
    });
  }
  return Number(field);
}

/** Reads the text of the CSV file: one header line, then rows of 64 pixels and a digit. */
export function parseDigits(text: string, name = 'the digits data'): Digits {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const header = lines[0]?.split(',') ?? [];
  if (header.length !== kPixels + 1 || header[0] !== 'p00' || header.at(-1) !== 'digit') {
    const received = `a line of ${header.length} columns, "${(lines[0] ?? '').slice(0, 20)}"`;
    throw new ArgumentError(`Expected the header p00,…,p77,digit for ${name} but received ${received}`, {
      line: 1,
    });
  }
  const rows = lines.length - 1;
  const pixels = new Float64Array(rows * kPixels);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; ++row) {
    const fields = lines[row + 1]!.split(',');
    const line = `line ${row + 2} of ${name}`;
    if (fields.length !== kPixels + 1) {
      const details = { line: row + 2, columns: fields.length };
      throw new ArgumentError(
        `Expected ${kPixels + 1} columns for ${line} but received ${fields.length}`,
        details,
      );
    }
    for (let i = 0; i < kPixels; ++i) {
      pixels[row * kPixels + i] = parseInteger(fields[i]!, kDarkest, `${header[i]} in ${line}`) / kDarkest;
    }
    labels[row] = parseInteger(fields[kPixels]!, kClasses - 1, `digit in ${line}`);
  }
  return { rows, pixels, labels };
}

/** The rows `from` … `to` − 1. */
export function sliceDigits(digits: Digits, from: number, to: number): Digits {
  return {
    rows: to - from,
    pixels: digits.pixels.slice(from * kPixels, to * kPixels),
    labels: digits.labels.slice(from, to),
  };
}

/** Reads one part of the data: whoever trains never holds the test rows. */
export async function readDigits(part: DigitsPart, path = digitsFile): Promise<Digits> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ArgumentError(
      `Expected a readable file for the digits data at ${path} but received ${reason}`,
      { path, reason },
    );
  }
  const digits = parseDigits(text, path);
  if (digits.rows <= kTestRows) {
    const received = `${digits.rows} rows`;
    throw new ArgumentError(`Expected more than ${kTestRows} rows for ${path} but received ${received}`, {
      rows: digits.rows,
    });
  }
  const boundary = digits.rows - kTestRows;
  return part === 'training' ? sliceDigits(digits, 0, boundary) : sliceDigits(digits, boundary, digits.rows);
}
