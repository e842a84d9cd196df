import { activation, add, affine, product } from '../../nn/layers.js';
import { sameShape } from '../../nn/shape.js';
import { intAttribute } from '../attributes.js';
import type { Operands } from '../attributes.js';
import { constant, elementsOf, isIntegerType } from '../constants.js';
import type { Constant } from '../constants.js';
import { malformed, unsupported } from '../errors.js';
import { broadcastConstant } from '../folding.js';
import type { Budget } from '../budget.js';
import { arranged, broadcastShape, broadcastTo, dimsName, mapped, mixesBatch, reshaped } from '../values.js';
import type { Traced, Value } from '../values.js';
import type { Operator } from './operator.js';

/** The highest power of a tensor that becomes a polynomial of its own. */
const mostPower = 16;

/** The dimensions of a constant beside those of a sample. */
function besideSample(value: Traced, { dims, batch }: Constant, subject: string): readonly number[] {
  if (batch !== undefined) throw mixesBatch(subject, 'computes with the size of the batch');
  const excess = dims.length - value.shape.length;
  if (!value.batch || excess <= 0) return dims;
  if (excess > 1 || dims[0] !== 1)
    throw mixesBatch(subject, `combines ${dimsName(value)} with a constant of [${dims.join(', ')}]`);
  return dims.slice(1);
}

/** One number for all or one a channel where that says the same as one an element. */
function spreadOver(
  value: Traced,
  source: Constant,
  dims: readonly number[],
  budget: Budget,
  subject: string,
): Float64Array {
  const { values } = source;
  if (values.every((entry) => entry === values[0])) return values.slice(0, 1);
  const own = [...Array<number>(value.shape.length - dims.length).fill(1), ...dims];
  const varying = own.findLastIndex((size) => size !== 1) + 1;
  if (
    own.every((size, axis) => axis >= varying || size === value.shape[axis]) &&
    values.length === value.tensor.shape[0]
  )
    return values;
  budget.spend(elementsOf(value.shape), subject);
  return broadcastConstant(constant(dims, values, false), value.shape).values;
}

/** scale · value + offset, with the rules of numpy for the sizes of either constant. */
export function affineOf(
  value: Traced,
  constants: { readonly scale?: Constant; readonly offset?: Constant },
  budget: Budget,
  subject: string,
): Traced {
  const parts = Object.entries(constants).map(
    ([name, source]) => [name, source, besideSample(value, source, subject)] as const,
  );
  let { shape } = value;
  for (const [, { dims: written }, dims] of parts) {
    const common = broadcastShape(shape, dims);
    if (common === undefined)
      throw malformed(subject, `combines ${dimsName(value)} with a constant of [${written.join(', ')}]`);
    shape = common;
  }
  for (const [, { values }] of parts) budget.spend(values.length, subject);
  const target = sameShape(shape, value.shape) ? value : broadcastTo(value, shape, budget, subject);
  const options = Object.fromEntries(
    parts.map(([name, source, dims]) => [name, spreadOver(target, source, dims, budget, subject)]),
  );
  return mapped(target, affine(options));
}

/** What two tensors of the input become, brought to one shape. */
function together(
  a: Traced,
  b: Traced,
  budget: Budget,
  subject: string,
  join: (a: Traced, b: Traced) => Traced,
): Traced {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined || (a.batch && a.shape.length !== b.shape.length))
    throw a.batch && shape !== undefined
      ? mixesBatch(subject, `combines ${dimsName(a)} with ${dimsName(b)}`)
      : malformed(subject, `combines ${dimsName(a)} with ${dimsName(b)}`);
  const brought = [a, b].map((value) =>
    sameShape(value.shape, shape) ? value : broadcastTo(value, shape, budget, subject),
  ) as [Traced, Traced];
  return join(...brought);
}

/** factorA · a + factorB · b. */
export const sumOf = (
  a: Traced,
  b: Traced,
  coefficients: readonly [number, number],
  budget: Budget,
  subject: string,
): Traced =>
  together(a, b, budget, subject, (x, y) =>
    reshaped(x, x.shape, x.tensor.apply(add(coefficients), arranged(y, x.tensor.shape))),
  );

export const numberConstant = (value: number): Constant => constant([], [value], false);

function sum(a: Value, b: Value, sign: 1 | -1, { node }: Operands, budget: Budget): Traced {
  const { subject } = node;
  if (a.kind === 'traced' && b.kind === 'traced') return sumOf(a, b, [1, sign], budget, subject);
  if (a.kind === 'traced') {
    const offset = b as Constant;
    const signed = sign === 1 ? offset : { ...offset, values: offset.values.map((value) => -value) };
    return affineOf(a, { offset: signed }, budget, subject);
  }
  const scale = sign === 1 ? {} : { scale: numberConstant(-1) };
  return affineOf(b as Traced, { ...scale, offset: a }, budget, subject);
}

const multiply: Operator = (operands, budget) => {
  const [a, b] = [operands.value(0), operands.value(1)];
  const { subject } = operands.node;
  if (a.kind === 'traced' && b.kind === 'traced') {
    if (operands.names[0] === operands.names[1]) return mapped(a, activation('square'));
    return together(a, b, budget, subject, (x, y) =>
      reshaped(x, x.shape, x.tensor.apply(product(), arranged(y, x.tensor.shape))),
    );
  }
  const [value, scale] = a.kind === 'traced' ? [a, b as Constant] : [b as Traced, a];
  return affineOf(value, { scale }, budget, subject);
};

const divide: Operator = (operands, budget) => {
  const divisor = operands.value(1);
  if (divisor.kind === 'traced') {
    throw unsupported(
      operands.node.subject,
      'divides by what depends on the input',
      'Divide by constants only, or train the network without that division.',
    );
  }
  const scale = { ...divisor, values: divisor.values.map((value) => 1 / value) };
  return affineOf(operands.traced(0, 'the dividend'), { scale }, budget, operands.node.subject);
};

const power: Operator = (operands) => {
  const value = operands.traced(0, 'the base', 'Take powers of the input by constants only.');
  const exponent = operands.scalar(1, 'the exponent');
  if (exponent === 1) return value;
  if (exponent === 2) return mapped(value, activation('square'));
  if (exponent !== undefined && Number.isInteger(exponent) && exponent > 2 && exponent <= mostPower)
    return mapped(value, activation({ polynomial: [...Array<number>(exponent).fill(0), 1] }));
  throw unsupported(
    operands.node.subject,
    `has the exponent ${exponent}`,
    `Powers from 1 to ${mostPower} are polynomials; use one of them, or an activation.`,
  );
};

/** The input as it is. */
const identity: Operator = (operands) => operands.traced(0, 'its input');

const dropout: Operator = (operands) => {
  const training = operands.scalar(2, 'training_mode') ?? 0;
  if (training !== 0)
    throw unsupported(
      operands.node.subject,
      'is in training mode',
      'Export the model for inference: model.eval().',
    );
  return identity(operands, { spend: () => undefined });
};

const cast: Operator = (operands) => {
  const to = intAttribute(operands.node, 'to', 0);
  if (isIntegerType(to) !== false)
    throw unsupported(
      operands.node.subject,
      `rounds to type ${to} (TensorProto.DataType)`,
      'Encrypted numbers are real; leave the cast to after decryption.',
    );
  return operands.traced(0, 'its input');
};

const sumOfMany: Operator = (operands, budget) => {
  const values = Array.from({ length: operands.count }, (_, k) => operands.value(k));
  const [first, ...rest] = values.toSorted(
    (a, b) => Number(a.kind === 'constant') - Number(b.kind === 'constant'),
  );
  return rest.reduce<Traced>((total, value) => sum(total, value, 1, operands, budget), first as Traced);
};

const expand: Operator = (operands, budget) => {
  const value = operands.traced(0, 'its input');
  const { subject } = operands.node;
  const target = operands.constant(1, 'a shape');
  const marked = value.batch && target.batch?.[0] === 1 && target.values[0] === 0;
  const rest = constant(
    [target.values.length],
    marked ? target.values.with(0, 1) : target.values,
    true,
    marked ? target.batch.with(0, 0) : target.batch,
  );
  const dims = besideSample(value, { ...rest, dims: [...rest.values] }, subject);
  const shape = broadcastShape(value.shape, dims);
  if (shape === undefined) throw malformed(subject, `expands ${dimsName(value)} to [${dims.join(', ')}]`);
  return broadcastTo(value, shape, budget, subject);
};

export const elementwise: Readonly<Record<string, Operator>> = {
  Add: (operands, budget) => sum(operands.value(0), operands.value(1), 1, operands, budget),
  Sub: (operands, budget) => sum(operands.value(0), operands.value(1), -1, operands, budget),
  Sum: sumOfMany,
  Mul: multiply,
  Div: divide,
  Neg: (operands, budget) =>
    affineOf(operands.traced(0, 'its input'), { scale: numberConstant(-1) }, budget, operands.node.subject),
  Pow: power,
  Identity: identity,
  Dropout: dropout,
  Cast: cast,
  Expand: expand,
};
