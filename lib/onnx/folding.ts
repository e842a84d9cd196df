import { stridesOf } from '../nn/shape.js';
import { intAttribute, intsAttribute } from './attributes.js';
import type { Operands } from './attributes.js';
import type { Budget } from './budget.js';
import { checkDims, constant, elementsOf, isIntegerType, readTensor } from './constants.js';
import type { Constant } from './constants.js';
import { malformed, unsupported } from './errors.js';
import {
  broadcastShape,
  checkedPermutation,
  dimensionsOf,
  mixesBatch,
  normalAxis,
  rankOf,
  squeezed,
  unsqueezed,
} from './values.js';

// Nodes whose inputs are known when the model is read: the arithmetic of shapes that exporters write before Reshape, and
// weights that they did not fold themselves. An integer may be a multiple of the batch's size; see Constant.

type Fold = (operands: Operands, budget: Budget) => Constant;

/** Elements of the source in another arrangement: element i of the result is element `from(i)`. */
function rearranged(source: Constant, dims: readonly number[], from: (element: number) => number): Constant {
  const length = elementsOf(dims);
  const pick = (values: Float64Array): Float64Array =>
    Float64Array.from({ length }, (_, element) => values[from(element)]!);
  return constant(dims, pick(source.values), source.integer, source.batch && pick(source.batch));
}

const renamed = (source: Constant, dims: readonly number[]): Constant => ({ ...source, dims });

/** The indices of an element along each axis. */
const indicesOf = (element: number, dims: readonly number[], strides: readonly number[]): number[] =>
  dims.map((size, axis) => Math.floor(element / strides[axis]!) % size);

/** The constant repeated up to these dimensions, to which its own broadcast. */
export function broadcastConstant(source: Constant, dims: readonly number[]): Constant {
  const own = [...Array<number>(dims.length - source.dims.length).fill(1), ...source.dims];
  const [strides, ownStrides] = [stridesOf(dims), stridesOf(own)];
  return rearranged(source, dims, (element) =>
    indicesOf(element, dims, strides).reduce(
      (sum, index, axis) => sum + (own[axis] === 1 ? 0 : index * ownStrides[axis]!),
      0,
    ),
  );
}

export function transposedConstant(source: Constant, permutation: readonly number[]): Constant {
  const dims = permutation.map((axis) => source.dims[axis]!);
  const [strides, ownStrides] = [stridesOf(dims), stridesOf(source.dims)];
  return rearranged(source, dims, (element) =>
    indicesOf(element, dims, strides).reduce(
      (sum, index, axis) => sum + index * ownStrides[permutation[axis]!]!,
      0,
    ),
  );
}

/** Arithmetic with numbers v + b · (the size of the batch). */
interface Linear {
  readonly v: number;
  readonly b: number;
}
type Arithmetic = (x: Linear, y: Linear, integer: boolean) => Linear | undefined;

const plain =
  (f: (x: number, y: number) => number): Arithmetic =>
  (x, y) =>
    x.b !== 0 || y.b !== 0 ? undefined : { v: f(x.v, y.v), b: 0 };

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  Add: (x, y) => ({ v: x.v + y.v, b: x.b + y.b }),
  Sub: (x, y) => ({ v: x.v - y.v, b: x.b - y.b }),
  Mul: (x, y) => (x.b !== 0 && y.b !== 0 ? undefined : { v: x.v * y.v, b: x.v * y.b + x.b * y.v }),
  Div: (x, y, integer) => {
    if (x.b === y.b && x.v === y.v && x.b !== 0) return { v: 1, b: 0 };
    if (y.b !== 0 || (x.b !== 0 && (x.v % y.v !== 0 || x.b % y.v !== 0))) return undefined;
    return { v: integer ? Math.trunc(x.v / y.v) : x.v / y.v, b: x.b / y.v };
  },
  Pow: plain(Math.pow),
  Min: plain(Math.min),
  Max: plain(Math.max),
};

function foldArithmetic(operands: Operands, budget: Budget): Constant {
  const { node } = operands;
  const [x, y] = [operands.constant(0, 'an operand'), operands.constant(1, 'an operand')];
  if (operands.count !== 2)
    throw unsupported(node.subject, 'has not two operands', 'Fold it when exporting.');
  const dims = broadcastShape(x.dims, y.dims);
  if (dims === undefined)
    throw malformed(node.subject, `has operands of [${x.dims.join(', ')}] and [${y.dims.join(', ')}]`);
  const elements = checkDims(dims, node.subject);
  budget.spend(3 * elements, node.subject);
  const [a, b] = [broadcastConstant(x, dims), broadcastConstant(y, dims)];
  const integer = x.integer && y.integer;
  const values = new Float64Array(elements);
  const batch = new Float64Array(elements);
  for (let i = 0; i < elements; ++i) {
    const result = arithmetic[node.operator]!(
      { v: a.values[i]!, b: a.batch?.[i] ?? 0 },
      { v: b.values[i]!, b: b.batch?.[i] ?? 0 },
      integer,
    );
    if (result === undefined) throw mixesBatch(node.subject, 'computes with the size of the batch');
    values[i] = result.v;
    batch[i] = result.b;
  }
  return constant(dims, values, integer, batch);
}

const foldUnary =
  (f: (x: number) => number): Fold =>
  (operands, budget) => {
    const source = operands.constant(0, 'its input');
    if (source.batch !== undefined)
      throw mixesBatch(operands.node.subject, 'computes with the size of the batch');
    budget.spend(source.values.length, operands.node.subject);
    return constant(source.dims, source.values.map(f), source.integer);
  };

/** The dimensions that a Reshape of a constant asks for. */
function foldReshape(operands: Operands): Constant {
  const { subject } = operands.node;
  const source = operands.constant(0, 'its data');
  const target = operands.requiredIntegers(1, 'shape');
  const keepZeros = intAttribute(operands.node, 'allowzero', 0) === 1;
  const dims = target.map((size, axis) => (size === 0 && !keepZeros ? (source.dims[axis] ?? 0) : size));
  return renamed(source, inferredDims(dims, source.values.length, subject));
}

/** With the one -1 worked out; refuses dimensions of another number of elements. */
export function inferredDims(dims: readonly number[], elements: number, subject: string): number[] {
  const known = elementsOf(dims.filter((size) => size !== -1));
  const result = dims.map((size) => (size === -1 ? elements / known : size));
  if (dims.filter((size) => size === -1).length > 1 || elementsOf(result) !== elements)
    throw malformed(subject, `gives ${elements} elements the dimensions [${dims.join(', ')}]`);
  checkDims(result, subject);
  return result;
}

function foldConcat(operands: Operands, budget: Budget): Constant {
  const { node } = operands;
  const parts = Array.from({ length: operands.count }, (_, k) => operands.constant(k, 'an operand'));
  const first = parts[0];
  if (first === undefined) throw malformed(node.subject, 'has no operands');
  const axis = normalAxis(intAttribute(node, 'axis'), first.dims.length, node.subject);
  for (const { dims } of parts)
    if (dims.length !== first.dims.length || dims.some((size, i) => i !== axis && size !== first.dims[i]))
      throw malformed(
        node.subject,
        `joins [${first.dims.join(', ')}] and [${dims.join(', ')}] along axis ${axis}`,
      );
  const dims = first.dims.with(
    axis,
    parts.reduce((sum, part) => sum + part.dims[axis]!, 0),
  );
  const elements = checkDims(dims, node.subject);
  budget.spend(elements, node.subject);
  const rows = elementsOf(dims.slice(0, axis));
  const join = (of: (part: Constant) => Float64Array | undefined): Float64Array => {
    const result = new Float64Array(elements);
    let at = 0;
    for (let row = 0; row < rows; ++row)
      for (const part of parts) {
        const width = part.values.length / rows;
        const values = of(part);
        if (values !== undefined) result.set(values.subarray(row * width, (row + 1) * width), at);
        at += width;
      }
    return result;
  };
  const batch = parts.some((part) => part.batch !== undefined) ? join((part) => part.batch) : undefined;
  return constant(
    dims,
    join((part) => part.values),
    first.integer,
    batch,
  );
}

function foldGather(operands: Operands, budget: Budget): Constant {
  const { node } = operands;
  const source = operands.constant(0, 'its data');
  const indices = operands.constant(1, 'indices');
  const axis = normalAxis(intAttribute(node, 'axis', 0), source.dims.length, node.subject);
  const size = source.dims[axis]!;
  const chosen = [...indices.values].map((index) => normalAxis(index, size, node.subject));
  const dims = [...source.dims.slice(0, axis), ...indices.dims, ...source.dims.slice(axis + 1)];
  budget.spend(checkDims(dims, node.subject), node.subject);
  const inner = elementsOf(source.dims.slice(axis + 1));
  return rearranged(source, dims, (element) => {
    const place = Math.floor(element / inner);
    const outer = Math.floor(place / chosen.length);
    return (outer * size + chosen[place % chosen.length]!) * inner + (element % inner);
  });
}

function foldSlice(operands: Operands, budget: Budget): Constant {
  const { node } = operands;
  const source = operands.constant(0, 'its data');
  const starts = operands.requiredIntegers(1, 'starts');
  const ends = operands.requiredIntegers(2, 'ends');
  const axes = operands.integers(3, 'axes') ?? starts.map((_, axis) => axis);
  const steps = operands.integers(4, 'steps') ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length))
    throw malformed(node.subject, 'has starts, ends, axes and steps of different lengths');
  const begins = source.dims.map(() => 0);
  const strides = source.dims.map(() => 1);
  const dims = [...source.dims];
  axes.forEach((given, k) => {
    const axis = normalAxis(given, source.dims.length, node.subject);
    const [size, step] = [source.dims[axis]!, steps[k]!];
    if (step === 0) throw malformed(node.subject, 'has a step of 0');
    // By the standard: negative places count from the end, then all are clamped to where the step can go.
    const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (place: number): number =>
      Math.min(Math.max(place < 0 ? place + size : place, least), most);
    const begin = clamp(starts[k]!);
    begins[axis] = begin;
    strides[axis] = step;
    dims[axis] = Math.max(0, Math.ceil((clamp(ends[k]!) - begin) / step));
  });
  budget.spend(elementsOf(dims), node.subject);
  const [own, result] = [stridesOf(source.dims), stridesOf(dims)];
  return rearranged(source, dims, (element) =>
    indicesOf(element, dims, result).reduce(
      (sum, index, axis) => sum + (begins[axis]! + index * strides[axis]!) * own[axis]!,
      0,
    ),
  );
}

function foldConstant({ node }: Operands, budget: Budget): Constant {
  const get = (name: string) => node.attributes.get(name);
  const tensor = get('value')?.t;
  if (tensor !== undefined) {
    const result = readTensor(tensor, node.subject);
    budget.spend(result.values.length, node.subject);
    return result;
  }
  const { f } = get('value_float') ?? {};
  if (f !== undefined) return constant([], [f], false);
  const { i } = get('value_int') ?? {};
  if (i !== undefined) return constant([], [i], true);
  const { floats } = get('value_floats') ?? {};
  if (floats !== undefined) return constant([floats.length], floats, false);
  const { ints } = get('value_ints') ?? {};
  if (ints !== undefined) return constant([ints.length], ints, true);
  throw unsupported(
    node.subject,
    'has no numbers',
    'Give its value as a dense tensor, a number or a list of numbers.',
  );
}

function filled(dims: readonly number[], fill: Constant, operands: Operands, budget: Budget): Constant {
  const { subject } = operands.node;
  if (fill.values.length !== 1) throw malformed(subject, `fills a tensor with ${fill.values.length} values`);
  const elements = checkDims(dims, subject);
  budget.spend(elements, subject);
  return constant(dims, new Float64Array(elements).fill(fill.values[0]!), fill.integer);
}

const folds: Readonly<Record<string, Fold>> = {
  ...Object.fromEntries(Object.keys(arithmetic).map((operator) => [operator, foldArithmetic])),
  Neg: foldUnary((x) => -x),
  Abs: foldUnary(Math.abs),
  Sqrt: foldUnary(Math.sqrt),
  Reciprocal: foldUnary((x) => 1 / x),
  Exp: foldUnary(Math.exp),
  Floor: foldUnary(Math.floor),
  Ceil: foldUnary(Math.ceil),
  Identity: (operands) => operands.constant(0, 'its input'),
  Dropout: (operands) => operands.constant(0, 'its input'),
  Constant: foldConstant,
  ConstantOfShape: (operands, budget) => {
    const tensor = operands.node.attributes.get('value')?.t;
    const fill = tensor === undefined ? constant([1], [0], false) : readTensor(tensor, operands.node.subject);
    return filled(operands.requiredIntegers(0, 'input'), fill, operands, budget);
  },
  Cast: (operands, budget) => {
    const source = operands.constant(0, 'its input');
    const to = intAttribute(operands.node, 'to', 0);
    const integer = isIntegerType(to);
    if (integer === undefined)
      throw unsupported(
        operands.node.subject,
        `casts to type ${to} (TensorProto.DataType)`,
        'Cast to numbers.',
      );
    budget.spend(source.values.length, operands.node.subject);
    const values = integer && !source.integer ? source.values.map(Math.trunc) : source.values;
    return constant(source.dims, values, integer, source.batch);
  },
  Reshape: foldReshape,
  Squeeze: (operands) => {
    const source = operands.constant(0, 'its data');
    const axes = operands.integers(1, 'axes');
    return renamed(source, squeezed(source.dims, axes, operands.node.subject) as number[]);
  },
  Unsqueeze: (operands) => {
    const source = operands.constant(0, 'its data');
    const axes = operands.requiredIntegers(1, 'axes');
    return renamed(source, unsqueezed(source.dims, axes, operands.node.subject) as number[]);
  },
  Flatten: (operands) => {
    const source = operands.constant(0, 'its input');
    const axis = intAttribute(operands.node, 'axis', 1);
    const at =
      axis === source.dims.length ? axis : normalAxis(axis, source.dims.length, operands.node.subject);
    return renamed(source, [elementsOf(source.dims.slice(0, at)), elementsOf(source.dims.slice(at))]);
  },
  Transpose: (operands, budget) => {
    const source = operands.constant(0, 'its input');
    budget.spend(source.values.length, operands.node.subject);
    const permutation = intsAttribute(operands.node, 'perm');
    return transposedConstant(
      source,
      checkedPermutation(permutation, source.dims.length, operands.node.subject),
    );
  },
  Concat: foldConcat,
  Gather: foldGather,
  Slice: foldSlice,
  Expand: (operands, budget) => {
    const source = operands.constant(0, 'its input');
    const dims = broadcastShape(source.dims, operands.requiredIntegers(1, 'shape'));
    if (dims === undefined)
      throw malformed(operands.node.subject, 'has a shape that its input does not broadcast to');
    budget.spend(checkDims(dims, operands.node.subject), operands.node.subject);
    return broadcastConstant(source, dims);
  },
  ReduceProd: (operands, budget) => {
    const source = operands.constant(0, 'its data');
    const axes = operands.integers(1, 'axes');
    if (source.dims.length > 1 || (axes !== undefined && axes.length > 1))
      throw unsupported(operands.node.subject, 'multiplies along an axis of many', 'Fold it when exporting.');
    budget.spend(source.values.length, operands.node.subject);
    const product = source.values.reduce<Linear | undefined>(
      (total, v, i) => total && arithmetic.Mul!(total, { v, b: source.batch?.[i] ?? 0 }, true),
      { v: 1, b: 0 },
    );
    if (product === undefined) throw mixesBatch(operands.node.subject, 'squares the size of the batch');
    const dims = intAttribute(operands.node, 'keepdims', 1) === 1 ? source.dims.map(() => 1) : [];
    return constant(dims, [product.v], source.integer, Float64Array.of(product.b));
  },
};

/** The dimensions of a tensor; from and to its axes as attributes may say. */
function foldShape(operands: Operands): Constant {
  const value = operands.value(0);
  const rank = rankOf(value);
  const place = (name: string, fallback: number): number => {
    const axis = intAttribute(operands.node, name, fallback);
    return Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
  };
  const dimensions = dimensionsOf(value).slice(place('start', 0), place('end', rank));
  return constant(
    [dimensions.length],
    dimensions.map((dimension) => (dimension === 'batch' ? 0 : dimension)),
    true,
    Float64Array.from(dimensions, (dimension) => (dimension === 'batch' ? 1 : 0)),
  );
}

function foldSize(operands: Operands): Constant {
  const value = operands.value(0);
  const traced = value.kind === 'traced' && value.batch;
  const elements = elementsOf(value.kind === 'constant' ? value.dims : value.shape);
  return constant([], [traced ? 0 : elements], true, Float64Array.of(traced ? elements : 0));
}

/** What the node gives if that is known already. */
export function foldNode(operands: Operands, known: boolean, budget: Budget): Constant | undefined {
  const { operator } = operands.node;
  if (operator === 'Shape') return foldShape(operands);
  if (operator === 'Size') return foldSize(operands);
  if (!known || !Object.hasOwn(folds, operator)) return undefined;
  return folds[operator]!(operands, budget);
}
