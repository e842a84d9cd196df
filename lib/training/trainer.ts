import { checkOptions, checkRun, refuse, requireInstance, requireInteger, runOptionNames } from '../check.js';
import { Bootstrapper } from '../ckks/bootstrapper.js';
import type { Ciphertext } from '../ckks/ciphertext.js';
import { EvaluationKeys } from '../ckks/evaluation-keys.js';
import { Evaluator } from '../ckks/evaluator.js';
import { CkksParameters } from '../ckks/parameters.js';
import type { RunOptions } from '../native.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { NodeExecutor } from './encrypted.js';
import type { EncryptedContext } from './encrypted.js';
import { rateAt } from './optimizer.js';
import { EncryptedBatch, EncryptedState, requireBatchOf, requireStateOf } from './encrypted-data.js';
import { derivedOf, requireParametersOf } from './plan.js';
import type { TrainingPlan } from './plan.js';
import { sourcesOf } from './program.js';
import type { Program } from './program.js';
import { countOperations } from './work.js';
import { PreparedFeatures, runEncrypted } from './run.js';

/** The batch of a step, which counts from 0. */
export type Batches =
  readonly EncryptedBatch[] | ((step: number) => EncryptedBatch | Promise<EncryptedBatch>);

/** Where the state is written to. */
export interface CheckpointOptions {
  readonly path: string;
  /** After every so many steps; 1 if absent. */
  readonly every?: number;
}

/** What a trainer goes by. */
export interface TrainerOptions extends RunOptions {
  /** A list is gone through again and again. */
  readonly batches: Batches;
  /** Where training begins; the trainer owns it from now on. */
  readonly state: EncryptedState;
  readonly checkpoint?: CheckpointOptions;
}

/** What a trainer that goes on goes by. */
export interface ResumeOptions extends RunOptions {
  readonly batches: Batches;
  readonly checkpoint: CheckpointOptions;
}

/** One step that was done. */
export interface TrainingStep {
  /** Steps done: 1 after the first one. */
  readonly step: number;
  /** That this step took. */
  readonly seconds: number;
  readonly bootstraps: number;
  /** The trainer's own: valid until the next step. */
  readonly state: EncryptedState;
}

/** How far to go. */
export interface StepsOptions extends RunOptions {
  /** Until so many steps are done, those before a checkpoint among them. */
  readonly until: number;
}

/** Features that a full batch's first layer reads are kept from step to step up to so many bytes. */
const kKeptBytes = 6e9;
const kParts = 1000;

/**
 * The server's side: trains on encrypted batches, weights encrypted from the first step to the last. Holds no secret.
 *
 * @example
 * ```ts
 * const trainer = await EncryptedTrainer.create(plan, parameters, keys, { batches: [batch], state });
 * for await (const { step, seconds } of trainer.steps({ until: 30 })) console.log(step, seconds);
 * ```
 */
export class EncryptedTrainer implements Disposable {
  readonly #plan: TrainingPlan;
  readonly #context: EncryptedContext;
  readonly #batches: Batches;
  readonly #checkpoint: CheckpointOptions | undefined;
  readonly #prepared: PreparedFeatures | undefined;
  readonly #parameters: CkksParameters;
  readonly #bootstrapsBefore: readonly number[];
  #state: EncryptedState;
  #running = false;

  private constructor(
    plan: TrainingPlan,
    parameters: CkksParameters,
    context: EncryptedContext,
    { batches, checkpoint, state }: Pick<TrainerOptions, 'batches' | 'checkpoint' | 'state'>,
  ) {
    this.#plan = plan;
    this.#parameters = parameters;
    this.#context = context;
    this.#batches = batches;
    this.#checkpoint = checkpoint;
    this.#state = state;
    const { training } = derivedOf(plan);
    this.#bootstrapsBefore = [-1, ...training.results].map(
      (result) => countOperations(training.nodes, (i) => i <= result).bootstraps,
    );
    const [first] = Array.isArray(batches) ? (batches as readonly EncryptedBatch[]) : [];
    const copies = Math.max(
      ...training.nodes.map((node) => (node.kind === 'masked' ? node.terms.length : 0)),
    );
    const kept = copies * (first?.features[0]?.byteLength ?? 0);
    this.#prepared =
      Array.isArray(batches) && batches.length === 1 && kept <= kKeptBytes
        ? new PreparedFeatures()
        : undefined;
  }

  /** Encodes the matrices of bootstrapping; progress counts them. Throws ParameterError for parameters of another plan. */
  static async create(
    plan: TrainingPlan,
    parameters: CkksParameters,
    keys: EvaluationKeys,
    options: TrainerOptions,
  ): Promise<EncryptedTrainer> {
    const subject = 'EncryptedTrainer.create()';
    const { batches, state, checkpoint, ...rest } = checkOptions(
      options,
      ['batches', 'state', 'checkpoint', ...runOptionNames],
      subject,
    );
    requireInstance(state, EncryptedState, 'the state');
    requireStateOf(plan, state.ciphertexts.length);
    checkBatches(batches);
    const context = await contextOf(plan, parameters, keys, checkRun(rest, subject));
    const given = checkpoint === undefined ? {} : { checkpoint: checkCheckpoint(checkpoint) };
    return new EncryptedTrainer(plan, parameters, context, { batches, state, ...given });
  }

  /**
   * Goes on from the checkpoint of a trainer that was stopped or killed, to the same weights bit for bit. Throws FormatError
   * or SystemError for a file that is none.
   */
  static async resume(
    plan: TrainingPlan,
    parameters: CkksParameters,
    keys: EvaluationKeys,
    options: ResumeOptions,
  ): Promise<EncryptedTrainer> {
    const { checkpoint, ...rest } = checkOptions(
      options,
      ['batches', 'checkpoint', ...runOptionNames],
      'EncryptedTrainer.resume()',
    );
    const state = await readCheckpoint(checkCheckpoint(checkpoint).path, plan, parameters);
    return EncryptedTrainer.create(plan, parameters, keys, { ...rest, checkpoint, state });
  }

  /** The weights as they are now: the trainer's own, valid until the next step. */
  get state(): EncryptedState {
    return this.#state;
  }

  /**
   * Step after step; yields after each. Progress counts thousandths of all steps that are asked for. A trainer that was
   * stopped, by its signal or by leaving the loop, goes on from the last step that was yielded.
   */
  async *steps(options: StepsOptions): AsyncGenerator<TrainingStep, void, void> {
    const subject = 'steps()';
    const { until, ...rest } = checkOptions(options, ['until', ...runOptionNames], subject);
    requireInteger(until, 'until', 0);
    const { signal, onProgress } = checkRun(rest, subject);
    if (this.#running) refuse('one loop at a time', 'steps()', 'a second one');
    this.#running = true;
    const begin = this.#state.step;
    const { stepsPerRefresh } = this.#plan;
    const total = kParts * Math.max(1, until - begin);
    try {
      while (this.#state.step < until) {
        const round = this.#state.step;
        const phase = round % stepsPerRefresh;
        const left = stepsPerRefresh - phase;
        yield* this.#round(Math.min(left, until - round), signal, (part) => {
          onProgress?.({ done: Math.min(total, Math.round(kParts * (round - begin + part * left))), total });
        });
      }
    } finally {
      this.#running = false;
    }
  }

  async *#round(
    count: number,
    signal: AbortSignal | undefined,
    onNode: (part: number) => void,
  ): AsyncGenerator<TrainingStep, void, void> {
    const { stepsPerRefresh, task, levels } = this.#plan;
    const first = this.#state.step - (this.#state.step % stepsPerRefresh);
    const phase = this.#state.step - first;
    const batches = new Map<number, EncryptedBatch>();
    for (let step = phase; step < phase + count; ++step) batches.set(step, await this.#batch(first + step));
    const batchOf = (step: number): EncryptedBatch => batches.get(step)!;
    const { training } = derivedOf(this.#plan);
    const results = runEncrypted(
      training,
      this.#context,
      {
        state: this.#state.ciphertexts,
        features: (step) => batchOf(step).features,
        labels: (step) => batchOf(step).labels,
        rate: (step) => rateAt(task.learningRate, first + step),
      },
      {
        signal,
        onNode,
        top: levels,
        prepared: this.#prepared,
        ...(phase > 0 && { after: phase - 1 }),
      },
    );
    let start = performance.now();
    let step = phase;
    for await (const ciphertexts of results) {
      ++step;
      const before = this.#state;
      this.#state = new EncryptedState(first + step, ciphertexts);
      before.dispose();
      await this.#save();
      const seconds = (performance.now() - start) / 1000;
      const bootstraps = this.#bootstrapsBefore[step]! - this.#bootstrapsBefore[step - 1]!;
      yield { step: first + step, seconds, bootstraps, state: this.#state };
      start = performance.now();
      if (step === phase + count) return;
    }
  }

  async #batch(step: number): Promise<EncryptedBatch> {
    const batches = this.#batches;
    const batch = typeof batches === 'function' ? await batches(step) : batches[step % batches.length]!;
    requireInstance(batch, EncryptedBatch, `the batch of step ${step}`);
    requireBatchOf(this.#plan, batch);
    return batch;
  }

  async #save(): Promise<void> {
    if (this.#checkpoint === undefined) return;
    const { path, every = 1 } = this.#checkpoint;
    if (this.#state.step % every !== 0) return;
    await writeCheckpoint(path, this.#plan, this.#parameters, this.#state);
  }

  /**
   * Outputs for the features of a batch, with the weights as they are now: encrypted, for TrainingOwner.decryptOutputs(). The
   * labels are not read. The caller disposes of the result.
   */
  async predict(batch: EncryptedBatch, options: RunOptions = {}): Promise<readonly Ciphertext[]> {
    const subject = 'predict()';
    const { signal, onProgress } = checkRun(checkOptions(options, runOptionNames, subject), subject);
    requireInstance(batch, EncryptedBatch, 'the batch');
    requireBatchOf(this.#plan, batch);
    const { inference } = derivedOf(this.#plan);
    const { levels: top } = this.#plan;
    const raised = await this.#raisedState(inference, signal);
    try {
      const results = runEncrypted(
        inference,
        this.#context,
        {
          state: raised ?? this.#state.ciphertexts,
          features: () => batch.features,
          labels: () => [],
          rate: () => 0,
        },
        {
          signal,
          top,
          onNode: (part) => onProgress?.({ done: Math.round(kParts * part), total: kParts }),
        },
      );
      for await (const outputs of results) return outputs;
      return [];
    } finally {
      for (const ciphertext of raised ?? []) ciphertext.dispose();
    }
  }

  /** The state bootstrapped, if it is between two bootstraps and too low for a program; undefined: it serves as it is. */
  async #raisedState(
    { nodes, levels }: Program,
    signal: AbortSignal | undefined,
  ): Promise<readonly Ciphertext[] | undefined> {
    const { inputLevel } = this.#context;
    const { ciphertexts } = this.#state;
    const needed = nodes.reduce(
      (most, node, i) => (sourcesOf(node).includes(0) ? Math.max(most, levels[i]!) : most),
      0,
    );
    if (ciphertexts.every(({ level }) => level >= inputLevel + needed)) return undefined;
    const executor = new NodeExecutor(this.#context, inputLevel, signal);
    return executor.bootstrap(ciphertexts, false, inputLevel + this.#plan.levels);
  }

  /** Frees the state, the matrices of bootstrapping and what was kept of features. Batches stay the caller's. */
  dispose(): void {
    this.#state.dispose();
    this.#prepared?.dispose();
    this.#context.bootstrapper.dispose();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkBatches(batches: Batches): void {
  if (typeof batches === 'function') return;
  if (!Array.isArray(batches) || batches.length === 0)
    refuse('a list of encrypted batches or a function', 'batches', batches);
}

function checkCheckpoint(given: CheckpointOptions): CheckpointOptions {
  const { path, every = 1 } = checkOptions(given, ['path', 'every'], 'checkpoint');
  if (typeof path !== 'string' || path === '') refuse('the path of a file', 'checkpoint.path', path);
  requireInteger(every, 'checkpoint.every', 1);
  return { path, every };
}

async function contextOf(
  plan: TrainingPlan,
  parameters: CkksParameters,
  keys: EvaluationKeys,
  watching: RunOptions,
): Promise<EncryptedContext> {
  requireInstance(parameters, CkksParameters, 'the parameters');
  requireInstance(keys, EvaluationKeys, 'the evaluation keys');
  requireParametersOf(plan, parameters);
  const bootstrapper = await Bootstrapper.create(parameters, {
    keys: plan.keys.bootstrapping.keys,
    ...watching,
  });
  return {
    evaluator: new Evaluator(parameters, keys),
    bootstrapper,
    keys,
    inputLevel: parameters.maxLevel - plan.levels,
    bootstrapDeviation: plan.predicted.bootstrapDeviation,
    slots: parameters.slots,
  };
}
