import type { Ciphertext } from '../../ckks/ciphertext.js';
import { Evaluator } from '../../ckks/evaluator.js';
import { LinearTransform } from '../../ckks/linear-transform.js';
import type { CkksParameters } from '../../ckks/parameters.js';
import type { Plaintext } from '../../ckks/plaintext.js';
import { ParameterError } from '../../errors.js';
import type { SparseMatrix } from '../sparse.js';
import { portion } from './executor.js';
import type { ExecutionOptions, Watch } from './executor.js';
import type { FoldedLinear } from './fold.js';
import { longestPeriod } from './layout.js';
import { spreadVector } from './pack.js';
import { layoutOf } from './plan.js';
import type { InterleavedPacking, LinearStep, Plan } from './plan.js';
import { DiagonalMap, diagonalsOf, foldsOf } from './transform-plan.js';

// Linear steps of interleaved packing: diagonals, encoded once, and what is done with them.

/** A linear step on slots. */
export interface PreparedTransform {
  /** One a source. */
  readonly transforms: readonly LinearTransform[];
  readonly bias: Plaintext;
  /** Sums of `count` slots, `stride` apart, gather the results; a count of 1 where they are whole. */
  readonly fold: { readonly count: number; readonly stride: number };
}

/** A linear step on ciphertexts. */
export async function applyTransform(
  evaluator: Evaluator,
  { transforms, bias, fold }: PreparedTransform,
  sources: readonly (readonly Ciphertext[])[],
  watch: Watch,
): Promise<Ciphertext[]> {
  let sums = await transformAll(evaluator, sources, transforms, portion(watch, 0, 3));
  const replace = (next: Ciphertext[]): void => {
    for (const ciphertext of sums) ciphertext.dispose();
    sums = next;
  };
  try {
    if (fold.count > 1)
      replace(await evaluator.innerSum(sums, fold.count, { stride: fold.stride, ...portion(watch, 1, 3) }));
    return await evaluator.add(sums, bias, portion(watch, 2, 3));
  } finally {
    replace([]);
  }
}

/** Σ transforms[k] · sources[k] for every ciphertext of a value. */
async function transformAll(
  evaluator: Evaluator,
  sources: readonly (readonly Ciphertext[])[],
  transforms: readonly LinearTransform[],
  watch: Watch,
): Promise<Ciphertext[]> {
  const [first] = sources as [readonly Ciphertext[]];
  if (sources.length === 1) return evaluator.transform(first, transforms[0]!, watch);
  const sums: Ciphertext[] = [];
  try {
    for (const index of first.keys()) {
      const operands = sources.map((source) => source[index]!);
      sums.push(await evaluator.transformSum(operands, transforms, portion(watch, index, first.length)));
    }
    return sums;
  } catch (error) {
    for (const ciphertext of sums) ciphertext.dispose();
    throw error;
  }
}

/** A linear step of a network with interleaved packing. */
export interface TransformTask {
  readonly plan: Plan;
  readonly packing: InterleavedPacking;
  readonly index: number;
  readonly step: FoldedLinear;
  readonly parameters: CkksParameters;
}

export async function prepareTransform(
  { plan, packing, index, step, parameters }: TransformTask,
  options: ExecutionOptions,
): Promise<PreparedTransform> {
  const { transform, level } = plan.steps[index] as LinearStep;
  const { layout, babySteps } = transform!;
  const { length, samples } = packing;
  const sources = step.sources.map((source) => layoutOf(plan.steps, packing.input, source));
  const period = longestPeriod(sources);
  const transforms: LinearTransform[] = [];
  try {
    for (const [k, matrix] of step.matrices.entries()) {
      const map = new DiagonalMap(sources[k]!, layout, period);
      const diagonals = slotDiagonals(matrix, map, length, samples);
      // A source without an entry: one diagonal of zeros, whose products LinearTransform keeps encrypted.
      if (diagonals.size === 0) diagonals.set(0, new Float64Array(length * samples));
      transforms.push(
        await LinearTransform.fromDiagonals(parameters, diagonals, {
          level,
          babySteps: babySteps[k]! * samples,
          ...(options.signal && { signal: options.signal }),
        }),
      );
    }
    requireRotations(plan, transforms, level);
    const bias = await new Evaluator(parameters).encode(spreadVector(packing, layout, step.bias), {
      level: level - 1,
    });
    const folds = foldsOf(period, layout.period);
    return { transforms, bias, fold: { count: 2 ** folds.length, stride: layout.period * samples } };
  } catch (error) {
    for (const transform of transforms) transform.dispose();
    throw error;
  }
}

/** The diagonals of a ciphertext's slots: every entry of the matrix, for every sample, again after every period. */
function slotDiagonals(
  matrix: SparseMatrix,
  map: DiagonalMap,
  length: number,
  samples: number,
): Map<number, Float64Array> {
  const diagonals = new Map(
    diagonalsOf(matrix, map).map((diagonal) => [diagonal, new Float64Array(length * samples)]),
  );
  for (let row = 0; row < matrix.rows; ++row) {
    for (let k = matrix.offsets[row]!; k < matrix.offsets[row + 1]!; ++k) {
      const column = matrix.indices[k]!;
      const index = map.diagonal(row, column);
      const slots = diagonals.get(index)!;
      for (let slot = map.slot(row, column, index); slot < length; slot += map.period)
        slots.fill(matrix.values[k]!, slot * samples, (slot + 1) * samples);
    }
  }
  return new Map([...diagonals].map(([index, slots]) => [index * samples, slots]));
}

/** A plan from elsewhere could name other keys than its layouts need. */
function requireRotations(plan: Plan, transforms: readonly LinearTransform[], level: number): void {
  for (const transform of transforms) {
    const missing = transform.rotations.find(
      (steps) => !plan.keys.rotations.some((key) => key.steps === steps && key.level >= level),
    );
    if (missing !== undefined)
      throw new ParameterError(
        'PARAMETERS_MISMATCH',
        `The model needs the rotation by ${missing} at level ${level}, which is not among the keys of the plan. Use the plan and the model of one compile().`,
        { rotation: missing, level },
      );
  }
}
