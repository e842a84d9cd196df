import { conv2d, dense, transpose } from '../../nn/layers.js';
import { floatAttribute, intAttribute } from '../attributes.js';
import type { Operands } from '../attributes.js';
import { elementsOf } from '../constants.js';
import type { Constant } from '../constants.js';
import { malformed, unsupported } from '../errors.js';
import { transposedConstant } from '../folding.js';
import type { Budget } from '../budget.js';
import { arranged, dimsName, mixesBatch, reshaped } from '../values.js';
import type { Traced } from '../values.js';
import { affineOf, sumOf } from './elementwise.js';
import type { Operator } from './operator.js';

/** Rows of weights, one a unit: units × inputs. */
interface Weights {
  readonly inputs: number;
  readonly units: number;
  readonly values: Float64Array;
}

/** Σ_k x[…, k] · w[n, k] for the last axis of the value; other axes are places that the weights are shared by. */
function alongLast(
  value: Traced,
  { inputs, units, values }: Weights,
  bias: Float64Array | undefined,
  subject: string,
): Traced {
  const { shape } = value;
  if (shape.at(-1) !== inputs)
    throw malformed(subject, `multiplies ${dimsName(value)} by a matrix with ${inputs} rows`);
  const places = elementsOf(shape.slice(0, -1));
  const result = [...shape.slice(0, -1), units];
  const biased = bias === undefined ? {} : { bias };
  if (places === 1) {
    const layer = dense({ inputs, units, weights: values, ...biased });
    return reshaped(value, result, arranged(value, [inputs]).apply(layer));
  }
  const layer = conv2d({ channels: inputs, filters: units, kernel: 1, weights: values, ...biased });
  const columns = arranged(value, [places, inputs]).apply(transpose([1, 0]));
  const picture = reshaped(value, [inputs, places, 1], columns);
  const made = arranged(picture, [inputs, places, 1]).apply(layer);
  const rows = arranged(reshaped(value, [units, places], made), [units, places]).apply(transpose([1, 0]));
  return reshaped(value, result, rows);
}

/** Σ_k w[n, k] · x[…, k, j]: the second to last axis. */
function alongSecondLast(value: Traced, { inputs, units, values }: Weights, subject: string): Traced {
  const { shape } = value;
  if (shape.length < 2)
    throw value.batch
      ? mixesBatch(subject, `multiplies ${dimsName(value)} from the left`)
      : malformed(subject, `multiplies ${dimsName(value)} from the left`);
  if (shape.at(-2) !== inputs)
    throw malformed(subject, `multiplies a matrix with ${inputs} columns by ${dimsName(value)}`);
  const outer = elementsOf(shape.slice(0, -2));
  const inner = shape.at(-1)!;
  const layer = conv2d({ channels: inputs, filters: units, kernel: 1, weights: values });
  const result = [...shape.slice(0, -2), units, inner];
  if (outer === 1) return reshaped(value, result, arranged(value, [inputs, 1, inner]).apply(layer));
  const made = arranged(value, [outer, inputs, inner])
    .apply(transpose([1, 0, 2]))
    .apply(layer);
  return reshaped(value, result, made.apply(transpose([1, 0, 2])));
}

/** A matrix, without axes of size 1 before it. */
function matrixOf(constant: Constant, subject: string): Constant {
  const { dims } = constant;
  if (dims.length < 2 || elementsOf(dims.slice(0, -2)) !== 1) {
    throw unsupported(
      subject,
      `multiplies by a constant of [${dims.join(', ')}]`,
      'Multiply by one matrix: a stack of them can be a convolution with groups.',
    );
  }
  return { ...constant, dims: dims.slice(-2) };
}

/** K × N weights of the file as N rows of K. */
function transposedWeights(matrix: Constant, budget: Budget, subject: string): Weights {
  budget.spend(2 * matrix.values.length, subject);
  const [inputs, units] = matrix.dims as [number, number];
  return { inputs, units, values: transposedConstant(matrix, [1, 0]).values };
}

const twoEncrypted = (operands: Operands): Error =>
  unsupported(
    operands.node.subject,
    'multiplies two matrices that both depend on the input',
    'Attention and the like are not read; Mul takes two such tensors element by element.',
  );

const matMul: Operator = (operands, budget) => {
  const [a, b] = [operands.value(0), operands.value(1)];
  const { subject } = operands.node;
  if (a.kind === 'traced' && b.kind === 'traced') throw twoEncrypted(operands);
  if (a.kind === 'traced') {
    const right = b as Constant;
    if (a.shape.length === 0) throw mixesBatch(subject, `multiplies ${dimsName(a)} by a matrix`);
    if (right.dims.length === 1) {
      budget.spend(right.values.length, subject);
      const weights = { inputs: right.dims[0]!, units: 1, values: right.values };
      const column = alongLast(a, weights, undefined, subject);
      return reshaped(column, column.shape.slice(0, -1));
    }
    return alongLast(a, transposedWeights(matrixOf(right, subject), budget, subject), undefined, subject);
  }
  const value = b as Traced;
  if (value.shape.length < 2 && value.batch)
    throw mixesBatch(subject, `multiplies ${dimsName(value)} from the left`);
  const vector = a.dims.length === 1;
  const left = vector ? { ...a, dims: [1, a.dims[0]!] } : matrixOf(a, subject);
  budget.spend(left.values.length, subject);
  const weights = { units: left.dims[0]!, inputs: left.dims[1]!, values: left.values };
  if (value.shape.length === 1) return alongLast(value, weights, undefined, subject);
  const made = alongSecondLast(value, weights, subject);
  return vector ? reshaped(made, [...made.shape.slice(0, -2), made.shape.at(-1)!]) : made;
};

/** alpha · A · B + beta · C of a matrix of the input and weights. */
const gemm: Operator = (operands, budget) => {
  const { node } = operands;
  const { subject } = node;
  if (operands.value(0).kind === 'traced' && operands.value(1).kind === 'traced')
    throw twoEncrypted(operands);
  const value = operands.traced(
    0,
    'its first matrix',
    'Write the weights as the second matrix, or use MatMul.',
  );
  const weights = operands.constant(1, 'a second matrix');
  const rank = value.shape.length + (value.batch ? 1 : 0);
  if (rank !== 2 || weights.dims.length !== 2)
    throw malformed(
      subject,
      `multiplies ${dimsName(value)} by [${weights.dims.join(', ')}]; both must be matrices`,
    );
  let rows = value;
  if (intAttribute(node, 'transA', 0) !== 0) {
    if (value.batch) throw mixesBatch(subject, `transposes ${dimsName(value)}`);
    const [height, width] = value.shape as [number, number];
    rows = reshaped(value, [width, height], arranged(value, value.shape).apply(transpose([1, 0])));
  }
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const transposed = intAttribute(node, 'transB', 0) !== 0;
  const asRows: Weights = transposed
    ? { units: weights.dims[0]!, inputs: weights.dims[1]!, values: weights.values }
    : transposedWeights(weights, budget, subject);
  budget.spend(asRows.values.length, subject);
  const scaled = alpha === 1 ? asRows.values : asRows.values.map((weight) => alpha * weight);
  const c = operands.optional(2);
  // A row of C is a bias; any other form of it is a sum of its own.
  const row =
    c?.kind === 'constant' && c.values.length === asRows.units && c.dims.at(-1) === asRows.units
      ? c.values.map((entry) => beta * entry)
      : undefined;
  const made = alongLast(rows, { ...asRows, values: scaled }, row, subject);
  if (c === undefined || row !== undefined) return made;
  if (c.kind === 'traced') return sumOf(made, c, [1, beta], budget, subject);
  const offset = { ...c, values: c.values.map((entry) => beta * entry) };
  const result = affineOf(made, { offset }, budget, subject);
  if (result.shape.join() !== made.shape.join())
    throw malformed(subject, `adds [${c.dims.join(', ')}] to ${dimsName(made)}`);
  return result;
};

export const products: Readonly<Record<string, Operator>> = { MatMul: matMul, Gemm: gemm };
