import { concat, pad, transpose } from '../../nn/layers.js';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.js';
import { elementsOf, mostAxes } from '../constants.js';
import { malformed, unsupported } from '../errors.js';
import { inferredDims } from '../folding.js';
import {
  arranged,
  checkedPermutation,
  checkSize,
  dimensionsOf,
  dimsName,
  mixesBatch,
  normalAxis,
  rankOf,
  reshaped,
  sampleAxis,
  squeezed,
  unsqueezed,
  withDimensions,
} from '../values.js';
import type { Dimension } from '../values.js';
import type { Operator } from './operator.js';

// The same numbers in other places.

const flattenTo: Operator = (operands) => {
  const value = operands.traced(0, 'its input');
  const { subject } = operands.node;
  const rank = rankOf(value);
  const axis = intAttribute(operands.node, 'axis', 1);
  const at = axis === rank ? axis : normalAxis(axis, rank, subject);
  const product = (dimensions: readonly Dimension[]): Dimension =>
    dimensions.length === 1 ? dimensions[0]! : elementsOf(dimensions as number[]);
  if (value.batch && at !== 1) throw mixesBatch(subject, `flattens ${dimsName(value)} at axis ${axis}`);
  const dimensions = dimensionsOf(value);
  return withDimensions(value, [product(dimensions.slice(0, at)), product(dimensions.slice(at))], subject);
};

const reshape: Operator = (operands) => {
  const { node } = operands;
  const { subject } = node;
  const value = operands.traced(0, 'its data');
  const target = operands.constant(1, 'a shape');
  if (!target.integer) throw malformed(subject, 'has a shape that is no list of integers');
  if (target.values.length > mostAxes + 1)
    throw malformed(subject, `gives a tensor of ${target.values.length} axes; ${mostAxes} are read`);
  const keepZeros = intAttribute(node, 'allowzero', 0) === 1;
  const own = dimensionsOf(value);
  const wanted = [...target.values].map((size, i): Dimension => {
    const times = target.batch?.[i] ?? 0;
    if (times !== 0) {
      if (times === 1 && size === 0) return 'batch';
      throw mixesBatch(subject, `gives a dimension of ${times} · batch${size === 0 ? '' : ` + ${size}`}`);
    }
    if (size !== 0 || keepZeros) return size;
    const kept = own[i];
    if (kept === undefined) throw malformed(subject, `keeps axis ${i} of ${dimsName(value)}`);
    return kept;
  });
  if (!value.batch)
    return withDimensions(value, inferredDims(wanted as number[], elementsOf(value.shape), subject), subject);
  // Either the batch stands first and the rest is the sample, or the first is worked out and must be the batch.
  const [first, ...rest] = wanted;
  const isBatch =
    first === 'batch' || (first === -1 && elementsOf(rest as number[]) === elementsOf(value.shape));
  if (!isBatch || rest.includes('batch'))
    throw mixesBatch(subject, `gives ${dimsName(value)} the dimensions [${wanted.join(', ')}]`);
  return withDimensions(
    value,
    ['batch', ...inferredDims(rest as number[], elementsOf(value.shape), subject)],
    subject,
  );
};

const transposed: Operator = (operands) => {
  const value = operands.traced(0, 'its input');
  const { subject } = operands.node;
  const permutation = checkedPermutation(intsAttribute(operands.node, 'perm'), rankOf(value), subject);
  const offset = value.batch ? 1 : 0;
  if (value.batch && permutation[0] !== 0)
    throw mixesBatch(subject, `moves the axis of the batch by [${permutation.join(', ')}]`);
  const axes = permutation.slice(offset).map((axis) => axis - offset);
  if (axes.every((axis, i) => axis === i)) return value;
  const tensor = arranged(value, value.shape).apply(transpose(axes));
  return reshaped(
    value,
    axes.map((axis) => value.shape[axis]!),
    tensor,
  );
};

const padded: Operator = (operands) => {
  const { node } = operands;
  const { subject } = node;
  const value = operands.traced(0, 'its data');
  const rank = rankOf(value);
  const mode = stringAttribute(node, 'mode', 'constant');
  const fill = operands.scalar(2, 'a value') ?? floatAttribute(node, 'value', 0);
  if (mode !== 'constant' || fill !== 0)
    throw unsupported(
      subject,
      mode === 'constant'
        ? `fills the edges with ${fill}`
        : `fills the edges by ${JSON.stringify(mode.slice(0, 20))}`,
      'Zeros can be read there.',
    );
  const counts = operands.requiredIntegers(1, 'pads');
  const axes = operands.integers(3, 'axes') ?? Array.from({ length: rank }, (_, axis) => axis);
  if (counts.length !== 2 * axes.length)
    throw malformed(subject, `has ${counts.length} pads for ${axes.length} axes`);
  const before = value.shape.map(() => 0);
  const after = value.shape.map(() => 0);
  axes.forEach((given, k) => {
    const axis = sampleAxis(value, given, subject);
    const [begin, end] = [counts[k]!, counts[axes.length + k]!];
    if (begin < 0 || end < 0)
      throw unsupported(subject, `cuts off edges (pads ${begin} and ${end})`, 'Only zeros can be added.');
    if (axis >= 0) [before[axis], after[axis]] = [begin, end];
    else if (begin !== 0 || end !== 0) throw mixesBatch(subject, 'adds samples to the batch');
  });
  const shape = value.shape.map((size, axis) => before[axis]! + size + after[axis]!);
  checkSize(shape, subject);
  if (value.shape.length === 0 || [...before, ...after].every((count) => count === 0)) return value;
  return reshaped(value, shape, arranged(value, value.shape).apply(pad({ before, after })));
};

const joined: Operator = (operands) => {
  const { node } = operands;
  const { subject } = node;
  const remedy = 'Add the constant after the concatenation: Pad with zeros, then Add.';
  const values = Array.from({ length: operands.count }, (_, k) => operands.traced(k, `operand ${k}`, remedy));
  const [first, ...others] = values.map((value) => {
    if (rankOf(value) !== rankOf(values[0]!))
      throw malformed(subject, `joins ${dimsName(values[0]!)} and ${dimsName(value)}`);
    return arranged(value, value.shape);
  });
  const axis = sampleAxis(values[0]!, intAttribute(node, 'axis'), subject);
  if (axis < 0) throw mixesBatch(subject, 'joins samples of the batch');
  if (others.length === 0) return values[0]!;
  const tensor = first!.apply(concat(axis), ...others);
  checkSize(tensor.shape, subject);
  return reshaped(values[0]!, tensor.shape, tensor);
};

export const moves: Readonly<Record<string, Operator>> = {
  Flatten: flattenTo,
  Reshape: reshape,
  Squeeze: (operands) => {
    const value = operands.traced(0, 'its data');
    const axes = operands.integers(1, 'axes');
    return withDimensions(
      value,
      squeezed(dimensionsOf(value), axes, operands.node.subject),
      operands.node.subject,
    );
  },
  Unsqueeze: (operands) => {
    const value = operands.traced(0, 'its data');
    const axes = operands.requiredIntegers(1, 'axes');
    return withDimensions(
      value,
      unsqueezed(dimensionsOf(value), axes, operands.node.subject),
      operands.node.subject,
    );
  },
  Transpose: transposed,
  Pad: padded,
  Concat: joined,
};
