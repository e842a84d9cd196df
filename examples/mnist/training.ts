import { augmenter } from '../support/augment.js';
import type { Augmentation } from '../support/augment.js';
import { crossEntropyGradient } from '../support/loss.js';
import { adamStep, schedule } from '../support/optimizer.js';
import { SeededRandom } from '../support/random.js';
import { kClasses, kPixels, kSide, unitPixels } from './data.js';
import type { MnistImages } from './data.js';
import { backward, createNetwork, createWorkspace, forward, parameterBlocks } from './network.js';
import type { Architecture, Network, Range } from './network.js';

export interface TrainingOptions {
  readonly seed: number;
  readonly architecture: Architecture;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Decoupled weight decay, per step, as a part of the learning rate. */
  readonly weightDecay: number;
  /** The part of the target that is spread over all classes. */
  readonly labelSmoothing: number;
  readonly range: Range;
  readonly augmentation: Augmentation;
}

/** Knots of the elastic field along each axis: one every seven pixels. */
const kKnots = 5;

/**
 * Trains a network whose activations are polynomials from the start: what is trained is what runs on ciphertexts. The loss is
 * the cross-entropy plus a penalty that keeps the pre-activations in a short interval. The same options give the same bits.
 *
 * @param onStep - called after every step, from 1, with the network as it stands; `false` ends the training there.
 */
export function trainNetwork(
  data: MnistImages,
  options: TrainingOptions,
  onStep?: (step: number, steps: number, network: Network) => boolean,
): Network {
  const { batch } = options;
  const random = new SeededRandom(options.seed);
  const network = createNetwork(options.architecture, options.weightDecay, random);
  const workspace = createWorkspace(network, batch);
  const blocks = parameterBlocks(network);
  const augment = augmenter(kSide, kKnots);
  const image = new Float64Array(kPixels);
  const images = new Float64Array(batch * kPixels);
  const stepsPerEpoch = Math.floor(data.rows / batch);
  const steps = options.epochs * stepsPerEpoch;
  for (let epoch = 0, step = 0; epoch < options.epochs; ++epoch) {
    const order = random.permutation(data.rows);
    for (let k = 0; k < stepsPerEpoch; ++k) {
      for (let j = 0; j < batch; ++j) {
        const row = order[k * batch + j]!;
        unitPixels(data.pixels.subarray(row * kPixels, (row + 1) * kPixels), image);
        augment(image, 0, images, j * kPixels, random, options.augmentation);
      }
      const logits = forward(network, workspace, images, batch);
      for (let j = 0; j < batch; ++j) {
        const label = data.labels[order[k * batch + j]!]!;
        const row = logits.subarray(j * kClasses, (j + 1) * kClasses);
        crossEntropyGradient(row, label, options.labelSmoothing, 1 / batch);
      }
      backward(network, workspace, logits, batch, options.range);
      ++step;
      adamStep(blocks, options.learningRate * schedule(step, steps), step);
      if (onStep?.(step, steps, network) === false) return network;
    }
  }
  return network;
}
