import type { KeyBudget } from '../ckks/bootstrapping.js';
import type { CkksParameters, CompleteLiteral } from '../ckks/parameters.js';
import { ParameterError } from '../errors.js';
import { canonicalJson } from '../nn/json-document.js';
import { geometryOf } from './geometry.js';
import type { Geometry } from './geometry.js';
import type { InputScales, NetworkLayout } from './network.js';
import { placeProgram } from './placed.js';
import type { Program } from './program.js';
import type { CompleteTask } from './task.js';
import { draftInference, draftTraining, joinsState } from './training-program.js';

/** What the JSON form of plans says of itself. */
export const trainingPlanFormat = 'ciphernet-training-plan';
export const trainingPlanVersion = 1;

/** Stated before a key is made. */
export interface TrainingPrediction {
  /** Operations of one step: the mean over the steps from one bootstrap of the weights to the next. */
  readonly rotations: number;
  /** Products of two ciphertexts, those of polynomials among them. */
  readonly products: number;
  /** Products with clear vectors and numbers. */
  readonly plainProducts: number;
  readonly bootstraps: number;
  /** Of one step, on the machine that was planned for. */
  readonly seconds: number;
  /** Of one bootstrap. */
  readonly bootstrapSeconds: number;
  /** Evaluation keys in memory and as a file, those of bootstrapping among them. */
  readonly keyBytes: number;
  readonly keyBytesOnDisk: number;
  /** A batch as its owner sends it. */
  readonly batchBytes: number;
  /** A checkpoint. */
  readonly stateBytes: number;
  /** The root mean square error that a bootstrap adds to a weight, as a part of its layer's weightBound. */
  readonly bootstrapDeviation: number;
}

/** Rotation keys beside those of bootstrapping, and the highest level of each kind. */
export interface TrainingKeys {
  readonly relinearization: { readonly level: number };
  readonly conjugation: { readonly level: number } | false;
  readonly rotations: readonly { readonly steps: number; readonly level: number }[];
  readonly bootstrapping: { readonly keys: KeyBudget };
}

/**
 * How a task is trained on encrypted data: the decisions, from which client and server derive the same program. Data, shared
 * as JSON; it depends on shapes alone.
 */
export interface TrainingPlan {
  readonly format: typeof trainingPlanFormat;
  readonly version: number;
  readonly task: CompleteTask;
  readonly layout: NetworkLayout;
  /** Training steps from one bootstrap of the weights to the next. */
  readonly stepsPerRefresh: number;
  /** Levels between what a bootstrap gives and what it takes. */
  readonly levels: number;
  /** Which nodes of the drafts are bootstrapped, beside the state. */
  readonly bootstrapped: { readonly training: readonly number[]; readonly inference: readonly number[] };
  readonly parameters: CompleteLiteral;
  /** For KeyGenerator.evaluationKeys(). */
  readonly keys: TrainingKeys;
  readonly predicted: TrainingPrediction;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
}

/** What follows from a plan. */
export interface DerivedPlan {
  readonly task: CompleteTask;
  readonly layout: NetworkLayout;
  readonly geometry: Geometry;
  readonly scales: InputScales;
  readonly training: Program;
  readonly inference: Program;
}

/** As much of a plan as its programs follow from. */
export type PlanDecisions = Pick<TrainingPlan, 'task' | 'layout' | 'stepsPerRefresh' | 'bootstrapped'>;

/** Layouts and programs of a plan. */
export function derivePlan({ task, layout, stepsPerRefresh, bootstrapped }: PlanDecisions): DerivedPlan {
  const geometry = geometryOf(task.model, task.batch, layout.slots, layout.firstInputs);
  const { draft, writer } = draftTraining(task, geometry, layout, stepsPerRefresh);
  const joined = joinsState(task, geometry);
  return {
    task,
    layout,
    geometry,
    scales: writer.scales,
    training: placeProgram(draft, bootstrapped.training, { joined }),
    inference: placeProgram(draftInference(task, geometry, layout), bootstrapped.inference),
  };
}

const derived = new WeakMap<TrainingPlan, DerivedPlan>();

/** The same, once a plan. */
export function derivedOf(plan: TrainingPlan): DerivedPlan {
  let known = derived.get(plan);
  if (known === undefined) {
    known = derivePlan(plan);
    derived.set(plan, known);
  }
  return known;
}

/** Refuses parameters that are not those of a plan. */
export function requireParametersOf(plan: TrainingPlan, parameters: CkksParameters): void {
  if (canonicalJson(parameters.literal) === canonicalJson(plan.parameters)) return;
  throw new ParameterError(
    'PARAMETERS_MISMATCH',
    'The parameters are not those of the plan. Make them with CkksParameters.create(plan.parameters).',
    { fingerprint: parameters.fingerprint },
  );
}
