import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';

/**
 * Where the elements of a tensor [channels, height, width] (or [units], as [1, 1, units]) lie in the slots of a sample.
 * A convolution of stride s leaves its results where its inputs were, s apart (`gap`), and puts further channels into the
 * holes, so that few diagonals are needed (multiplexed packing; Lee et al., "Low-complexity deep convolutional neural
 * networks on fully homomorphic encryption using multiplexed parallel convolutions", 2022).
 */
export interface Layout {
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Slots from one row to the next at gap 1, and from one plane of gap² channels to the next. */
  readonly pitch: number;
  readonly plane: number;
  readonly gap: readonly [vertical: number, horizontal: number];
  /** The slots repeat after so many, a power of two; places are below it. */
  readonly period: number;
}

const asPicture = (shape: Shape): [number, number, number] =>
  shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, sizeOf(shape)];

/** The least power of two that is not below a count. */
export const powerAbove = (count: number): number => 2 ** Math.ceil(Math.log2(count));

/** Row by row, one element after another. */
export function rasterLayout(shape: Shape, period = powerAbove(sizeOf(shape))): Layout {
  const [channels, height, width] = asPicture(shape);
  return {
    shape: [channels, height, width],
    pitch: width,
    plane: height * width,
    gap: [1, 1],
    period,
  };
}

/** Row by row with rows and planes padded to powers of two, so that rows are few rotations apart. */
export function paddedLayout(shape: Shape): Layout {
  const [channels, height, width] = asPicture(shape);
  const pitch = powerAbove(width);
  const plane = pitch * powerAbove(height);
  return {
    shape: [channels, height, width],
    pitch,
    plane,
    gap: [1, 1],
    period: plane * powerAbove(channels),
  };
}

/** Where a picture of this shape lies when its places stay near those of `source`, which it shrinks; undefined where they cannot. */
export function multiplexedLayout(shape: Shape, source: Layout, period: number): Layout | undefined {
  const [channels, height, width] = asPicture(shape);
  const [, fromHeight, fromWidth] = source.shape;
  if (height === 1 && width === 1) return undefined;
  const shrink = [
    Math.max(1, Math.floor(fromHeight / height)),
    Math.max(1, Math.floor(fromWidth / width)),
  ] as const;
  const gap = [source.gap[0] * shrink[0], source.gap[1] * shrink[1]] as const;
  const layout: Layout = {
    shape: [channels, height, width],
    pitch: source.pitch,
    plane: source.plane,
    gap,
    period,
  };
  const inPlane =
    (height - 1) * gap[0] + gap[0] <= source.plane / source.pitch && width * gap[1] <= source.pitch;
  return inPlane && extent(layout) <= period ? layout : undefined;
}

/** The slot of every element, row by row of the tensor. */
export function places({ shape: [channels, height, width], pitch, plane, gap }: Layout): Int32Array {
  const positions = new Int32Array(channels * height * width);
  const inPlane = gap[0] * gap[1];
  let at = 0;
  for (let channel = 0; channel < channels; ++channel) {
    const hole = channel % inPlane;
    const base = Math.floor(channel / inPlane) * plane + Math.floor(hole / gap[1]) * pitch + (hole % gap[1]);
    for (let y = 0; y < height; ++y)
      for (let x = 0; x < width; ++x) positions[at++] = base + y * gap[0] * pitch + x * gap[1];
  }
  return positions;
}

/** After how many slots all of these repeat: periods are powers of two. */
export const longestPeriod = (layouts: readonly Layout[]): number =>
  Math.max(...layouts.map((layout) => layout.period));

/** The slots that a layout reaches over: its last place and one. */
export function extent(layout: Layout): number {
  return places(layout).reduce((last, place) => Math.max(last, place), 0) + 1;
}
