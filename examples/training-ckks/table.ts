import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { ArgumentError } from '../../lib/errors.js';

/** Rows of a CSV file by the names of their columns. */
export interface Table {
  readonly rows: number;
  /** The text of a column. Throws ArgumentError for a name that is none. */
  text(column: string): readonly string[];
  /** A column of finite numbers. Throws ArgumentError with row and column for what is none. */
  numbers(column: string): Float64Array;
}

/** The table in a CSV text with a line of names. Throws ArgumentError for rows of other lengths, and for no row. */
export function parseTable(text: string, name: string): Table {
  let records: string[][];
  try {
    records = parse(text, { bom: true, skip_empty_lines: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`Expected CSV for ${name} but received text that is none: ${reason}`, { name });
  }
  const [header = [], ...body] = records;
  if (body.length === 0)
    throw new ArgumentError(`Expected a line of names and at least one row for ${name} but received none.`, {
      name,
    });
  const column = (wanted: string): string[] => {
    const index = header.indexOf(wanted);
    if (index < 0)
      throw new ArgumentError(`Expected a column ${wanted} for ${name} but received ${header.join(', ')}.`, {
        column: wanted,
      });
    return body.map((row) => row[index]!);
  };
  return {
    rows: body.length,
    text: column,
    numbers: (wanted) =>
      Float64Array.from(column(wanted), (cell, row) => {
        const value = cell.trim() === '' ? NaN : Number(cell);
        if (Number.isFinite(value)) return value;
        throw new ArgumentError(
          `Expected a finite number for ${wanted} in row ${row + 1} of ${name} but received "${cell.slice(0, 40)}".`,
          { column: wanted, row: row + 1, cell },
        );
      }),
  };
}

/** Reads a CSV file; what it is and where it is to be had are said where it is missing. */
export async function readTable(path: string, remedy: string): Promise<Table> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new ArgumentError(`Expected a readable file at ${path} but received ${reason}. ${remedy}`, {
      path,
      reason,
    });
  }
  return parseTable(text, path);
}
