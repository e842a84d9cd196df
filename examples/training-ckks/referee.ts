import type { Weights } from '../../lib/training/index.js';
import type { Split } from './data.js';
import { accuracy, areaUnderCurve, meanLoss } from './metrics.js';
import { outputsOf, trainFloat32 } from './float32.js';
import type { DecryptedStep } from './owner.js';
import type { StepRecord } from './result.js';
import type { ExampleTask } from './tasks.js';

/** How good weights are: loss on the training rows, accuracy or area under the curve on the test rows. */
export interface Figures {
  readonly loss: number;
  readonly figure: number;
}

/** Weights of the clear executor after a step, and how far encrypted ones may be from them. */
export interface ClearReference {
  readonly weights: Weights;
  readonly bound: number;
}

/**
 * Judges weights with the activations themselves in place of polynomials: that is how an owner uses a network that was
 * decrypted, and no test row can leave an interval.
 */
export class Referee {
  constructor(
    readonly example: ExampleTask,
    readonly data: Split,
  ) {}

  /** Accuracy or area under the curve of outputs for the test rows. */
  judge(outputs: ArrayLike<number>): number {
    const { labels, rows } = this.data.test;
    return this.example.measure === 'auc' ? areaUnderCurve(outputs, labels) : accuracy(outputs, labels, rows);
  }

  figures(weights: Weights): Figures {
    const { task } = this.example;
    const { training, test } = this.data;
    const outputs = outputsOf(task.model, weights, training.features);
    return {
      loss: meanLoss(task.loss, outputs, training.labels, training.rows),
      figure: this.judge(outputsOf(task.model, weights, test.features)),
    };
  }

  /** The same as a sentence. */
  words(weights: Weights): string {
    const { loss, figure } = this.figures(weights);
    return `loss ${loss.toFixed(4)}, ${this.example.measure} on ${this.data.test.rows} test rows ${figure.toFixed(4)}`;
  }

  /** Weights of the same network trained in float32. */
  float32(): Weights {
    const { task, weights, reference } = this.example;
    return trainFloat32(task, weights, this.data.training, reference);
  }

  /** What is noted of a step. */
  record({ step, seconds, bootstraps, weights }: DecryptedStep, clear: ClearReference): StepRecord {
    const encrypted = this.figures(weights);
    const beside = this.figures(clear.weights);
    return {
      step,
      seconds,
      bootstraps,
      loss_encrypted: encrypted.loss,
      loss_clear: beside.loss,
      figure_encrypted: encrypted.figure,
      figure_clear: beside.figure,
      deviation: largestDifference(weights, clear.weights),
      bound: clear.bound,
    };
  }
}

/** The largest |a − b| over all weights. */
function largestDifference(a: Weights, b: Weights): number {
  return a.reduce(
    (most, layer, l) => layer.reduce((largest, w, i) => Math.max(largest, Math.abs(w - b[l]![i]!)), most),
    0,
  );
}
