import { Bootstrapper } from '../../ckks/bootstrapper.js';
import type { Ciphertext } from '../../ckks/ciphertext.js';
import type { EvaluationKeys } from '../../ckks/evaluation-keys.js';
import { Evaluator } from '../../ckks/evaluator.js';
import { CkksParameters } from '../../ckks/parameters.js';
import type { Complex } from '../../ckks/slots.js';
import type { SparseRows } from '../../ckks/sparse-rows.js';
import { isFull, scaledMatrix, sideBySide } from '../sparse.js';
import type { SparseMatrix } from '../sparse.js';
import { bootstrapValue } from './bootstrap-value.js';
import { executeNonlinear, executeSteps, portion } from './executor.js';
import type { ExecutionOptions, PlanExecutor, StepExecutor, Watch } from './executor.js';
import type { FoldedLinear, FoldedStep } from './fold.js';
import { ciphertextsPerBatch } from './pack.js';
import { hasPairs, readingLevelOf, slotMagnitude } from './plan.js';
import type { Plan } from './plan.js';
import { applyTransform, prepareTransform } from './prepared-transform.js';
import type { PreparedTransform } from './prepared-transform.js';
import { halvesOf } from './schedule.js';
import type { Halves } from './schedule.js';
import { validatePlan } from './schema.js';
import type { ServerModel } from './server-model.js';

// A network ready to run on ciphertexts: what can be encoded once is.

/** A linear step on ciphertexts that are one element each. */
interface PreparedMap {
  readonly weights: Float64Array | SparseRows;
  readonly bias: Float64Array;
  /** Where two samples share a slot: the bias of both, which no linear map adds. `bias` is zeros then. */
  readonly pairBias?: readonly Complex[];
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
  #bootstrapper: Bootstrapper | undefined;

  private constructor(
    readonly plan: Plan,
    readonly model: ServerModel,
    /** The tables of the plan's parameters. */
    readonly parameters: CkksParameters,
  ) {}

  /**
   * Encodes what the plan's linear steps and bootstraps need; progress counts steps. Throws FormatError for a plan that is not valid and
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
    const { plan, parameters } = this;
    const { steps } = this.model;
    const { packing, bootstrapping } = plan;
    // The matrices of bootstrapping count as a step.
    const total = steps.length + (bootstrapping === undefined ? 0 : 1);
    for (const [index, given] of steps.entries()) {
      if (given.kind !== 'linear') continue;
      const step = halve(given, halvesOf(steps, bootstrapping?.values ?? [], index));
      if (packing.kind === 'samples') {
        this.#maps.set(index, prepareMap(step, packing.pairs, index === steps.length - 1));
        continue;
      }
      this.#transforms.set(
        index,
        await prepareTransform({ plan, packing, index, step, parameters }, options),
      );
      options.onProgress?.({ done: index + 1, total });
    }
    if (bootstrapping === undefined) return;
    const { signal } = options;
    this.#bootstrapper = await Bootstrapper.create(parameters, { keys: bootstrapping.keys, signal });
    options.onProgress?.({ done: total, total });
  }

  /**
   * The ciphertexts of the outputs, batch after batch, from those of the inputs, by the keys of the plan. Progress counts
   * hundredths of steps and bootstraps over all batches.
   *
   * @internal
   */
  async execute(
    keys: EvaluationKeys,
    inputs: readonly Ciphertext[],
    batches: number,
    options: ExecutionOptions = {},
  ): Promise<Ciphertext[]> {
    const { steps } = this.model;
    const { up } = ciphertextsPerBatch(this.plan);
    const { packing } = this.plan;
    const evaluator = new Evaluator(this.parameters, keys);
    const executor: PlanExecutor = {
      step: packing.kind === 'samples' ? this.#samplesExecutor(packing.pairs) : this.#slotsExecutor(),
      levels: this.plan.steps.map((step) => step.level),
      bootstraps: this.#bootstraps(evaluator, keys),
    };
    const together = packing.kind === 'samples' ? 1 : kGroup;
    const outputs: Ciphertext[] = [];
    try {
      for (let first = 0; first < batches; first += together) {
        const group = inputs.slice(first * up, (first + together) * up);
        const results = await executeSteps(evaluator, steps, group, executor, {
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

  /** What is done with each value that is bootstrapped. */
  #bootstraps(evaluator: Evaluator, keys: EvaluationKeys): PlanExecutor['bootstraps'] {
    const { steps, packing, bootstrapping } = this.plan;
    const bootstrapper = this.#bootstrapper;
    if (bootstrapping === undefined || bootstrapper === undefined) return new Map();
    const levels = steps.map((step) => step.level);
    return new Map(
      bootstrapping.values.map(({ value, joined }) => {
        const halved = halvesOf(steps, bootstrapping.values, value - 1).result !== 1;
        const refreshment = {
          joined,
          level: readingLevelOf(steps, levels, value),
          magnitude: slotMagnitude(hasPairs(packing)) * (joined && !halved ? 2 : 1),
        };
        return [
          value,
          (ciphertexts: readonly Ciphertext[], watch: Watch) =>
            bootstrapValue({ bootstrapper, keys, evaluator }, refreshment, ciphertexts, watch),
        ];
      }),
    );
  }

  /** Bytes of encoded diagonals, and of the matrices of bootstrapping. */
  get byteLength(): number {
    let sum = this.#bootstrapper?.byteLength ?? 0;
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
    this.#bootstrapper?.dispose();
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
      return applyTransform(evaluator, this.#transforms.get(index)!, sources, watch);
    };
  }
}

/** The step with the halves of joined values in its matrices. */
function halve(step: FoldedLinear, { result, sources }: Halves): FoldedLinear {
  if (result === 1 && sources.every((factor) => factor === 1)) return step;
  return {
    ...step,
    matrices: step.matrices.map((matrix, k) => scaledMatrix(matrix, result * sources[k]!)),
    bias: step.bias.map((b) => result * b),
  };
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

/** [A B …], times a factor, as the evaluator takes it. */
function weightsOf(matrices: readonly SparseMatrix[], factor: number): Float64Array | SparseRows {
  const all = scaledMatrix(matrices.length === 1 ? matrices[0]! : sideBySide(matrices), factor);
  return isFull(all) ? all.values : { rowOffsets: all.offsets, columns: all.indices, values: all.values };
}
