import { OperationError } from '../errors.js';
import { checkOptions, refuse, requireInteger } from '../check.js';
import { runInClear } from './clear.js';
import { packBatch, packWeights, unpackOutputs, unpackWeights } from './packing.js';
import type { Weights } from './packing.js';
import { rateAt } from './optimizer.js';
import { derivedOf } from './plan.js';
import type { DerivedPlan, TrainingPlan } from './plan.js';
import type { Program } from './program.js';
import { SimulatedErrors } from './simulated-errors.js';
import { inputsOf } from './model.js';
import type { TrainingTask } from './task.js';
import { completeTask } from './task.js';

/** Rows in the clear: rows × inputs features and rows × outputs labels, row after row. */
export interface Rows {
  readonly features: Float64Array;
  readonly labels: Float64Array;
}

/** The largest magnitude that a value reached in a step, and what the plan allows. */
export interface WatchedValue {
  /** 'sums': what an activation is of; 'errors': derivatives of the loss by outputs of a layer; 'weights'. */
  readonly what: 'sums' | 'errors' | 'weights';
  /** 1 for the first. */
  readonly layer: number;
  readonly largest: number;
  readonly allowed: number;
}

/** One step in the clear. */
export interface ClearStep {
  /** Steps done: 1 after the first one. */
  readonly step: number;
  readonly weights: Weights;
  readonly watched: readonly WatchedValue[];
  /** With `errorSeed`: no encrypted weight is further from the clear one than this after these steps. */
  readonly errorBound?: number;
}

/** How a clear training goes on. */
export interface ClearTrainingOptions {
  /** Until so many steps are done. */
  readonly until: number;
  /** 'refuse' (if absent): a value that leaves its interval is an error; 'tell': it is only told of. */
  readonly leaving?: 'refuse' | 'tell';
  /**
   * Runs the program once more, with the errors that encryption adds put in by every operation from this seed, and states how
   * far weights are off: `errorBound` is four times the largest difference so far. Takes several times as long.
   */
  readonly errorSeed?: number;
}

/** From the largest difference in one run with errors to what another run stays below. */
const kErrorMargin = 4;

const remedies = {
  sums: (layer: number): string =>
    `Lower the learning rate, or plan with a wider interval for the activation of layer ${layer}.`,
  errors: (layer: number): string =>
    `Lower the learning rate, or plan with a larger errorBound for layer ${layer}.`,
  weights: (layer: number): string =>
    `Lower the learning rate, or plan with a larger weightBound for layer ${layer}.`,
} as const;

/** Refuses what left its interval: encrypted, the polynomial would make numbers of any size of it. */
function requireInside(watched: readonly WatchedValue[], where: string): void {
  const left = watched.find(({ largest, allowed }) => !(largest <= allowed));
  if (left === undefined) return;
  const { what, layer, largest, allowed } = left;
  throw new OperationError(
    'INTERVAL_LEFT',
    `In ${where} ${what} of layer ${layer} reach ${largest.toPrecision(4)}, but the plan holds them to [-${allowed}, ${allowed}]. ${remedies[what](layer)}`,
    { what, layer, largest, allowed },
  );
}

/**
 * Trains by the same program in double precision: the same polynomials in the same order, but for the errors of encryption the
 * same weights. Throws OperationError with INTERVAL_LEFT at the step where a value leaves the interval that the plan has for
 * it, with what to do.
 *
 * @example
 * ```ts
 * for (const { step, weights, watched } of trainInClear(plan, [rows], initial, { until: 30 })) report(step, watched);
 * ```
 */
export function* trainInClear(
  plan: TrainingPlan,
  batches: readonly Rows[] | ((step: number) => Rows),
  initial: Weights,
  options: ClearTrainingOptions,
): Generator<ClearStep, void, void> {
  const {
    until,
    leaving = 'refuse',
    errorSeed,
  } = checkOptions(options, ['until', 'leaving', 'errorSeed'], 'trainInClear()');
  requireInteger(until, 'until', 0);
  if ((leaving as unknown) !== 'refuse' && (leaving as unknown) !== 'tell')
    refuse("'refuse' or 'tell'", 'leaving', leaving);
  if (errorSeed !== undefined) requireInteger(errorSeed, 'errorSeed', 0, 2 ** 32 - 1);
  const derived = derivedOf(plan);
  const { training } = derived;
  const { stepsPerRefresh } = plan;
  const batchOf = (step: number): Rows =>
    typeof batches === 'function' ? batches(step) : batches[step % batches.length]!;
  const packed = packWeights(derived, initial);
  let state: readonly Float64Array[] = [...packed, ...zeros(derived, packed.length)];
  let noisy = state;
  let errorBound = 0;
  const { bootstrapDeviation } = plan.predicted;
  const errors =
    errorSeed === undefined
      ? undefined
      : new SimulatedErrors({ literal: plan.parameters, bootstrapDeviation }, errorSeed);
  for (let first = 0; first < until; first += stepsPerRefresh) {
    const rows = Array.from({ length: stepsPerRefresh }, (_, k) => packBatch(derived, batchOf(first + k)));
    const inputs = {
      features: (step: number) => rows[step]!.features,
      labels: (step: number) => rows[step]!.labels,
      rate: (step: number) => rateAt(plan.task.learningRate, first + step),
    };
    const run = runInClear(training, { state, ...inputs });
    const withErrors = errors && runInClear(training, { state: noisy, ...inputs, errors });
    for (let k = 0; k < stepsPerRefresh && first + k < until; ++k) {
      const weights = unpackWeights(derived, run.results[k]!);
      const watched = [...watchedValues(training, run.largest, k), ...watchedWeights(derived, weights)];
      if (leaving === 'refuse') requireInside(watched, `step ${first + k + 1}`);
      if (withErrors !== undefined) {
        const off = largestDifference(weights, unpackWeights(derived, withErrors.results[k]!));
        errorBound = Math.max(errorBound, kErrorMargin * off);
      }
      yield { step: first + k + 1, weights, watched, ...(withErrors && { errorBound }) };
    }
    state = run.results.at(-1)!;
    noisy = withErrors?.results.at(-1) ?? state;
  }
}

const largestDifference = (a: Weights, b: Weights): number =>
  a.reduce((most, layer, l) => layer.reduce((m, w, i) => Math.max(m, Math.abs(w - b[l]![i]!)), most), 0);

/** Velocities before the first step. */
function zeros({ training, layout }: DerivedPlan, weights: number): Float64Array[] {
  const { count } = training.nodes[0] as { readonly count: number };
  return Array.from({ length: count - weights }, () => new Float64Array(layout.slots));
}

/** What was watched in the step of a program of this number; points are written step after step, as many for each. */
function watchedValues(
  { results, watched }: Program,
  largest: readonly number[],
  step: number,
): WatchedValue[] {
  const count = watched.length / results.length;
  return watched.slice(step * count, (step + 1) * count).map(({ what, layer, bound }, i) => ({
    what,
    layer: layer + 1,
    largest: largest[step * count + i]! * bound,
    allowed: bound,
  }));
}

const watchedWeights = ({ task }: DerivedPlan, weights: Weights): WatchedValue[] =>
  task.model.layers.map(({ weightBound }, l) => ({
    what: 'weights',
    layer: l + 1,
    largest: weights[l]!.reduce((most, w) => Math.max(most, Math.abs(w)), 0),
    allowed: weightBound,
  }));

/**
 * rows × outputs numbers that the network gives with its polynomials, for up to a batch of rows. Throws OperationError with
 * INTERVAL_LEFT where a row makes a sum that is beyond its interval.
 */
export function predictInClear(plan: TrainingPlan, weights: Weights, features: Float64Array): Float64Array {
  const derived = derivedOf(plan);
  const rows = features.length / derived.task.model.inputs;
  requireInteger(rows, 'the number of rows', 1, derived.task.batch);
  const packed = packWeights(derived, weights);
  const batch = packBatch(derived, { features }, { rows });
  const run = runInClear(derived.inference, {
    state: [...packed, ...zeros(derived, packed.length)],
    features: () => batch.features,
    labels: () => [],
    rate: () => 0,
  });
  requireInside(watchedValues(derived.inference, run.largest, 0), 'inference');
  return unpackOutputs(derived, run.results[0]!, rows);
}

/** A 32-bit linear congruential step, whose upper bits are used. (Numerical Recipes, section 7.1.) */
const next = (state: number): number => (Math.imul(state, 1664525) + 1013904223) >>> 0;

/** Uniform in ±√(6 / (inputs + units)), biases 0, the same for the same seed. (Glorot, Bengio, 2010.) */
export function initialWeights(task: TrainingTask, seed: number): Weights {
  requireInteger(seed, 'seed', 0, 2 ** 32 - 1);
  const { model } = completeTask(task);
  let state = next(next(seed));
  return model.layers.map(({ units, bias }, l) => {
    const width = inputsOf(model, l);
    const inputs = bias ? width - 1 : width;
    const limit = Math.sqrt(6 / (inputs + units));
    return Float64Array.from({ length: units * width }, (_, k) => {
      if (k % width >= inputs) return 0;
      state = next(state);
      return limit * (state / 2 ** 31 - 1);
    });
  });
}
