import { conv2d, reshape } from '../nn/layers.js';
import type { Layer } from '../nn/layers.js';
import type { Tensor } from '../nn/model.js';
import { sameShape } from '../nn/shape.js';
import { elementsOf, mostAxes, mostElements } from './constants.js';
import type { Constant } from './constants.js';
import type { Budget } from './budget.js';
import { malformed, tooLarge, unsupported } from './errors.js';

/** A tensor that depends on the input. */
export interface Traced {
  readonly kind: 'traced';
  /** Whether axis 0 is a batch of any size; `shape` then has the other axes. A batch of one is an axis like any other. */
  readonly batch: boolean;
  readonly shape: readonly number[];
  /** The elements of `shape` row by row, in whatever shape they last were. */
  readonly tensor: Tensor;
}

export type Value = Constant | Traced;

/** How many axes the tensor has in the file. */
export const rankOf = (value: Value): number =>
  value.kind === 'constant' ? value.dims.length : value.shape.length + (value.batch ? 1 : 0);

/** The dimensions as messages show them. */
export const dimsName = (value: Value): string =>
  value.kind === 'constant'
    ? `[${value.dims.join(', ')}]`
    : `[${[...(value.batch ? ['batch'] : []), ...value.shape].join(', ')}]`;

export const mixesBatch = (subject: string, what: string): Error =>
  unsupported(
    subject,
    `${what}, which mixes the samples of a batch`,
    'Keep the batch as the first axis from input to output, or export the model for a batch of one.',
  );

/** The elements in this shape for a layer; a reshape only where they are in another. */
export function arranged({ tensor }: Traced, shape: readonly number[]): Tensor {
  const wanted = shape.length === 0 ? [1] : shape;
  return sameShape(tensor.shape, wanted) ? tensor : tensor.apply(reshape(wanted));
}

/** The same elements (or, with `tensor`, others) under another shape. */
export const reshaped = (value: Traced, shape: readonly number[], tensor = value.tensor): Traced => ({
  ...value,
  shape,
  tensor,
});

/** What a layer makes of each element. */
export const mapped = (value: Traced, layer: Layer): Traced => ({
  ...value,
  tensor: value.tensor.apply(layer),
});

/** An axis of the file as an axis of `shape`: -1 for the batch. Refuses what is no axis. */
export function sampleAxis(value: Traced, axis: number, subject: string): number {
  const rank = rankOf(value);
  return normalAxis(axis, rank, subject) - (value.batch ? 1 : 0);
}

/** Counted from the front. */
export function normalAxis(axis: number, rank: number, subject: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw malformed(subject, `names axis ${axis} of a tensor with ${rank} axes`);
  return axis < 0 ? axis + rank : axis;
}

/** The common shape of two, by the rules of numpy; undefined where there is none. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let i = 0; i < rank; ++i) {
    const [x, y] = [a, b].map((shape) => shape[shape.length - rank + i] ?? 1) as [number, number];
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}

/** Refuses results above what is computed for one sample. */
export function checkSize(shape: readonly number[], subject: string): void {
  if (shape.length > mostAxes)
    throw tooLarge(subject, `gives a tensor of ${shape.length} axes; ${mostAxes} are read`);
  if (elementsOf(shape) > mostElements)
    throw tooLarge(subject, `gives a tensor of ${shape.join(' × ')}; ${mostElements} elements are read`);
}

/**
 * The tensor repeated along axes of size 1, up to `shape`: for each run of such axes a convolution of single places in which
 * every channel is a group with as many filters of weight 1 as there are copies.
 */
export function broadcastTo(
  value: Traced,
  shape: readonly number[],
  budget: Budget,
  subject: string,
): Traced {
  let current = reshaped(value, [
    ...Array<number>(shape.length - value.shape.length).fill(1),
    ...value.shape,
  ]);
  checkSize(shape, subject);
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    if (current.shape[axis] === shape[axis]) continue;
    let begin = axis;
    while (begin > 0 && current.shape[begin - 1] !== shape[begin - 1]) --begin;
    const copies = elementsOf(shape.slice(begin, axis + 1));
    const channels = elementsOf(current.shape.slice(0, begin));
    const rest = elementsOf(current.shape.slice(axis + 1));
    const filters = channels * copies;
    if (filters > 65536) throw tooLarge(subject, `repeats a tensor ${filters} times; 65536 is the most`);
    budget.spend(filters, subject);
    const layer = conv2d({
      channels,
      filters,
      kernel: 1,
      groups: channels,
      weights: new Float64Array(filters).fill(1),
    });
    const tensor = arranged(current, [channels, rest, 1]).apply(layer);
    const next = current.shape.map((size, i) => (i >= begin && i <= axis ? shape[i]! : size));
    current = reshaped(current, next, tensor);
    axis = begin;
  }
  return current;
}

/** A dimension of the file. */
export type Dimension = number | 'batch';

export const dimensionsOf = (value: Value): readonly Dimension[] =>
  value.kind === 'constant' ? value.dims : [...(value.batch ? ['batch' as const] : []), ...value.shape];

/** The tensor under other dimensions of the file, of as many elements; the batch must still come first. */
export function withDimensions(
  value: Traced,
  dimensions: readonly Dimension[],
  subject: string,
  tensor = value.tensor,
): Traced {
  const shape = dimensions.filter((dimension) => dimension !== 'batch');
  if (value.batch && (dimensions[0] !== 'batch' || shape.length !== dimensions.length - 1))
    throw mixesBatch(subject, `gives a tensor of [${dimensions.join(', ')}]`);
  checkSize(shape, subject);
  return reshaped(value, shape, tensor);
}

/** Without the named axes, or without all of size 1. */
export function squeezed(
  dimensions: readonly Dimension[],
  axes: readonly number[] | undefined,
  subject: string,
): readonly Dimension[] {
  if (axes === undefined) return dimensions.filter((dimension) => dimension !== 1);
  const gone = new Set(axes.map((axis) => normalAxis(axis, dimensions.length, subject)));
  for (const axis of gone)
    if (dimensions[axis] !== 1)
      throw dimensions[axis] === 'batch'
        ? mixesBatch(subject, 'removes the axis of the batch')
        : malformed(subject, `removes axis ${axis} of size ${dimensions[axis]}`);
  return dimensions.filter((_, axis) => !gone.has(axis));
}

/** With axes of size 1 at these places of the result. */
export function unsqueezed(
  dimensions: readonly Dimension[],
  axes: readonly number[],
  subject: string,
): readonly Dimension[] {
  const rank = dimensions.length + axes.length;
  if (rank > mostAxes + 1) throw tooLarge(subject, `gives a tensor of ${rank} axes; ${mostAxes} are read`);
  const made = new Set(axes.map((axis) => normalAxis(axis, rank, subject)));
  if (made.size !== axes.length) throw malformed(subject, `names an axis twice in [${axes.join(', ')}]`);
  const rest = [...dimensions];
  return Array.from({ length: rank }, (_, axis) => (made.has(axis) ? 1 : rest.shift()!));
}

/** Every axis once, counted from the front; the reversal of all axes if absent. */
export function checkedPermutation(
  permutation: readonly number[] | undefined,
  rank: number,
  subject: string,
): readonly number[] {
  const result = permutation ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const axes = new Set(result.map((axis) => normalAxis(axis, rank, subject)));
  if (result.length !== rank || axes.size !== rank)
    throw malformed(subject, `has the permutation [${result.join(', ')}] for ${rank} axes`);
  return [...axes];
}
