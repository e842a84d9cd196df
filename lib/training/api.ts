/* The public surface to come, as t2 uses it: bodies follow. Removed when each is there. */
import type {
  Ciphertext,
  CompleteLiteral,
  CkksParameters,
  EvaluationKeys,
  EvaluationKeyRequest,
  MachineProfile,
  PublicKey,
  RunOptions,
  SecretKey,
} from '../ckks/index.js';
import type { CompleteTask, TrainingTask } from './task.js';

/** Rows in the clear: `rows` × inputs features and `rows` × outputs labels, row after row. */
export interface Rows {
  readonly features: Float64Array;
  readonly labels: Float64Array;
}

/** How planTraining() looks for a plan. */
export interface TrainingPlanOptions {
  /** 'none' for tests. */
  readonly security?: 'classical-128' | 'none';
  /** Mean bits of a bootstrap; 18 if absent. */
  readonly precisionBits?: number;
  /** Levels between bootstraps; as is cheapest if absent. */
  readonly levelsAfter?: number;
  /** Slots of a ciphertext; as is cheapest if absent. */
  readonly slots?: number;
  /** measureMachine(); figures of this kind of CPU if absent. */
  readonly machine?: MachineProfile;
}

/** Stated before a key is made. */
export interface TrainingPrediction {
  /** Levels between bootstraps. */
  readonly levels: number;
  /** Of a step (mean over the steps that are planned together). */
  readonly rotations: number;
  readonly products: number;
  readonly plainProducts: number;
  readonly bootstraps: number;
  readonly seconds: number;
  /** Evaluation keys, in memory and as a file. */
  readonly keyBytes: number;
  readonly keyBytesOnDisk: number;
  /** A batch as its owner sends it. */
  readonly batchBytes: number;
  /** Weights (and velocities) as a checkpoint holds them. */
  readonly stateBytes: number;
}

/** Data that client and server share: JSON, see trainingPlanToBytes(). The program is in it. */
export interface TrainingPlan {
  readonly version: number;
  readonly task: CompleteTask;
  readonly parameters: CompleteLiteral;
  /** The keys to make: KeyGenerator.evaluationKeys(secretKey, plan.keys). */
  readonly keys: EvaluationKeyRequest;
  readonly predicted: TrainingPrediction;
  readonly reasons: readonly string[];
}

export declare function planTraining(
  task: TrainingTask,
  options?: TrainingPlanOptions & RunOptions,
): Promise<TrainingPlan>;
export declare function trainingPlanToBytes(plan: TrainingPlan): Uint8Array;
export declare function trainingPlanFromBytes(bytes: Uint8Array): TrainingPlan;

/** Weights by layer: units × (inputs + 1 for a bias) numbers, row after row, the bias last in its row. */
export type Weights = readonly Float64Array[];

/** Uniform in ±√(6 / (inputs + units)) (Glorot), biases 0, from a seed. */
export declare function initialWeights(task: TrainingTask, seed: number): Weights;

/** An encrypted batch; of one owner, or of several after combine(). */
export interface EncryptedBatch {
  readonly features: readonly Ciphertext[];
  readonly labels: readonly Ciphertext[];
  dispose(): void;
}

/** A data owner: encrypts under the common key (public, or the secret one). */
export declare class TrainingOwner {
  constructor(plan: TrainingPlan, parameters: CkksParameters, key: SecretKey | PublicKey);
  /**
   * A whole batch; or a part: rows `firstRow`, … (horizontal split), columns `firstColumn`, … (vertical split; `columns` of
   * them), `labels` absent where another owner has them.
   */
  encryptBatch(
    rows: { readonly features?: Float64Array; readonly labels?: Float64Array },
    part?: {
      readonly firstRow?: number;
      readonly rows?: number;
      readonly firstColumn?: number;
      readonly columns?: number;
    } & RunOptions,
  ): Promise<EncryptedBatch>;
  encryptWeights(weights: Weights, options?: RunOptions): Promise<EncryptedState>;
  /** With the secret key only: weights of a state. */
  decryptWeights(state: EncryptedState, options?: RunOptions): Promise<Weights>;
  /** With the secret key only: outputs of EncryptedTrainer.predict(), rows × outputs. */
  decryptOutputs(outputs: readonly Ciphertext[], rows: number, options?: RunOptions): Promise<Float64Array>;
}

/** Encrypted weights and what else goes from step to step. */
export interface EncryptedState {
  /** Steps that were done. */
  readonly step: number;
  readonly ciphertexts: readonly Ciphertext[];
}

/** The sum of the parts that several owners brought. */
export declare function combineBatches(
  parameters: CkksParameters,
  parts: readonly EncryptedBatch[],
): Promise<EncryptedBatch>;

/** One step that was done. */
export interface TrainingStep {
  /** 1, 2, …: steps done. */
  readonly step: number;
  readonly seconds: number;
  readonly bootstraps: number;
  /** A view of the trainer's own; valid until the next step. */
  readonly state: EncryptedState;
}

export interface TrainerOptions {
  /** The batches of step t: batches[t modulo length], or as the function says. */
  readonly batches: readonly EncryptedBatch[] | ((step: number) => EncryptedBatch | Promise<EncryptedBatch>);
  readonly state: EncryptedState;
  /** Where the state is written to after every `every` steps (1 if absent), atomically. */
  readonly checkpoint?: { readonly path: string; readonly every?: number };
}

/** The server's side. */
export declare class EncryptedTrainer {
  static create(
    plan: TrainingPlan,
    parameters: CkksParameters,
    keys: EvaluationKeys,
    options: TrainerOptions & RunOptions,
  ): Promise<EncryptedTrainer>;
  /** The same, from where a checkpoint was written. */
  static resume(
    plan: TrainingPlan,
    parameters: CkksParameters,
    keys: EvaluationKeys,
    options: Omit<TrainerOptions, 'state'> & {
      readonly checkpoint: { readonly path: string; readonly every?: number };
    } & RunOptions,
  ): Promise<EncryptedTrainer>;
  /** Step after step until `until` steps are done; stops when it is asked to. */
  steps(options: { readonly until: number } & RunOptions): AsyncGenerator<TrainingStep, void, void>;
  /** Encrypted inference with the encrypted weights, on a batch (its labels are not read). */
  predict(batch: EncryptedBatch, options?: RunOptions): Promise<Ciphertext[]>;
  get state(): EncryptedState;
  dispose(): void;
}

/** The largest magnitudes of a clear step, as parts of what the plan allows (above 1: it left the interval). */
export interface WatchedValue {
  /** "sums of layer 1", "errors of layer 2", "weights of layer 1". */
  readonly name: string;
  readonly layer: number;
  readonly largest: number;
  readonly allowed: number;
}

export interface ClearStep {
  readonly step: number;
  readonly weights: Weights;
  readonly watched: readonly WatchedValue[];
}

/**
 * The same program in double precision. Throws OperationError with INTERVAL_LEFT at the step where a value leaves what its
 * polynomial was fitted on, naming layer and remedy; { leaving: 'tell' } goes on and only reports it.
 */
export declare function trainInClear(
  plan: TrainingPlan,
  batches: readonly Rows[] | ((step: number) => Rows),
  weights: Weights,
  options: { readonly until: number; readonly leaving?: 'refuse' | 'tell' },
): Generator<ClearStep, void, void>;

/** Outputs of the network of the plan, its polynomials included: rows × outputs. */
export declare function predictInClear(
  plan: TrainingPlan,
  weights: Weights,
  features: Float64Array,
): Float64Array;
