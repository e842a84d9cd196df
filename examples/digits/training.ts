import { activation, dense } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';
import type { Model } from '../../lib/nn/model.js';
import { sigmoid } from '../support/arithmetic.js';
import { augmenter } from '../support/augment.js';
import type { Augmentation } from '../support/augment.js';
import { crossEntropyGradient } from '../support/loss.js';
import { adamStep, parameterBlock, schedule } from '../support/optimizer.js';
import { SeededRandom } from '../support/random.js';
import { kClasses, kPixels, kSide } from './data.js';
import type { Digits } from './data.js';

export interface TrainingOptions {
  readonly seed: number;
  readonly hidden: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Decoupled weight decay, per step, as a part of the learning rate. */
  readonly weightDecay: number;
  /** The part of the target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Pre-activations beyond ±comfort are penalised, by the square of what they are beyond. */
  readonly comfort: number;
  readonly rangePenalty: number;
  readonly augmentation: Augmentation;
}

const kEpochsPerCalibration = 5;
/** Knots of the elastic field along each axis. */
const kKnots = 3;
/** The margin of `calibrate` that the network is trained for. */
export const kCalibrationMargin = 0.05;

/** Σ a[from + i] · b[start + i], in four sums so that the additions need not wait for each other. */
function dot(a: Float64Array, from: number, b: Float64Array, start: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[from + i]! * b[start + i]!;
    s1 += a[from + i + 1]! * b[start + i + 1]!;
    s2 += a[from + i + 2]! * b[start + i + 2]!;
    s3 += a[from + i + 3]! * b[start + i + 3]!;
  }
  for (; i < length; ++i) s0 += a[from + i]! * b[start + i]!;
  return s0 + s1 + (s2 + s3);
}

/** Chebyshev nodes cos((i + ½)π/64) of both signs, by half angles: square roots alone give them. */
const nodes = ((): readonly number[] => {
  let positive = [Math.SQRT1_2];
  while (positive.length < 32)
    positive = positive.flatMap((t) => [Math.sqrt((1 + t) / 2), Math.sqrt((1 - t) / 2)]);
  return [...positive, ...positive.map((t) => -t)];
})();

/** The power-basis coefficients of the degree-2 least-squares fit of SiLU on an interval; `fitPolynomial` in exact bits. */
export function fitSilu(lower: number, upper: number): readonly [number, number, number] {
  const centre = (lower + upper) / 2;
  const half = (upper - lower) / 2;
  const chebyshev = [0, 0, 0] as [number, number, number];
  for (const t of nodes) {
    const x = centre + half * t;
    const value = (x * sigmoid(x)) / nodes.length;
    chebyshev[0] += value;
    chebyshev[1] += 2 * t * value;
    chebyshev[2] += 2 * (2 * t * t - 1) * value;
  }
  const second = (2 * chebyshev[2]) / (half * half);
  const first = chebyshev[1] / half - 2 * second * centre;
  const constant = chebyshev[0] - chebyshev[2] - (chebyshev[1] / half) * centre + second * centre * centre;
  return [constant, first, second];
}

/** Biases that make the mean training image give 0 at every unit. */
function centringBias(digits: Digits, weights: Float64Array, units: number): Float64Array {
  const mean = new Float64Array(kPixels);
  digits.pixels.forEach((value, i) => (mean[i % kPixels]! += value / digits.rows));
  return Float64Array.from({ length: units }, (_, unit) => {
    let sum = 0;
    for (let i = 0; i < kPixels; ++i) sum -= weights[unit * kPixels + i]! * mean[i]!;
    return sum;
  });
}

/**
 * Trains 64 → hidden → 10 with SiLU. The loss is the mean of two cross-entropies over the same weights, one through SiLU
 * and one through its degree-2 polynomial, plus a penalty that keeps the pre-activations in a short interval, where the two
 * are close. The polynomial is the one that calibration would fit; it follows the interval as the network changes. So both
 * networks are trained, and replacing one by the other changes little.
 */
export function trainNetwork(
  digits: Digits,
  options: TrainingOptions,
  onEpoch?: (epoch: number) => void,
): Model {
  const { hidden, batch, comfort } = options;
  const random = new SeededRandom(options.seed);
  const first = random.weights(hidden, kPixels);
  const blocks = [
    parameterBlock(first, options.weightDecay),
    parameterBlock(centringBias(digits, first, hidden), 0),
    parameterBlock(random.weights(kClasses, hidden), options.weightDecay),
    parameterBlock(new Float64Array(kClasses), 0),
  ] as const;
  const [w1, b1, w2, b2] = blocks;
  const { values: weights1, gradient: gradient1 } = w1;
  const { values: weights2, gradient: gradient2 } = w2;
  const biases1 = b1.values;
  let [c0, c1, c2] = fitSilu(-comfort, comfort);
  const augment = augmenter(kSide, kKnots);
  const images = new Float64Array(batch * kPixels);
  const pre = new Float64Array(hidden);
  const gradientPre = new Float64Array(hidden);
  const post = [new Float64Array(hidden), new Float64Array(hidden)];
  const slope = [new Float64Array(hidden), new Float64Array(hidden)];
  const logits = new Float64Array(kClasses);

  /** Fits the polynomial to the interval that `calibrate` would find for the network as it stands. */
  const recalibrate = (): void => {
    let minimum = Infinity;
    let maximum = -Infinity;
    for (let row = 0; row < digits.rows; ++row) {
      for (let unit = 0; unit < hidden; ++unit) {
        const z = biases1[unit]! + dot(weights1, unit * kPixels, digits.pixels, row * kPixels, kPixels);
        minimum = Math.min(minimum, z);
        maximum = Math.max(maximum, z);
      }
    }
    const slack = kCalibrationMargin * (maximum - minimum);
    [c0, c1, c2] = fitSilu(minimum - slack, maximum + slack);
  };

  const accumulate = (offset: number, label: number): void => {
    for (let unit = 0; unit < hidden; ++unit) {
      const z = biases1[unit]! + dot(weights1, unit * kPixels, images, offset, kPixels);
      const s = sigmoid(z);
      pre[unit] = z;
      post[0]![unit] = z * s;
      slope[0]![unit] = s * (1 + z * (1 - s));
      post[1]![unit] = c0 + z * (c1 + c2 * z);
      slope[1]![unit] = c1 + 2 * c2 * z;
      const beyond = Math.max(0, Math.abs(z) - comfort);
      gradientPre[unit] = ((options.rangePenalty * 2) / (batch * hidden)) * beyond * Math.sign(z);
    }
    for (let path = 0; path < 2; ++path) {
      const h = post[path]!;
      const dh = slope[path]!;
      for (let k = 0; k < kClasses; ++k) {
        logits[k] = b2.values[k]! + dot(weights2, k * hidden, h, 0, hidden);
      }
      crossEntropyGradient(logits, label, options.labelSmoothing, 0.5 / batch);
      for (let k = 0; k < kClasses; ++k) {
        const d = logits[k]!;
        b2.gradient[k]! += d;
        for (let unit = 0; unit < hidden; ++unit) {
          gradient2[k * hidden + unit]! += d * h[unit]!;
          gradientPre[unit]! += d * weights2[k * hidden + unit]! * dh[unit]!;
        }
      }
    }
    for (let unit = 0; unit < hidden; ++unit) {
      const d = gradientPre[unit]!;
      b1.gradient[unit]! += d;
      for (let i = 0; i < kPixels; ++i) gradient1[unit * kPixels + i]! += d * images[offset + i]!;
    }
  };

  const stepsPerEpoch = Math.floor(digits.rows / batch);
  const steps = options.epochs * stepsPerEpoch;
  for (let epoch = 0, step = 0; epoch < options.epochs; ++epoch) {
    const order = random.permutation(digits.rows);
    for (let k = 0; k < stepsPerEpoch; ++k) {
      for (let j = 0; j < batch; ++j) {
        const row = order[k * batch + j]!;
        augment(digits.pixels, row * kPixels, images, j * kPixels, random, options.augmentation);
        accumulate(j * kPixels, digits.labels[row]!);
      }
      ++step;
      adamStep(blocks, options.learningRate * schedule(step, steps), step);
    }
    if ((epoch + 1) % kEpochsPerCalibration === 0) recalibrate();
    onEpoch?.(epoch + 1);
  }
  // The stored form is float32, so the network in memory is that one too.
  const rounded = (values: Float64Array): Float64Array => values.map(Math.fround);
  return sequential([
    dense({ inputs: kPixels, units: hidden, weights: rounded(w1.values), bias: rounded(b1.values) }),
    activation('silu'),
    dense({ inputs: hidden, units: kClasses, weights: rounded(w2.values), bias: rounded(b2.values) }),
  ]);
}
