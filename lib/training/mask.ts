// Clear vectors of slots as a plan holds them: the product of indicators along axes, times a number.

/** Positions along an axis of the slots: ⌊slot / stride⌋ modulo size. Both are powers of two. */
export interface Axis {
  readonly stride: number;
  readonly size: number;
}

/** `count` positions from `first` on. */
export type Run = readonly [first: number, count: number];

/** Which positions along an axis. */
export interface AxisRuns extends Axis {
  readonly runs: readonly Run[];
}

/** `factor` in the slots whose position is in a run along every axis, 0 in all others. */
export interface Mask {
  readonly axes: readonly AxisRuns[];
  readonly factor: number;
}

/** The position of a slot along an axis. */
export const positionOf = (slot: number, { stride, size }: Axis): number => Math.floor(slot / stride) % size;

/** Ascending positions as runs. */
export function runsOf(positions: readonly number[]): Run[] {
  const runs: [number, number][] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === position) ++last[1];
    else runs.push([position, 1]);
  }
  return runs;
}

/** The first positions of an axis; no restriction where that is all of them. */
export const firstOf = (axis: Axis, count: number): AxisRuns[] =>
  count >= axis.size ? [] : [{ ...axis, runs: [[0, count]] }];

/** One position of an axis; no restriction where there is only one. */
export const oneOf = (axis: Axis, position: number): AxisRuns[] =>
  axis.size === 1 ? [] : [{ ...axis, runs: [[position, 1]] }];

/** Adds the vector to `into`. */
export function addMask(into: Float64Array, { axes, factor }: Mask): void {
  const allowed = axes.map(({ size, runs }) => {
    const table = new Uint8Array(size);
    for (const [first, count] of runs) table.fill(1, first, first + count);
    return table;
  });
  for (let slot = 0; slot < into.length; ++slot) {
    if (axes.every((axis, i) => allowed[i]![positionOf(slot, axis)] === 1)) into[slot]! += factor;
  }
}

/** The vector itself. */
export function maskValues(masks: readonly Mask[], slots: number): Float64Array {
  const values = new Float64Array(slots);
  for (const mask of masks) addMask(values, mask);
  return values;
}
