import { checkOptions, refuse, requireInteger } from '../check.js';
import { completeModel } from './model.js';
import type { CompleteModel, TrainedModel } from './model.js';
import { checkLearningRate, checkOptimizer } from './optimizer.js';
import type { LearningRate, Optimizer } from './optimizer.js';

/**
 * 'squared': half the sum over outputs of (output − label)². 'crossEntropy': of each output by itself, for a last activation
 * `sigmoid`; the error of a sum is then output − label. Both are means over the rows of a batch.
 */
export type Loss = 'squared' | 'crossEntropy';

/** What is to be trained, and how. */
export interface TrainingTask {
  readonly model: TrainedModel;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly learningRate: LearningRate;
  /** Rows of a step: those of the whole set for full-batch training. */
  readonly batch: number;
}

/** The same with nothing left to defaults. */
export interface CompleteTask extends Omit<TrainingTask, 'model'> {
  readonly model: CompleteModel;
}

const kMostRows = 2 ** 20;

/** The task with its defaults, checked. Throws ArgumentError. */
export function completeTask(given: TrainingTask): CompleteTask {
  const { model, loss, optimizer, learningRate, batch } = checkOptions(
    given,
    ['model', 'loss', 'optimizer', 'learningRate', 'batch'],
    'a task for training',
  );
  if ((loss as unknown) !== 'squared' && (loss as unknown) !== 'crossEntropy')
    refuse("'squared' or 'crossEntropy'", 'loss', loss);
  const complete = completeModel(model);
  const last = complete.layers.at(-1)!.activation.function;
  if (loss === 'crossEntropy' && last !== 'sigmoid')
    refuse("'sigmoid' beside the loss 'crossEntropy'", 'the last activation', last);
  requireInteger(batch, 'batch', 1, kMostRows);
  return Object.freeze({
    model: complete,
    loss,
    optimizer: checkOptimizer(optimizer),
    learningRate: checkLearningRate(learningRate),
    batch,
  });
}
