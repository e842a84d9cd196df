import { averagePool2d, batchNorm, conv2d, globalAveragePool } from '../../nn/layers.js';
import type { Padding } from '../../nn/layers.js';
import { floatAttribute, intAttribute, sizesAttribute, stringAttribute } from '../attributes.js';
import type { Operands } from '../attributes.js';
import { elementsOf } from '../constants.js';
import { malformed, unsupported } from '../errors.js';
import type { OnnxNode } from '../graph.js';
import { arranged, checkSize, dimsName, mapped, mixesBatch, reshaped, sampleAxis } from '../values.js';
import type { Traced } from '../values.js';
import { affineOf, numberConstant } from './elementwise.js';
import type { Operator } from './operator.js';

// Windows over pictures, and means. A signal of one dimension is a picture of width 1.

type Two = readonly [number, number];

/** The channels and places of one sample: [channels, height] or [channels, height, width] after the batch. */
interface Picture {
  readonly value: Traced;
  readonly channels: number;
  /** One size or two. */
  readonly places: readonly number[];
  /** The dimensions before the channels, to be put back. */
  readonly before: readonly number[];
}

function pictureOf(operands: Operands): Picture {
  const { subject } = operands.node;
  const value = operands.traced(0, 'its picture');
  const shape = value.batch ? value.shape : value.shape.slice(1);
  if (!value.batch && (value.shape[0] ?? 1) !== 1)
    throw mixesBatch(subject, `takes ${value.shape[0]} pictures out of one sample (${dimsName(value)})`);
  if (shape.length < 2) throw malformed(subject, `takes pictures but receives ${dimsName(value)}`);
  if (shape.length > 3)
    throw unsupported(
      subject,
      `has windows of ${shape.length - 1} dimensions`,
      'One and two dimensions are read.',
    );
  const [channels, ...places] = shape as [number, ...number[]];
  return { value, channels, places, before: value.batch ? [] : [1] };
}

const flat = ({ value, channels, places }: Picture): ReturnType<typeof arranged> =>
  arranged(value, [channels, places[0]!, places[1] ?? 1]);

/** One number a dimension as height and width. */
const two = (list: readonly number[], fallback: number): Two => [list[0]!, list[1] ?? fallback];

/** Places at the edges, by the attributes pads and auto_pad. */
function paddingOf(
  node: OnnxNode,
  places: readonly number[],
  span: readonly number[],
  stride: readonly number[],
): Padding {
  const rank = places.length;
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET');
  let pads = sizesAttribute(node, 'pads', 2 * rank, 0, 0);
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const totals = places.map((size, i) =>
      Math.max(0, (Math.ceil(size / stride[i]!) - 1) * stride[i]! + span[i]! - size),
    );
    const less = totals.map((total) => Math.floor(total / 2));
    const more = totals.map((total) => Math.ceil(total / 2));
    pads = mode === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
  } else if (mode === 'VALID') pads = pads.map(() => 0);
  else if (mode !== 'NOTSET')
    throw malformed(node.subject, `has the attribute auto_pad = ${JSON.stringify(mode)}`);
  return [pads[0]!, rank === 2 ? pads[1]! : 0, pads[rank]!, rank === 2 ? pads[3]! : 0];
}

const withPlaces = (picture: Picture, tensor: Traced['tensor'], subject: string): Traced => {
  const [channels, height, width] = tensor.shape as readonly [number, number, number];
  const shape = [...picture.before, channels, height, ...(picture.places.length === 2 ? [width] : [])];
  checkSize(shape, subject);
  return reshaped(picture.value, shape, tensor);
};

const convolution: Operator = (operands, budget) => {
  const { node } = operands;
  const { subject } = node;
  const picture = pictureOf(operands);
  const rank = picture.places.length;
  const weights = operands.constant(1, 'weights');
  const bias = operands.optionalConstant(2, 'a bias');
  if (weights.dims.length !== rank + 2)
    throw malformed(
      subject,
      `convolves ${dimsName(picture.value)} with weights of [${weights.dims.join(', ')}]`,
    );
  const [filters, perGroup, ...kernel] = weights.dims as [number, number, ...number[]];
  const groups = intAttribute(node, 'group', 1);
  if (perGroup * groups !== picture.channels)
    throw malformed(
      subject,
      `has weights for ${perGroup} channels in each of ${groups} groups, and receives ${dimsName(picture.value)}`,
    );
  const written = sizesAttribute(node, 'kernel_shape', rank, 1, 1);
  if (node.attributes.has('kernel_shape') && written.some((size, i) => size !== kernel[i]))
    throw malformed(
      subject,
      `has kernel_shape [${written.join(', ')}] and weights of [${weights.dims.join(', ')}]`,
    );
  const stride = sizesAttribute(node, 'strides', rank, 1, 1);
  const dilation = sizesAttribute(node, 'dilations', rank, 1, 1);
  const span = kernel.map((size, i) => dilation[i]! * (size - 1) + 1);
  budget.spend(weights.values.length, subject);
  const layer = conv2d({
    channels: picture.channels,
    filters,
    kernel: two(kernel, 1),
    stride: two(stride, 1),
    dilation: two(dilation, 1),
    padding: paddingOf(node, picture.places, span, stride),
    groups,
    weights: weights.values,
    ...(bias === undefined ? {} : { bias: bias.values }),
  });
  return withPlaces(picture, flat(picture).apply(layer), subject);
};

const averagePool: Operator = (operands) => {
  const { node } = operands;
  const { subject } = node;
  const picture = pictureOf(operands);
  const rank = picture.places.length;
  const kernel = sizesAttribute(node, 'kernel_shape', rank, 0, 1);
  const stride = sizesAttribute(node, 'strides', rank, 1, 1);
  if (sizesAttribute(node, 'dilations', rank, 1, 1).some((step) => step !== 1))
    throw unsupported(
      subject,
      'has dilations',
      'Pool over windows without gaps, or write a convolution with groups.',
    );
  const padding = paddingOf(node, picture.places, kernel, stride);
  if (intAttribute(node, 'ceil_mode', 0) !== 0) {
    picture.places.forEach((size, i) => {
      const room = size + padding[i]! + padding[i + 2]! - kernel[i]!;
      if (room % stride[i]! !== 0)
        throw unsupported(
          subject,
          `has ceil_mode, and windows of ${kernel.join(' × ')} that go over the edge of ${picture.places.join(' × ')}`,
          'Pad the picture to whole windows, or export with ceil_mode=False.',
        );
    });
  }
  const layer = averagePool2d({
    kernel: two(kernel, 1),
    stride: two(stride, 1),
    padding,
    countPadding: intAttribute(node, 'count_include_pad', 0) !== 0,
  });
  return withPlaces(picture, flat(picture).apply(layer), subject);
};

const globalPool: Operator = (operands) => {
  const picture = pictureOf(operands);
  return withPlaces(picture, flat(picture).apply(globalAveragePool()), operands.node.subject);
};

/** Sums or means over axes of a sample, one run of neighbouring axes after the other: means of means of one size. */
const reduction =
  (mean: boolean): Operator =>
  (operands, budget) => {
    const { node } = operands;
    const { subject } = node;
    const value = operands.traced(0, 'its data');
    const given = operands.integers(1, 'axes') ?? [];
    if (given.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) !== 0) return value;
    const rank = value.shape.length + (value.batch ? 1 : 0);
    const axes = new Set(
      (given.length === 0 ? Array.from({ length: rank }, (_, axis) => axis) : given).map((axis) =>
        sampleAxis(value, axis, subject),
      ),
    );
    if (axes.has(-1)) throw mixesBatch(subject, 'reduces along the axis of the batch');
    let current = value;
    let count = 1;
    for (let axis = value.shape.length - 1; axis >= 0; --axis) {
      if (!axes.has(axis)) continue;
      let begin = axis;
      while (axes.has(begin - 1)) --begin;
      const [before, run, after] = [
        elementsOf(current.shape.slice(0, begin)),
        elementsOf(current.shape.slice(begin, axis + 1)),
        elementsOf(current.shape.slice(axis + 1)),
      ];
      count *= run;
      const layer = after === 1 ? globalAveragePool() : averagePool2d({ kernel: [run, 1] });
      const tensor = arranged(current, [before, run, after]).apply(layer);
      current = reshaped(
        current,
        current.shape.map((size, i) => (i >= begin && i <= axis ? 1 : size)),
        tensor,
      );
      axis = begin;
    }
    if (intAttribute(node, 'keepdims', 1) === 0)
      current = reshaped(
        current,
        current.shape.filter((_, axis) => !axes.has(axis)),
      );
    return mean || count === 1
      ? current
      : affineOf(current, { scale: numberConstant(count) }, budget, subject);
  };

const batchNormalization: Operator = (operands, budget) => {
  const { node } = operands;
  const { subject } = node;
  const value = operands.traced(0, 'its input');
  if (intAttribute(node, 'training_mode', 0) !== 0)
    throw unsupported(subject, 'is in training mode', 'Export the model for inference: model.eval().');
  const [gamma, beta, mean, variance] = ['a scale', 'a bias', 'a mean', 'a variance'].map(
    (what, k) => operands.constant(k + 1, what).values,
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  budget.spend(4 * mean.length, subject);
  const axis = value.batch ? 0 : 1;
  const channels = value.shape[axis];
  if (channels === undefined || channels !== mean.length)
    throw malformed(subject, `normalises ${mean.length} channels of ${dimsName(value)}`);
  if (elementsOf(value.shape.slice(0, axis)) !== 1)
    throw mixesBatch(subject, `takes ${value.shape[0]} samples out of one (${dimsName(value)})`);
  const tensor = arranged(value, value.shape.slice(axis));
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  return mapped({ ...value, tensor }, batchNorm({ gamma, beta, mean, variance, epsilon }));
};

export const windows: Readonly<Record<string, Operator>> = {
  Conv: convolution,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool,
  ReduceMean: reduction(true),
  ReduceSum: reduction(false),
  BatchNormalization: batchNormalization,
};
