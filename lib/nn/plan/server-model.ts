import { FormatError, ParameterError } from '../../errors.js';
import { decodeDoubles, decodeIntegers, encodeNumbers } from '../base64.js';
import { parseJson } from '../json-document.js';
import { isFull, sparseFromDense } from '../sparse.js';
import type { SparseMatrix } from '../sparse.js';
import { validateServerModel } from './schema.js';
import type { SerializedMatrix } from './schema.js';
import type { FoldedStep } from './fold.js';
import { widthsOf } from './plan.js';
import type { Plan } from './plan.js';
import { entriesOf } from './step-shape.js';

/**
 * The server's half of a compiled network: the folded weights. Private to whoever owns the model; clients never need it.
 */
export class ServerModel {
  /** @internal */
  constructor(readonly steps: readonly FoldedStep[]) {}

  /** The weights as JSON text in UTF-8, arrays as base64 of little-endian numbers. */
  toBytes(): Uint8Array {
    const steps = this.steps.map((step) =>
      step.kind === 'linear'
        ? { ...step, matrices: step.matrices.map(writeMatrix), bias: encodeNumbers(step.bias) }
        : step,
    );
    return Buffer.from(JSON.stringify({ format: 'ciphernet-server-model', version: 2, steps }), 'utf8');
  }

  /** Reads what toBytes() wrote. Throws FormatError naming the field that is wrong. */
  static fromBytes(bytes: Uint8Array): ServerModel {
    const { steps } = validateServerModel(parseJson(bytes, 'server model'));
    return new ServerModel(
      steps.map((step, index): FoldedStep => {
        if (step.kind !== 'linear') return step;
        const field = `steps.${index}`;
        const { rows } = step.matrices[0]!;
        if (step.matrices.length !== step.sources.length || step.matrices.some((m) => m.rows !== rows))
          throw corrupt(`${field}.matrices`, 'do not fit its sources or each other');
        return {
          ...step,
          matrices: step.matrices.map((matrix, k) => readMatrix(matrix, `${field}.matrices.${k}`)),
          bias: decodeDoubles(step.bias, `${field}.bias`, owner, rows),
        };
      }),
    );
  }

  /** Throws ParameterError unless the steps have the shapes of the plan. */
  requireFits(plan: Plan): void {
    const shape = (step: FoldedStep | Plan['steps'][number]): string => {
      const from = `of ${step.sources.join(' and ')}`;
      if (step.kind === 'linear') {
        const entries = 'matrices' in step ? entriesOf(step.matrices) : step.entries;
        const units = 'matrices' in step ? step.bias.length : step.units;
        return `linear ${from} with ${entries.join(' + ')} entries for ${units} units`;
      }
      if (step.kind !== 'polynomial') return `${step.kind} ${from}`;
      return `polynomial ${from} of degree ${'degree' in step ? step.degree : step.chebyshev.length - 1}`;
    };
    const mine = this.steps.map(shape).join(', ');
    const planned = plan.steps.map(shape).join(', ');
    const widths = widthsOf(plan);
    const columns = this.steps.every(
      (step) =>
        step.kind !== 'linear' ||
        step.matrices.every((matrix, k) => matrix.columns === widths[step.sources[k]!]),
    );
    if (mine !== planned || !columns) {
      throw new ParameterError(
        'PARAMETERS_MISMATCH',
        `The plan is for ${planned}, but the server model has ${mine}. Use the plan and the model of one compile().`,
        {
          plan: planned,
          serverModel: mine,
        },
      );
    }
  }
}

const owner = 'the server model';
const corrupt = (field: string, what: string): FormatError =>
  new FormatError('FORMAT_CORRUPT', `${field} of ${owner} ${what}.`, { field });

function writeMatrix(matrix: SparseMatrix): SerializedMatrix {
  const { rows, columns } = matrix;
  const values = encodeNumbers(matrix.values);
  if (isFull(matrix)) return { rows, columns, values };
  return {
    rows,
    columns,
    values,
    offsets: encodeNumbers(matrix.offsets),
    indices: encodeNumbers(matrix.indices),
  };
}

function readMatrix(stored: SerializedMatrix, field: string): SparseMatrix {
  const { rows, columns } = stored;
  if (stored.offsets === undefined || stored.indices === undefined)
    return sparseFromDense(
      rows,
      columns,
      decodeDoubles(stored.values, `${field}.values`, owner, rows * columns),
    );
  const offsets = decodeIntegers(stored.offsets, `${field}.offsets`, owner, rows + 1);
  if (offsets[0] !== 0 || offsets.some((offset, row) => row > 0 && offset < offsets[row - 1]!))
    throw corrupt(`${field}.offsets`, 'do not ascend from 0');
  const count = offsets[rows]!;
  const indices = decodeIntegers(stored.indices, `${field}.indices`, owner, count);
  for (let row = 0; row < rows; ++row) {
    for (let k = offsets[row]!; k < offsets[row + 1]!; ++k) {
      const inOrder = k === offsets[row] || indices[k]! > indices[k - 1]!;
      if (indices[k]! < 0 || indices[k]! >= columns || !inOrder)
        throw corrupt(
          `${field}.indices`,
          `hold ${indices[k]} at ${k}, which no row of ${columns} columns can`,
        );
    }
  }
  return {
    rows,
    columns,
    offsets,
    indices,
    values: decodeDoubles(stored.values, `${field}.values`, owner, count),
  };
}
