import { parse } from 'csv-parse/sync';
import { ArgumentError, FormatError } from '../errors.js';
import { readWhole } from '../files.js';
import { isNpy, readNpy } from './npy.js';
import type { Rows } from './npy.js';

/** Rows of numbers from CSV text: commas, one sample a line, a first line of names allowed, `#` begins a comment. */
export function readCsv(text: Buffer, file: string): Rows {
  let records: string[][];
  try {
    records = parse(text, { bom: true, comment: '#', skip_empty_lines: true, trim: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError('FORMAT_CORRUPT', `${file} is no CSV: ${message}.`, { file });
  }
  const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell));
  const names = records[0]?.every((cell) => !isNumber(cell)) === true;
  const rows = names ? records.slice(1) : records;
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new FormatError('FORMAT_CORRUPT', `${file} holds no rows of numbers.`, { file });
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, index) => {
    row.forEach((cell, column) => {
      if (!isNumber(cell)) {
        throw new FormatError(
          'FORMAT_CORRUPT',
          `${file} has ${JSON.stringify(cell.slice(0, 40))} in row ${index + 1}, column ${column + 1}, where a finite number belongs.`,
          { file, row: index + 1, column: column + 1 },
        );
      }
      values[index * width + column] = Number(cell);
    });
  });
  return { width, values };
}

/** Rows of a file, CSV or NumPy's format by its first bytes, each of `width` numbers. */
export async function readRows(file: string, width: number): Promise<Float64Array> {
  const bytes = await readWhole(file);
  const rows = isNpy(bytes) ? readNpy(bytes) : readCsv(bytes, file);
  if (rows.width !== width) {
    throw new ArgumentError(`Expected rows of ${width} numbers but those of ${file} have ${rows.width}.`, {
      file,
      expected: width,
      received: rows.width,
    });
  }
  return rows.values;
}

/** Rows as CSV text, every number in the shortest decimal text that reads back as itself. */
export function formatCsv({ width, values }: Rows): string {
  const lines: string[] = [];
  for (let start = 0; start < values.length; start += width)
    lines.push(values.subarray(start, start + width).join(','));
  return lines.join('\n') + '\n';
}
