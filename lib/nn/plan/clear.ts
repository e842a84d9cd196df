import { refuse } from '../../check.js';
import { evaluatePolynomial } from '../activations.js';
import type { FoldedStep } from './fold.js';

/**
 * The clear twin of the encrypted executor: the same folded steps in the same order, in double precision.
 *
 * @param rows - inputs, row after row.
 * @returns outputs, row after row.
 */
export function executeInClear(
  steps: readonly FoldedStep[],
  inputs: number,
  rows: Float64Array,
): Float64Array {
  if (rows.length === 0 || rows.length % inputs !== 0)
    refuse(`a positive multiple of ${inputs} values`, 'the rows', rows.length);
  const count = rows.length / inputs;
  let values = rows;
  let width = inputs;
  for (const step of steps) {
    if (step.kind === 'square') values = values.map((x) => x * x);
    else if (step.kind === 'polynomial') values = values.map((x) => evaluatePolynomial(step.coefficients, x));
    else {
      const next = new Float64Array(count * step.units);
      for (let row = 0; row < count; ++row) {
        for (let unit = 0; unit < step.units; ++unit) {
          let sum = step.bias[unit]!;
          for (let i = 0; i < width; ++i) sum += step.weights[unit * width + i]! * values[row * width + i]!;
          next[row * step.units + unit] = sum;
        }
      }
      values = next;
      width = step.units;
    }
  }
  return values;
}
