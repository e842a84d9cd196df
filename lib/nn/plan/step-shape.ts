import type { Shape } from '../shape.js';
import { entryCount } from '../sparse.js';
import type { FoldedStep } from './fold.js';
import type { Structure } from './transform-plan.js';

/** A linear step without a number in it. */
export interface LinearShape {
  readonly kind: 'linear';
  readonly sources: readonly number[];
  readonly structures: readonly Structure[];
  readonly shape: Shape;
}

/** A step of a folded network without its numbers: all that planning may look at. */
export type StepShape =
  | LinearShape
  | { readonly kind: 'square'; readonly sources: readonly [number] }
  | { readonly kind: 'product'; readonly sources: readonly [number, number] }
  | { readonly kind: 'polynomial'; readonly sources: readonly [number]; readonly degree: number };

export function shapeOfStep(step: FoldedStep): StepShape {
  switch (step.kind) {
    case 'linear':
      return {
        kind: 'linear',
        sources: step.sources,
        structures: step.matrices.map(({ rows, columns, offsets, indices }) => ({
          rows,
          columns,
          offsets,
          indices,
        })),
        shape: step.shape,
      };
    case 'polynomial':
      return { kind: 'polynomial', sources: step.sources, degree: step.chebyshev.length - 1 };
    case 'square':
    case 'product':
      return step;
  }
}

/** The most entries of a row, over all sources. */
export function rowEntriesOf({ structures }: Pick<LinearShape, 'structures'>): number {
  const rows = structures[0]?.rows ?? 0;
  let most = 0;
  for (let row = 0; row < rows; ++row) {
    const count = structures.reduce((sum, { offsets }) => sum + offsets[row + 1]! - offsets[row]!, 0);
    most = Math.max(most, count);
  }
  return most;
}

export const entriesOf = (structures: readonly Structure[]): number[] =>
  structures.map((structure) => entryCount(structure));
