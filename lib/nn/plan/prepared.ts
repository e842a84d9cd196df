import type { Ciphertext } from '../../ckks/ciphertext.js';
import { Evaluator } from '../../ckks/evaluator.js';
import { LinearTransform } from '../../ckks/linear-transform.js';
import { CkksParameters } from '../../ckks/parameters.js';
import type { Plaintext } from '../../ckks/plaintext.js';
import type { Complex } from '../../ckks/slots.js';
import type { SparseRows } from '../../ckks/sparse-rows.js';
import { ParameterError } from '../../errors.js';
import { executeNonlinear, executeSteps, portion } from './executor.js';
import type { ExecutionOptions, StepExecutor, Watch } from './executor.js';
import type { FoldedLinear, FoldedStep } from './fold.js';
import { longestPeriod } from './layout.js';
import { ciphertextsPerBatch, spreadVector } from './pack.js';
import { layoutOf } from './plan.js';
import type { InterleavedPacking, LinearStep, Plan } from './plan.js';
import { validatePlan } from './schema.js';
import type { ServerModel } from './server-model.js';
import { DiagonalMap, diagonalsOf, foldsOf } from './transform-plan.js';
import { isFull, scaledMatrix, sideBySide } from '../sparse.js';
import type { SparseMatrix } from '../sparse.js';

// A network ready to run on ciphertexts: what can be encoded once is.

/** A linear step on ciphertexts that are one element each. */
interface PreparedMap {
  readonly weights: Float64Array | SparseRows;
  readonly bias: Float64Array;
  /** Where two samples share a slot: the bias of both, which no linear map adds. `bias` is zeros then. */
  readonly pairBias?: readonly Complex[];
}

/** A linear step on slots. */
interface PreparedTransform {
  /** One a source. */
  readonly transforms: readonly LinearTransform[];
  readonly bias: Plaintext;
  /** Sums of `count` slots, `stride` apart, gather the results; a count of 1 where they are whole. */
  readonly fold: { readonly count: number; readonly stride: number };
}

/** Ciphertexts that go through the steps together: enough to keep the threads busy, few enough for memory. */
const kGroup = 8;
/** Ciphertexts of a value that are taken apart into their real and imaginary parts at a time. */
const kPairs = 64;

/**
 * The server's half of a network, encoded under the parameters of its plan: the weights, but no client's keys. One serves
 * any number of clients.
 *
 * @example
 * ```ts
 * const network = await PreparedNetwork.prepare(plan, serverModel); // once
 * const server = await Server.create(plan, network, keysOfOneClient); // for each client
 * ```
 */
export class PreparedNetwork {
  /** The linear steps by their numbers; which of the two holds them, the packing decides. */
  readonly #maps = new Map<number, PreparedMap>();
  readonly #transforms = new Map<number, PreparedTransform>();

  private constructor(
    readonly plan: Plan,
    readonly model: ServerModel,
    /** The tables of the plan's parameters. */
    readonly parameters: CkksParameters,
  ) {}

  /**
   * Encodes what the plan's linear steps need; progress counts steps. Throws FormatError for a plan that is not valid and
   * ParameterError when the model does not fit it.
   */
  static async prepare(
    plan: Plan,
    model: ServerModel,
    options: ExecutionOptions = {},
  ): Promise<PreparedNetwork> {
    return PreparedNetwork.prepareValidated(validatePlan(plan), model, options);
  }

  /**
   * prepare() of what validatePlan() gave.
   *
   * @internal
   */
  static async prepareValidated(
    plan: Plan,
    model: ServerModel,
    options: ExecutionOptions = {},
  ): Promise<PreparedNetwork> {
    model.requireFits(plan);
    const network = new PreparedNetwork(plan, model, await CkksParameters.create(plan.parameters));
    try {
      await network.#prepareSteps(options);
      return network;
    } catch (error) {
      network.dispose();
      throw error;
    }
  }

  async #prepareSteps(options: ExecutionOptions): Promise<void> {
    const { steps } = this.model;
    const { packing } = this.plan;
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'linear') continue;
      if (packing.kind === 'samples') {
        this.#maps.set(index, prepareMap(step, packing.pairs, index === steps.length - 1));
        continue;
      }
      const { plan, parameters } = this;
      this.#transforms.set(
        index,
        await prepareTransform({ plan, packing, index, step, parameters }, options),
      );
      options.onProgress?.({ done: index + 1, total: steps.length });
    }
  }

  /**
   * The ciphertexts of the outputs, batch after batch, from those of the inputs. Progress counts hundredths of steps over
   * all batches.
   *
   * @internal
   */
  async execute(
    evaluator: Evaluator,
    inputs: readonly Ciphertext[],
    batches: number,
    options: ExecutionOptions = {},
  ): Promise<Ciphertext[]> {
    const { steps } = this.model;
    const { up } = ciphertextsPerBatch(this.plan);
    const { packing } = this.plan;
    const step = packing.kind === 'samples' ? this.#samplesExecutor(packing.pairs) : this.#slotsExecutor();
    const together = packing.kind === 'samples' ? 1 : kGroup;
    const outputs: Ciphertext[] = [];
    try {
      for (let first = 0; first < batches; first += together) {
        const group = inputs.slice(first * up, (first + together) * up);
        const results = await executeSteps(evaluator, steps, group, step, {
          ...(options.signal && { signal: options.signal }),
          onProgress: ({ done, total }) => {
            const part = Math.min(together, batches - first);
            options.onProgress?.({ done: first * total + part * done, total: batches * total });
          },
        });
        outputs.push(...results);
      }
      return outputs;
    } catch (error) {
      for (const ciphertext of outputs) ciphertext.dispose();
      throw error;
    }
  }

  /** Bytes of encoded diagonals. */
  get byteLength(): number {
    let sum = 0;
    for (const { transforms, bias } of this.#transforms.values())
      sum += transforms.reduce((total, transform) => total + transform.byteLength, bias.byteLength);
    return sum;
  }

  /** Frees what was encoded, and the tables. */
  dispose(): void {
    for (const { transforms, bias } of this.#transforms.values()) {
      for (const transform of transforms) transform.dispose();
      bias.dispose();
    }
    this.parameters.dispose();
  }

  /** Ciphertext i of a value is its element i. */
  #samplesExecutor(pairs: boolean): StepExecutor {
    const { steps } = this.model;
    return async (evaluator, index, sources, watch) => {
      const step = steps[index]!;
      if (step.kind === 'linear') return applyMap(evaluator, this.#maps.get(index)!, sources.flat(), watch);
      if (!pairs) return executeNonlinear(evaluator, step, sources, watch);
      // In groups: taken apart, a wide layer would be twice as large once more.
      const { length } = sources[0]!;
      const results: Ciphertext[] = [];
      try {
        for (let first = 0; first < length; first += kPairs) {
          const group = sources.map((source) => source.slice(first, first + kPairs));
          const part = portion(watch, first / kPairs, Math.ceil(length / kPairs));
          results.push(...(await executeOnPairs(evaluator, step, group, part)));
        }
        return results;
      } catch (error) {
        for (const ciphertext of results) ciphertext.dispose();
        throw error;
      }
    };
  }

  /** Ciphertext i of a value is sample group i, all elements in its slots. */
  #slotsExecutor(): StepExecutor {
    const { steps } = this.model;
    return async (evaluator, index, sources, watch) => {
      const step = steps[index]!;
      if (step.kind !== 'linear') return executeNonlinear(evaluator, step, sources, watch);
      const { transforms, bias, fold } = this.#transforms.get(index)!;
      let sums = await transformAll(evaluator, sources, transforms, portion(watch, 0, 3));
      const replace = (next: Ciphertext[]): void => {
        for (const ciphertext of sums) ciphertext.dispose();
        sums = next;
      };
      try {
        if (fold.count > 1)
          replace(
            await evaluator.innerSum(sums, fold.count, { stride: fold.stride, ...portion(watch, 1, 3) }),
          );
        return await evaluator.add(sums, bias, portion(watch, 2, 3));
      } finally {
        replace([]);
      }
    };
  }
}

/** The weights as the evaluator takes them. */
function prepareMap({ matrices, bias }: FoldedLinear, pairs: boolean, last: boolean): PreparedMap {
  if (!pairs) return { weights: weightsOf(matrices, 1), bias };
  // A pair is taken apart into twice its parts.
  const factor = last ? 1 : 0.5;
  return {
    weights: weightsOf(matrices, factor),
    bias: new Float64Array(bias.length),
    pairBias: Array.from(bias, (b) => ({ re: factor * b, im: factor * b })),
  };
}

async function applyMap(
  evaluator: Evaluator,
  { weights, bias, pairBias }: PreparedMap,
  inputs: readonly Ciphertext[],
  watch: Watch,
): Promise<Ciphertext[]> {
  if (pairBias === undefined) return evaluator.linearMap(inputs, weights, bias, watch);
  const sums = await evaluator.linearMap(inputs, weights, bias, portion(watch, 0, 2));
  try {
    return await evaluator.add(sums, pairBias, portion(watch, 1, 2));
  } finally {
    for (const ciphertext of sums) ciphertext.dispose();
  }
}

/** A step that is no linear one, on ciphertexts with a sample in each part of their slots. */
async function executeOnPairs(
  evaluator: Evaluator,
  step: Exclude<FoldedStep, { kind: 'linear' }>,
  sources: readonly (readonly Ciphertext[])[],
  watch: Watch,
): Promise<Ciphertext[]> {
  const taken: Ciphertext[][] = [];
  const calls = sources.length + 2;
  try {
    for (const [k, source] of sources.entries())
      taken.push((await evaluator.splitComplex(source, portion(watch, k, calls))).flat());
    const results = await executeNonlinear(evaluator, step, taken, portion(watch, calls - 2, calls));
    taken.push(results);
    const even = results.filter((_, i) => i % 2 === 0);
    const odd = results.filter((_, i) => i % 2 === 1);
    return await evaluator.joinComplex(even, odd, portion(watch, calls - 1, calls));
  } finally {
    for (const ciphertext of taken.flat()) ciphertext.dispose();
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
interface TransformTask {
  readonly plan: Plan;
  readonly packing: InterleavedPacking;
  readonly index: number;
  readonly step: FoldedLinear;
  readonly parameters: CkksParameters;
}

async function prepareTransform(
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

/** [A B …], times a factor, as the evaluator takes it. */
function weightsOf(matrices: readonly SparseMatrix[], factor: number): Float64Array | SparseRows {
  const all = scaledMatrix(matrices.length === 1 ? matrices[0]! : sideBySide(matrices), factor);
  return isFull(all) ? all.values : { rowOffsets: all.offsets, columns: all.indices, values: all.values };
}
