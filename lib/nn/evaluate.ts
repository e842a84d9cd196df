import { refuse, requireInteger, requireVector } from '../check.js';
import { scalarFunction } from './activations.js';
import { isLinear, linearMap } from './linear-maps.js';
import type { Model } from './model.js';
import { multiplyAdd } from './sparse.js';

/** Called with what enters each layer (its operands, row after row) before it is computed. */
export type LayerVisitor = (layer: number, operands: readonly Float64Array[]) => void;

/** The number of rows in a batch of inputs of the model; refuses a batch that does not divide, is empty or not finite. */
export function batchRows(model: Model, rows: Float64Array): number {
  requireVector(rows, 'a batch of inputs');
  if (rows.length === 0 || rows.length % model.inputs !== 0) {
    const details = { inputs: model.inputs, received: rows.length };
    refuse(`a positive multiple of ${model.inputs} values`, 'a batch of inputs', rows.length, details);
  }
  return rows.length / model.inputs;
}

/**
 * The outputs of the model in the clear, in double precision.
 *
 * @param rows - the inputs, row after row (a multiple of `model.inputs` values).
 * @param visit - is shown what enters each layer.
 * @returns as many rows of `model.outputs` values.
 */
export function evaluate(model: Model, rows: Float64Array, visit?: LayerVisitor): Float64Array {
  const count = batchRows(model, rows);
  const { nodes } = model;
  const lastUse = nodes.map((_, index) => nodes.findLastIndex((node) => node.from.includes(index)));
  const results: (Float64Array | undefined)[] = [];
  nodes.forEach(({ layer, from }, index) => {
    const operands = from.map((source) => (source < 0 ? rows : results[source]!));
    visit?.(index, operands);
    if (layer.kind === 'activation') results[index] = operands[0]!.map(scalarFunction(layer.function));
    else if (layer.kind === 'product')
      results[index] = operands[0]!.map((value, i) => value * operands[1]![i]!);
    else if (isLinear(layer)) {
      const shapes = from.map((source) => (source < 0 ? model.inputShape : nodes[source]!.shape));
      const { matrices, bias } = linearMap(layer, shapes);
      const result = new Float64Array(count * bias.length);
      for (let row = 0; row < count; ++row) {
        result.set(bias, row * bias.length);
        matrices.forEach((matrix, k) => {
          multiplyAdd(matrix, operands[k]!, row * matrix.columns, result, row * bias.length);
        });
      }
      results[index] = result;
    }
    for (const source of from) if (source >= 0 && lastUse[source] === index) results[source] = undefined;
  });
  return results[nodes.length - 1]!;
}

/** The index of the largest value of each row; the first one on a tie. */
export function argmaxRows(values: Float64Array, width: number): Int32Array {
  requireInteger(width, 'the width of a row', 1);
  if (values.length % width !== 0) refuse(`a multiple of ${width} values`, 'rows', values.length);
  const result = new Int32Array(values.length / width);
  for (let row = 0; row < result.length; ++row) {
    let best = 0;
    for (let i = 1; i < width; ++i) if (values[row * width + i]! > values[row * width + best]!) best = i;
    result[row] = best;
  }
  return result;
}
