import type { Axis, Mask } from './mask.js';

import { countsOf } from './program.js';
import type { MaskedNode, ProgramNode, WatchPoint } from './program.js';

// A program while it is written down: nodes without levels and without bootstraps.

/** Masks and the terms that use them, each mask written down once. */
export class MaskTable {
  readonly masks: Mask[] = [];
  readonly #known = new Map<string, number>();

  /** The number of a mask. */
  add(mask: Mask): number {
    const key = JSON.stringify(mask);
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.masks.push(mask) - 1;
      this.#known.set(key, index);
    }
    return index;
  }
}

/** Rotations that bring the sum over an axis to a position of it; cyclic where the axis reaches the last slot. */
export const foldToward = ({ stride, size }: Axis, position: number): number[] =>
  Array.from({ length: Math.log2(size) }, (_, bit) => stride * 2 ** bit * ((position >> bit) & 1 ? -1 : 1));

/** Rotations that copy what is at a position of an axis, zeros around it, to all of its positions. */
export const spreadFrom = (axis: Axis, position: number): number[] =>
  foldToward(axis, position).map((steps) => -steps);

/** The stages of one list of rotations a ciphertext: one number where they are alike. */
export function stagesOf(each: readonly (readonly number[])[]): number[][] {
  const [first] = each;
  return first!.map((_, stage) => {
    const steps = each.map((list) => list[stage]!);
    return steps.every((s) => s === steps[0]) ? [steps[0]!] : steps;
  });
}

export class Draft {
  readonly nodes: ProgramNode[] = [];
  /** Values that may be bootstrapped: no slot is above 1. */
  readonly refreshable = new Set<number>();
  readonly watched: WatchPoint[] = [];
  readonly results: number[] = [];

  constructor(readonly slots: number) {}

  add(node: ProgramNode, refreshable = false): number {
    const index = this.nodes.push(node) - 1;
    if (refreshable) this.refreshable.add(index);
    return index;
  }

  count(node: number): number {
    return countsOf(this.nodes)[node]!;
  }

  /** a + b, or a − b. */
  sum(sources: readonly number[], signs: readonly (1 | -1)[], refreshable = false): number {
    return this.add({ kind: 'sum', sources, signs }, refreshable);
  }

  /** Ciphertext i of one list times ciphertext i of another. */
  elementwise(left: number, right: number, refreshable = false): number {
    const terms = Array.from({ length: this.count(left) }, (_, i) => [[i, i] as const]);
    return this.add({ kind: 'product', left, right, terms }, refreshable);
  }

  fold(source: number, each: readonly (readonly number[])[]): number {
    const stages = stagesOf(each);
    return stages.length === 0 ? source : this.add({ kind: 'fold', source, stages });
  }

  masked(
    source: number,
    table: MaskTable,
    terms: MaskedNode['terms'],
    {
      rate,
      refreshable = false,
    }: { readonly rate?: number | undefined; readonly refreshable?: boolean } = {},
  ): number {
    return this.add(
      { kind: 'masked', source, masks: table.masks, terms, ...(rate !== undefined && { rate }) },
      refreshable,
    );
  }

  scale(source: number, factor: number, rate?: number): number {
    if (factor === 1 && rate === undefined) return source;
    return this.add({ kind: 'scale', source, factor, ...(rate !== undefined && { rate }) });
  }
}
