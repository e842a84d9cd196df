import { FormatError } from '../errors.js';
import type { ErrorDetails } from '../errors.js';

/** Names come from the file: bounded, and without what could disturb a terminal. */
export const quoted = (name: string): string =>
  `'${(name.length > 80 ? `${name.slice(0, 80)}…` : name).replaceAll(/\p{C}/gu, '�')}'`;

/** A graph that breaks the rules of ONNX: a missing tensor, a cycle, sizes that do not fit. */
export const malformed = (subject: string, problem: string, details: ErrorDetails = {}): FormatError =>
  new FormatError('FORMAT_CORRUPT', `${subject} ${problem}.`, { subject, ...details });

/** What a valid file may have and we do not read, with what to do instead. */
export const unsupported = (
  subject: string,
  problem: string,
  remedy: string,
  details: ErrorDetails = {},
): FormatError =>
  new FormatError('ONNX_UNSUPPORTED', `${subject} ${problem}. ${remedy}`, { subject, ...details });

/** Sizes above what is read. */
export const tooLarge = (subject: string, problem: string): FormatError =>
  new FormatError('FORMAT_TOO_LARGE', `${subject} ${problem}.`, { subject });
