import { refuse, requireFinite, requireInstance } from '../check.js';
import { ArgumentError } from '../errors.js';
import { Handle } from '../handle.js';
import type { NativeRightHand } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import { Plaintext } from './plaintext.js';
import type { Complex } from './slots.js';

/** What a ciphertext is combined with. */
export type Operand = Ciphertext | Plaintext | number | Complex;

/** Refuses lists of different lengths, and one ciphertext beside a list. */
export function requireOneEach(
  a: Ciphertext | readonly Ciphertext[],
  b: unknown,
  subject = 'right operands as left ones',
): void {
  const expected = Array.isArray(a) ? (a as readonly Ciphertext[]).length : 1;
  const received = Array.isArray(b) ? b.length : 1;
  if (Array.isArray(a) === Array.isArray(b) && expected === received) return;
  throw new ArgumentError(`Expected as many ${subject} (${expected}) but received ${received}.`, {
    expected,
    received,
  });
}

/** The right operands as the addon takes them: all of one kind, one for all or one each. */
export function rightHand(
  a: Ciphertext | readonly Ciphertext[],
  b: Operand | readonly Operand[],
): NativeRightHand {
  // Array.from() turns holes into undefined, which is refused below.
  const list = Array.isArray(b) ? Array.from(b as readonly Operand[]) : [b as Operand];
  if (Array.isArray(b)) requireOneEach(a, b);
  const subject = (i: number): string =>
    Array.isArray(b) ? `the right operand [${i}]` : 'the right operand';
  const [first] = list;
  if (list.every((entry) => entry instanceof Ciphertext))
    return Ciphertext.natives(list, 'the right operand');
  if (first instanceof Plaintext) {
    return list.map((entry, i) => {
      requireInstance(entry, Plaintext, subject(i));
      return Handle.unwrap(entry);
    });
  }
  const numbers = new Float64Array(2 * list.length);
  list.forEach((entry: unknown, i) => {
    const { re, im } = typeof entry === 'number' ? { re: entry, im: 0 } : complex(entry, first, subject(i));
    requireFinite(re, subject(i));
    requireFinite(im, subject(i));
    numbers.set([re, im], 2 * i);
  });
  return numbers;
}

function complex(value: unknown, first: unknown, subject: string): Complex {
  if (first instanceof Ciphertext) refuse('a Ciphertext, as the others are,', subject, value);
  if (typeof value === 'object' && value !== null && 're' in value && 'im' in value) return value as Complex;
  refuse('a Ciphertext, a Plaintext, a number or { re, im }', subject, value);
}
