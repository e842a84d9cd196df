import { refuse } from '../../check.js';
import { evaluateChebyshev } from '../fit.js';
import { multiplyAdd } from '../sparse.js';
import type { FoldedStep } from './fold.js';

/**
 * The clear twin of the encrypted executors: the same folded steps in the same order, in double precision.
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
  const values = [rows];
  for (const step of steps) values.push(execute(step, values, count));
  return values.at(-1)!;
}

function execute(step: FoldedStep, values: readonly Float64Array[], count: number): Float64Array {
  const [first, second] = step.sources.map((source) => values[source]!);
  switch (step.kind) {
    case 'square':
      return first!.map((x) => x * x);
    case 'product':
      return first!.map((x, i) => x * second![i]!);
    case 'polynomial':
      return first!.map((x) => evaluateChebyshev(step.chebyshev, [-1, 1], x));
    case 'linear': {
      const units = step.bias.length;
      const result = new Float64Array(count * units);
      for (let row = 0; row < count; ++row) {
        result.set(step.bias, row * units);
        step.matrices.forEach((matrix, k) => {
          multiplyAdd(matrix, values[step.sources[k]!]!, row * matrix.columns, result, row * units);
        });
      }
      return result;
    }
  }
}
