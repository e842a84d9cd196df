import { InvalidArgumentError } from 'commander';

// What stands after an option, as text, becomes a value; commander names the option in its message.

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is no number.');
  return value;
}

export function parseCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is no whole number.');
  return Number(text);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `500MB`, `4GB`, or plain bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|TB)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It has the form 500MB or 4GB.');
  return Math.floor(Number(match[1]) * 1000 ** units.indexOf(match[2] ?? 'B'));
}
