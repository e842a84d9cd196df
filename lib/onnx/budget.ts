import { tooLarge } from './errors.js';

/** What limits the work that a file can ask for: numbers made, over all nodes. */
export interface Budget {
  readonly spend: (elements: number, subject: string) => void;
}

/** A file may have its own numbers made a few times over, and so many more. */
const freeElements = 2 ** 22;
const elementsPerByte = 4;

export function budgetFor(bytes: Uint8Array): Budget {
  let left = freeElements + elementsPerByte * bytes.length;
  return {
    spend: (elements, subject) => {
      left -= elements;
      if (left >= 0) return;
      throw tooLarge(
        subject,
        `makes numbers beyond ${freeElements} and ${elementsPerByte} for each of the ${bytes.length} bytes of the file`,
      );
    },
  };
}
