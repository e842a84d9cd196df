import type { Row } from './rows.js';

export const digits = (x: number): string => (x >= 100 ? x.toFixed(0) : String(Number(x.toPrecision(3))));

export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

export const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Where and when a row was measured. */
export const origin = ({ machine, date, commit }: Row): string => `${machine}; ${date}; commit ${commit}`;
