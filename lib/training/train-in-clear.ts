import { OperationError } from '../errors.js';
import { requireInteger } from '../check.js';
import { runInClear } from './clear.js';
import { packBatch, packWeights, unpackOutputs, unpackWeights } from './packing.js';
import type { Weights } from './packing.js';
import { rateAt } from './optimizer.js';
import { derivedOf } from './plan.js';
import type { TrainingPlan } from './plan.js';
import { inputsOf } from './model.js';
import type { WatchPoint } from './program.js';
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
}

/** How a clear training goes on. */
export interface ClearTrainingOptions {
  /** Until so many steps are done. */
  readonly until: number;
  /** 'refuse' (if absent): a value that leaves its interval is an error; 'tell': it is only told of. */
  readonly leaving?: 'refuse' | 'tell';
}

const remedies = {
  sums: (layer: number): string =>
    `Lower the learning rate, or plan with a wider interval for the activation of layer ${layer}.`,
  errors: (layer: number): string =>
    `Lower the learning rate, or plan with a larger errorBound for layer ${layer}.`,
  weights: (layer: number): string =>
    `Lower the learning rate, or plan with a larger weightBound for layer ${layer}.`,
} as const;

/** Refuses what left its interval: encrypted, the polynomial would make numbers of any size of it. */
function requireInside(watched: readonly WatchedValue[], step: number): void {
  const left = watched.find(({ largest, allowed }) => !(largest <= allowed));
  if (left === undefined) return;
  const { what, layer, largest, allowed } = left;
  throw new OperationError(
    'INTERVAL_LEFT',
    `In step ${step} ${what} of layer ${layer} reach ${largest.toPrecision(4)}, but the plan holds them to [-${allowed}, ${allowed}]. ${remedies[what](layer)}`,
    { step, what, layer, largest, allowed },
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
  const { until, leaving = 'refuse' } = options;
  requireInteger(until, 'until', 0);
  const derived = derivedOf(plan);
  const { task, training } = derived;
  const batchOf = (step: number): Rows =>
    typeof batches === 'function' ? batches(step) : batches[step % batches.length]!;
  const weightPoints: WatchPoint[] = task.model.layers.map(({ weightBound }, layer) => ({
    node: -1,
    what: 'weights',
    layer,
    bound: weightBound,
  }));
  const { count } = training.nodes[0] as { readonly count: number };
  const packed = packWeights(derived, initial);
  let state: readonly Float64Array[] = [
    ...packed,
    ...Array.from({ length: count - packed.length }, () => new Float64Array(training.slots)),
  ];
  for (let first = 0; first < until; first += plan.stepsPerRefresh) {
    const steps = Array.from({ length: plan.stepsPerRefresh }, (_, k) => first + k);
    const rows = steps.map((step) => packBatch(derived, batchOf(step)));
    const run = runInClear(training, {
      state,
      features: (step) => rows[step]!.features,
      labels: (step) => rows[step]!.labels,
      rate: (step) => rateAt(task.learningRate, first + step),
    });
    // Watched points are written step after step, as many for each.
    const perStep = training.watched.length / plan.stepsPerRefresh;
    for (const [k, step] of steps.entries()) {
      if (step >= until) return;
      // Before its bootstrap a state in pairs is a half; the last result stands behind it.
      const weights = unpackWeights(derived, run.results[k]!);
      const watched = [
        ...training.watched.slice(k * perStep, (k + 1) * perStep).map((point, i): WatchedValue => ({
          what: point.what,
          layer: point.layer + 1,
          largest: run.largest[k * perStep + i]! * point.bound,
          allowed: point.bound,
        })),
        ...weightPoints.map(({ what, layer, bound }, l): WatchedValue => {
          const largest = weights[l]!.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
          return { what, layer: layer + 1, largest, allowed: bound };
        }),
      ];
      if (leaving === 'refuse') requireInside(watched, step + 1);
      yield { step: step + 1, weights, watched };
    }
    state = run.results.at(-1)!;
  }
}

/** rows × outputs numbers that the network gives with its polynomials, for up to a batch of rows. */
export function predictInClear(plan: TrainingPlan, weights: Weights, features: Float64Array): Float64Array {
  const derived = derivedOf(plan);
  const rows = features.length / derived.task.model.inputs;
  requireInteger(rows, 'the number of rows', 1, derived.task.batch);
  const { count } = derived.inference.nodes[0] as { readonly count: number };
  const packed = packWeights(derived, weights);
  const zeros = Array.from({ length: count - packed.length }, () => new Float64Array(derived.layout.slots));
  const batch = packBatch(derived, { features }, { rows });
  const run = runInClear(derived.inference, {
    state: [...packed, ...zeros],
    features: () => batch.features,
    labels: () => [],
    rate: () => 0,
  });
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
