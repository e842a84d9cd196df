import { refuse, requireInteger, requireVector } from '../check.js';
import { scalarFunction } from './activations.js';
import type { DenseLayer, Model } from './model.js';

/** Called with what enters each layer, before it is computed: `values` holds rows of `width` numbers. */
export type LayerVisitor = (layer: number, values: Float64Array, width: number) => void;

/** The number of rows in a batch of inputs of the model; refuses a batch that does not divide, is empty or not finite. */
export function batchRows(model: Model, rows: Float64Array): number {
  requireVector(rows, 'a batch of inputs');
  if (rows.length === 0 || rows.length % model.inputs !== 0) {
    const details = { inputs: model.inputs, received: rows.length };
    refuse(`a positive multiple of ${model.inputs} values`, 'a batch of inputs', rows.length, details);
  }
  return rows.length / model.inputs;
}

function applyDense(layer: DenseLayer, values: Float64Array, rows: number): Float64Array {
  const { inputs, units, weights, bias } = layer;
  const result = new Float64Array(rows * units);
  for (let row = 0; row < rows; ++row) {
    for (let unit = 0; unit < units; ++unit) {
      let sum = bias[unit]!;
      for (let i = 0; i < inputs; ++i) sum += weights[unit * inputs + i]! * values[row * inputs + i]!;
      result[row * units + unit] = sum;
    }
  }
  return result;
}

/**
 * The outputs of the model in the clear, in double precision.
 *
 * @param rows - the inputs, row after row (a multiple of `model.inputs` values).
 * @returns as many rows of `model.outputs` values.
 */
export function evaluate(model: Model, rows: Float64Array, visit?: LayerVisitor): Float64Array {
  const count = batchRows(model, rows);
  let values = rows;
  model.layers.forEach((layer, index) => {
    visit?.(index, values, values.length / count);
    values =
      layer.kind === 'dense' ? applyDense(layer, values, count) : values.map(scalarFunction(layer.function));
  });
  return values;
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
