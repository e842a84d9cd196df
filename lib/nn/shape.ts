import { refuse, requireInteger } from '../check.js';

/** Sizes of a tensor, outermost first, stored row by row: [units], or [channels, height, width]. */
export type Shape = readonly number[];

/** How many numbers a tensor of this shape holds. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const shapeName = (shape: Shape): string => shape.join(' × ');

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** Refuses anything but a list of one to eight sizes of at least 1; gives a frozen copy. */
export function requireShape(shape: unknown, subject: string): Shape {
  if (!Array.isArray(shape) || shape.length === 0 || shape.length > 8)
    refuse('a list of one to eight sizes', subject, shape);
  return Object.freeze(
    shape.map((size: unknown, axis) => {
      requireInteger(size, `size ${axis} of ${subject}`, 1, 2 ** 24);
      return size;
    }),
  );
}

/** Elements from one index of an axis to the next. */
export const stridesOf = (shape: Shape): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
