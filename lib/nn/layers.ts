import {
  checkOptions,
  refuse,
  refuseReceived,
  requireBoolean,
  requireFinite,
  requireInteger,
  requirePositive,
  requireVector,
} from '../check.js';
import { activationNames, scalarFunction } from './activations.js';
import type { ActivationFunction } from './activations.js';
import { requireShape } from './shape.js';
import type { Shape } from './shape.js';

// What a layer is: plain, frozen data, checked as far as it can be without its neighbours. Tensors are
// [channels, height, width] or [units]; a batch has rows of them.

/** A fully connected layer: y = W·x + b, with W stored row by row, one row a unit. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly units: number;
  /** `weights[unit * inputs + input]`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** Places at the edges of a picture. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

/** A window that moves over a picture. */
export interface Window {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [vertical: number, horizontal: number];
  readonly padding: Padding;
}

/** A two-dimensional convolution (cross-correlation, as everywhere in networks) with zeros at the edges. */
export interface Conv2dLayer extends Window {
  readonly kind: 'conv2d';
  readonly channels: number;
  readonly filters: number;
  readonly dilation: readonly [vertical: number, horizontal: number];
  /** Channels and filters fall into so many groups that know nothing of each other. */
  readonly groups: number;
  /** `weights[((filter * channels / groups + channel) * height + y) * width + x]`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** The mean of each window of each channel. */
export interface AveragePool2dLayer extends Window {
  readonly kind: 'averagePool2d';
  /** Whether places beyond the edges count as zeros (or not at all). */
  readonly countPadding: boolean;
}

/** The mean of each channel: [channels, height, width] becomes [channels, 1, 1]. */
export interface GlobalAveragePoolLayer {
  readonly kind: 'globalAveragePool';
}

/** y = scale · x + offset, each array with one value for all, one a channel (the first axis) or one an element. */
export interface AffineLayer {
  readonly kind: 'affine';
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

/** The same function of one number at every unit of the layer before. */
export interface ActivationLayer {
  readonly kind: 'activation';
  readonly function: ActivationFunction;
}

/** The same numbers in another shape. */
export interface ReshapeLayer {
  readonly kind: 'reshape';
  /** Absent: one axis with everything. */
  readonly shape?: Shape;
}

/** Axis i of the result is axis `permutation[i]` of the input. */
export interface TransposeLayer {
  readonly kind: 'transpose';
  readonly permutation: readonly number[];
}

/** Zeros around a tensor: `before[axis]` and `after[axis]` of them. */
export interface PadLayer {
  readonly kind: 'pad';
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Σ coefficients[k] · input k: sums and differences of tensors of one shape. */
export interface AddLayer {
  readonly kind: 'add';
  readonly coefficients: readonly number[];
}

/** The product of two tensors of one shape, element by element. */
export interface ProductLayer {
  readonly kind: 'product';
}

/** Tensors one after the other along an axis. */
export interface ConcatLayer {
  readonly kind: 'concat';
  readonly axis: number;
}

/** What a network is made of: plain, frozen data. */
export type Layer =
  | DenseLayer
  | Conv2dLayer
  | AveragePool2dLayer
  | GlobalAveragePoolLayer
  | AffineLayer
  | ActivationLayer
  | ReshapeLayer
  | TransposeLayer
  | PadLayer
  | AddLayer
  | ProductLayer
  | ConcatLayer;

/** Every kind of layer. */
export const layerKinds = Object.freeze([
  'dense',
  'conv2d',
  'averagePool2d',
  'globalAveragePool',
  'affine',
  'activation',
  'reshape',
  'transpose',
  'pad',
  'add',
  'product',
  'concat',
]) satisfies readonly Layer['kind'][];

type Pair = number | readonly [number, number];

function pair(value: Pair | undefined, fallback: number, subject: string): readonly [number, number] {
  const given = value ?? fallback;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given, given];
  if (list.length !== 2) refuse('one number or two', subject, value);
  return Object.freeze(
    list.map((entry) => {
      requireInteger(entry, subject, 1, 4096);
      return entry;
    }),
  ) as unknown as readonly [number, number];
}

function padding(value: number | Padding | undefined, subject: string): Padding {
  const given = value ?? 0;
  const list: readonly unknown[] = Array.isArray(given) ? given : [given, given, given, given];
  if (list.length !== 4) refuse('one number or [top, left, bottom, right]', subject, value);
  return Object.freeze(
    list.map((entry) => {
      requireInteger(entry, subject, 0, 4096);
      return entry;
    }),
  ) as unknown as Padding;
}

/** What {@link dense} takes. */
export interface DenseOptions {
  readonly inputs: number;
  readonly units: number;
  /** units × inputs values, row by row. */
  readonly weights: Float64Array;
  /** One value a unit; zeros if absent. */
  readonly bias?: Float64Array;
}

/** A fully connected layer. The arrays are copied; NaN and infinities are refused. */
export function dense(options: DenseOptions): DenseLayer {
  const { inputs, units, weights, bias } = options;
  requireInteger(inputs, 'the inputs of a dense layer', 1);
  requireInteger(units, 'the units of a dense layer', 1);
  requireVector(
    weights,
    `the weights of a dense layer with ${units} units of ${inputs} inputs`,
    units * inputs,
  );
  if (bias !== undefined) requireVector(bias, `the bias of a dense layer with ${units} units`, units);
  return Object.freeze({
    kind: 'dense',
    inputs,
    units,
    weights: weights.slice(),
    bias: bias === undefined ? new Float64Array(units) : bias.slice(),
  });
}

/** What {@link conv2d} takes; sizes from 1 to 4,096, channels and filters to 65,536. */
export interface Conv2dOptions {
  readonly channels: number;
  readonly filters: number;
  readonly kernel: Pair;
  /** 1 if absent. */
  readonly stride?: Pair;
  /** Zeros at every edge, or [top, left, bottom, right]; 0 if absent. */
  readonly padding?: number | Padding;
  /** 1 if absent. */
  readonly dilation?: Pair;
  /** 1 if absent. */
  readonly groups?: number;
  /** filters × channels / groups × kernel height × kernel width values. */
  readonly weights: Float64Array;
  /** One value a filter; zeros if absent. */
  readonly bias?: Float64Array;
}

const conv2dNames = [
  'channels',
  'filters',
  'kernel',
  'stride',
  'padding',
  'dilation',
  'groups',
  'weights',
  'bias',
] as const;

/** A convolution over [channels, height, width]. The arrays are copied; NaN and infinities are refused. */
export function conv2d(options: Conv2dOptions): Conv2dLayer {
  const { channels, filters, groups = 1, weights, bias } = checkOptions(options, conv2dNames, 'conv2d()');
  requireInteger(channels, 'the channels of a convolution', 1, 65536);
  requireInteger(filters, 'the filters of a convolution', 1, 65536);
  requireInteger(groups, 'the groups of a convolution', 1, 65536);
  if (channels % groups !== 0 || filters % groups !== 0)
    refuse(`a divisor of ${channels} channels and ${filters} filters`, 'the groups of a convolution', groups);
  const kernel = pair(options.kernel, 1, 'the kernel of a convolution');
  const size = (filters * channels * kernel[0] * kernel[1]) / groups;
  requireVector(weights, `the weights of a convolution of ${filters} filters`, size);
  if (bias !== undefined) requireVector(bias, `the bias of a convolution with ${filters} filters`, filters);
  return Object.freeze({
    kind: 'conv2d',
    channels,
    filters,
    kernel,
    stride: pair(options.stride, 1, 'the stride of a convolution'),
    padding: padding(options.padding, 'the padding of a convolution'),
    dilation: pair(options.dilation, 1, 'the dilation of a convolution'),
    groups,
    weights: weights.slice(),
    bias: bias === undefined ? new Float64Array(filters) : bias.slice(),
  });
}

/** What {@link averagePool2d} takes; sizes from 1 to 4,096. */
export interface AveragePool2dOptions {
  readonly kernel: Pair;
  /** The kernel's size if absent: windows side by side. */
  readonly stride?: Pair;
  readonly padding?: number | Padding;
  /** Whether places beyond the edges count as zeros; false if absent. */
  readonly countPadding?: boolean;
}

/** The mean of each window of each channel of [channels, height, width]. */
export function averagePool2d(options: AveragePool2dOptions): AveragePool2dLayer {
  const { countPadding = false } = checkOptions(
    options,
    ['kernel', 'stride', 'padding', 'countPadding'],
    'averagePool2d()',
  );
  requireBoolean(countPadding, 'countPadding');
  const kernel = pair(options.kernel, 1, 'the kernel of a pooling');
  return Object.freeze({
    kind: 'averagePool2d',
    kernel,
    stride: pair(options.stride ?? kernel, 1, 'the stride of a pooling'),
    padding: padding(options.padding, 'the padding of a pooling'),
    countPadding,
  });
}

/** The mean of each channel. */
export const globalAveragePool = (): GlobalAveragePoolLayer => Object.freeze({ kind: 'globalAveragePool' });

/** What {@link affine} takes. */
export interface AffineOptions {
  /** One value for all, one a channel or one an element; 1 if absent. */
  readonly scale?: Float64Array;
  /** The same; 0 if absent. */
  readonly offset?: Float64Array;
}

/** y = scale · x + offset, each one value for all, one a channel or one an element. Other lengths are refused by the model. */
export function affine(options: AffineOptions): AffineLayer {
  const { scale = Float64Array.of(1), offset = Float64Array.of(0) } = checkOptions(
    options,
    ['scale', 'offset'],
    'affine()',
  );
  requireVector(scale, 'the scale of an affine layer');
  requireVector(offset, 'the offset of an affine layer');
  return Object.freeze({ kind: 'affine', scale: scale.slice(), offset: offset.slice() });
}

/** What {@link batchNorm} takes: one value a channel in each array. */
export interface BatchNormOptions {
  /** One value a channel, as in all four. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Ones if absent. */
  readonly gamma?: Float64Array;
  /** Zeros if absent. */
  readonly beta?: Float64Array;
  /** 1e-5 if absent. */
  readonly epsilon?: number;
}

/**
 * Batch normalisation of a trained network: gamma · (x − mean) / √(variance + epsilon) + beta, a channel at a time.
 * Throws ArgumentError unless variance + epsilon is above 0 everywhere.
 */
export function batchNorm(options: BatchNormOptions): AffineLayer {
  const {
    mean,
    variance,
    epsilon = 1e-5,
  } = checkOptions(options, ['mean', 'variance', 'gamma', 'beta', 'epsilon'], 'batchNorm()');
  requireVector(mean, 'the mean of a batch normalisation');
  const channels = mean.length;
  const { gamma = new Float64Array(channels).fill(1), beta = new Float64Array(channels) } = options;
  requireVector(variance, 'the variance of a batch normalisation', channels);
  requireVector(gamma, 'the gamma of a batch normalisation', channels);
  requireVector(beta, 'the beta of a batch normalisation', channels);
  requireFinite(epsilon, 'the epsilon of a batch normalisation');
  const scale = gamma.map((g, channel) => {
    requirePositive(variance[channel]! + epsilon, `variance + epsilon of channel ${channel}`);
    return g / Math.sqrt(variance[channel]! + epsilon);
  });
  return affine({ scale, offset: beta.map((b, channel) => b - scale[channel]! * mean[channel]!) });
}

/**
 * An activation by name, or a polynomial by its power-basis coefficients (constant first, degree at least 1, the leading
 * one not 0). Throws ArgumentError for others.
 */
export function activation(activationFunction: ActivationFunction): ActivationLayer {
  if (typeof activationFunction === 'string') {
    scalarFunction(activationFunction);
    return Object.freeze({ kind: 'activation', function: activationFunction });
  }
  const coefficients: unknown = (activationFunction as { polynomial?: unknown } | null | undefined)
    ?.polynomial;
  if (!Array.isArray(coefficients)) {
    const wanted = `one of ${activationNames.join(', ')} or { polynomial: number[] }`;
    refuse(wanted, 'an activation', activationFunction);
  }
  coefficients.forEach((value, k) => {
    requireFinite(value, `the coefficient of x^${k} of an activation`);
  });
  const polynomial = Object.freeze([...(coefficients as number[])]);
  if (polynomial.length < 2 || polynomial.at(-1) === 0) {
    const received = `coefficients [${polynomial.join(', ')}]`;
    refuseReceived(
      'a polynomial of degree at least 1 with a leading coefficient other than 0',
      'an activation',
      received,
    );
  }
  return Object.freeze({ kind: 'activation', function: Object.freeze({ polynomial }) });
}

/** [channels, height, width] to [units], row by row. */
export const flatten = (): ReshapeLayer => Object.freeze({ kind: 'reshape' });

/** The same numbers, row by row, in another shape: one to eight sizes of at least 1. */
export const reshape = (shape: Shape): ReshapeLayer =>
  Object.freeze({ kind: 'reshape', shape: requireShape(shape, 'the shape of a reshape') });

/** Axis i of the result is axis `permutation[i]` of the input. */
export function transpose(permutation: readonly number[]): TransposeLayer {
  if (!Array.isArray(permutation)) refuse('a list of axes', 'the permutation of a transpose', permutation);
  permutation.forEach((axis: unknown, i) => {
    requireInteger(axis, `permutation[${i}]`, 0, permutation.length - 1);
  });
  if (new Set(permutation).size !== permutation.length)
    refuseReceived('every axis once', 'the permutation of a transpose', `[${permutation.join(', ')}]`);
  return Object.freeze({ kind: 'transpose', permutation: Object.freeze([...(permutation as number[])]) });
}

/** Zeros around a tensor, so many (0 to 65,536) before and after each axis. */
export function pad(options: {
  readonly before: readonly number[];
  readonly after: readonly number[];
}): PadLayer {
  const { before, after } = checkOptions(options, ['before', 'after'], 'pad()');
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length)
    refuse('two lists of one length', 'the padding of a tensor', before);
  for (const list of [before, after] as unknown[][])
    list.forEach((count, axis) => {
      requireInteger(count, `the padding of axis ${axis}`, 0, 65536);
    });
  return Object.freeze({
    kind: 'pad',
    before: Object.freeze([...(before as number[])]),
    after: Object.freeze([...(after as number[])]),
  });
}

/** Σ coefficients[k] · input k; [1, 1] if absent. `add([1, -1])` subtracts. */
export function add(coefficients: readonly number[] = [1, 1]): AddLayer {
  if (!Array.isArray(coefficients) || coefficients.length === 0)
    refuse('a list of numbers', 'the coefficients of a sum', coefficients);
  coefficients.forEach((value: unknown, k) => {
    requireFinite(value, `coefficient ${k} of a sum`);
  });
  return Object.freeze({ kind: 'add', coefficients: Object.freeze([...(coefficients as number[])]) });
}

/** The product of two tensors, element by element. */
export const product = (): ProductLayer => Object.freeze({ kind: 'product' });

/** Tensors one after the other along an axis, 0 (channels or units) if absent. */
export function concat(axis = 0): ConcatLayer {
  requireInteger(axis, 'the axis of a concatenation', 0, 7);
  return Object.freeze({ kind: 'concat', axis });
}
