import { stat } from 'node:fs/promises';
import test from 'ava';
import { kClasses, kPixels } from '../../examples/mnist/data.js';
import type { MnistImages } from '../../examples/mnist/data.js';
import { gatherPatches, geometry, scatterPatches, shapeSize } from '../../examples/mnist/geometry.js';
import { multiplyTransposed, transpose } from '../../examples/mnist/matrix.js';
import {
  backward,
  createNetwork,
  createWorkspace,
  forward,
  parameterBlocks,
} from '../../examples/mnist/network.js';
import type { Architecture, Network } from '../../examples/mnist/network.js';
import { chosenOptions, networkNames } from '../../examples/mnist/options.js';
import { measure, rowNorms } from '../../examples/mnist/report.js';
import { trainNetwork } from '../../examples/mnist/training.js';
import type { TrainingOptions } from '../../examples/mnist/training.js';
import {
  formatWeights,
  parseWeights,
  readWeights,
  toLayers,
  weightsFile,
} from '../../examples/mnist/weights.js';
import { SeededRandom } from '../../examples/support/random.js';
import { evaluate } from '../../lib/nn/evaluate.js';
import { activation, dense } from '../../lib/nn/layers.js';
import { sequential } from '../../lib/nn/model.js';

const kSeed = 5;

const dotProduct = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

/** A small network of every kind of layer. */
const kSmall: Architecture = {
  input: { channels: 2, height: 7, width: 6 },
  layers: [
    { kind: 'conv2d', filters: 3, kernel: [3, 2], stride: 2 },
    { kind: 'conv2d', filters: 2, kernel: [2, 2], stride: 1 },
    { kind: 'dense', units: 4 },
  ],
  activation: [0.25, 0.5, 0.125],
};

test('the blocked product is the product of rows, at all remainders of its blocks', (t) => {
  const random = new SeededRandom(kSeed);
  for (const [m, n, k] of [
    [1, 1, 1],
    [3, 2, 5],
    [4, 3, 7],
    [5, 4, 1],
    [9, 8, 13],
    [12, 6, 96],
  ] as const) {
    const a = random.vector(m * k);
    const b = random.vector(n * k);
    const direct = Float64Array.from({ length: m * n }, (_, at) => {
      const i = Math.floor(at / n);
      const j = at % n;
      return dotProduct(a.subarray(i * k, (i + 1) * k), b.subarray(j * k, (j + 1) * k));
    });
    // Beyond the m × n numbers nothing is touched.
    const c = new Float64Array(m * n + 1).fill(9);
    multiplyTransposed(c, a, b, { m, n, k });
    t.true(largestDifference(direct, c) < 1e-13);
    multiplyTransposed(c, a, b, { m, n, k, accumulate: true });
    t.true(
      largestDifference(
        direct.map((value) => 2 * value),
        c,
      ) < 1e-13,
    );
    t.is(c[m * n], 9);
  }
});

test('a transpose has rows for columns', (t) => {
  const target = new Float64Array(6);
  transpose(target, Float64Array.of(1, 2, 3, 4, 5, 6), 2, 3);
  t.deepEqual([...target], [1, 4, 2, 5, 3, 6]);
});

test('patches times filters are the convolution', (t) => {
  const random = new SeededRandom(kSeed);
  const rows = 2;
  const [channels, height, width, filters, stride] = [3, 8, 7, 4, 2];
  const [kernelHeight, kernelWidth] = [3, 2];
  const shape = { channels, height, width };
  const g = geometry(shape, [kernelHeight, kernelWidth], stride);
  t.deepEqual([g.outputHeight, g.outputWidth, g.patch], [3, 3, 18]);
  const images = random.vector(rows * shapeSize(shape));
  const weights = random.vector(filters * g.patch);
  const patches = new Float64Array(rows * g.positions * g.patch);
  const outputs = new Float64Array(rows * g.positions * filters);
  gatherPatches(patches, images, g, rows);
  multiplyTransposed(outputs, patches, weights, { m: rows * g.positions, n: filters, k: g.patch });
  const direct = new Float64Array(outputs.length);
  for (let row = 0, at = 0; row < rows; ++row) {
    for (let y = 0; y < g.outputHeight; ++y) {
      for (let x = 0; x < g.outputWidth; ++x) {
        for (let filter = 0; filter < filters; ++filter, ++at) {
          for (let c = 0; c < channels; ++c) {
            for (let dy = 0; dy < kernelHeight; ++dy) {
              for (let dx = 0; dx < kernelWidth; ++dx) {
                const pixel = (row * height + y * stride + dy) * width + x * stride + dx;
                const weight = ((filter * channels + c) * kernelHeight + dy) * kernelWidth + dx;
                direct[at]! += weights[weight]! * images[pixel * channels + c]!;
              }
            }
          }
        }
      }
    }
  }
  t.true(largestDifference(direct, outputs) < 1e-13);
});

test('scattering patches is the transpose of gathering them', (t) => {
  const random = new SeededRandom(kSeed);
  const shape = { channels: 2, height: 6, width: 5 };
  const g = geometry(shape, [3, 3], 1);
  const images = random.vector(2 * shapeSize(shape));
  const patches = random.vector(2 * g.positions * g.patch);
  const gathered = new Float64Array(patches.length);
  const scattered = new Float64Array(images.length).fill(3);
  gatherPatches(gathered, images, g, 2);
  scatterPatches(scattered, patches, g, 2);
  t.true(Math.abs(dotProduct(gathered, patches) - dotProduct(images, scattered)) < 1e-12);
});

test('the gradient of every parameter is the difference quotient of the loss', (t) => {
  const random = new SeededRandom(kSeed);
  const rows = 3;
  const network = createNetwork(kSmall, 0, random);
  const workspace = createWorkspace(network, rows);
  const images = random.vector(rows * shapeSize(kSmall.input), 2);
  const direction = random.vector(rows * 4);
  for (const { values } of parameterBlocks(network)) {
    values.forEach((value, i) => (values[i] = value + random.symmetric(0.3)));
  }
  // A comfort that part of the pre-activations leaves, so that the penalty counts.
  const range = { comfort: 0.5, penalty: 3 };
  let beyond = 0;
  /** A linear function of the outputs, and the penalty of every hidden layer. */
  const loss = (): number => {
    let sum = dotProduct(forward(network, workspace, images, rows), direction);
    workspace.layers.slice(0, -1).forEach(({ outputs }) => {
      const excess = outputs.map((z) => Math.max(0, Math.abs(z) - range.comfort));
      beyond = Math.max(beyond, excess.filter((value) => value > 0).length / excess.length);
      sum += (range.penalty * dotProduct(excess, excess)) / excess.length;
    });
    return sum;
  };
  loss();
  backward(network, workspace, direction, rows, range);
  t.true(beyond > 0.1);
  const h = 1e-5;
  for (const { values, gradient } of parameterBlocks(network)) {
    for (let i = 0; i < values.length; ++i) {
      const held = values[i]!;
      values[i] = held + h;
      const above = loss();
      values[i] = held - h;
      const below = loss();
      values[i] = held;
      const quotient = (above - below) / (2 * h);
      t.true(Math.abs(gradient[i]! - quotient) < 1e-6 * (1 + Math.abs(quotient)));
    }
  }
});

test('a workspace for more rows gives the same outputs', (t) => {
  const random = new SeededRandom(kSeed);
  const network = createNetwork(kSmall, 0, random);
  const images = random.vector(2 * shapeSize(kSmall.input));
  const exact = forward(network, createWorkspace(network, 2), images, 2);
  t.deepEqual(forward(network, createWorkspace(network, 5), images, 2).slice(0, 8), exact);
});

/** Images that a few steps can tell apart: a bright bar, one row for each digit. */
function bars(rows: number): MnistImages {
  const labels = Uint8Array.from({ length: rows }, (_, i) => i % kClasses);
  const pixels = new Uint8Array(rows * kPixels);
  labels.forEach((label, row) =>
    pixels.fill(200, row * kPixels + (4 + 2 * label) * 28, row * kPixels + (5 + 2 * label) * 28),
  );
  return { rows, pixels, labels };
}

const kOptions: TrainingOptions = {
  seed: kSeed,
  architecture: {
    input: { channels: 1, height: 28, width: 28 },
    layers: [
      { kind: 'dense', units: 8 },
      { kind: 'dense', units: kClasses },
    ],
    activation: [0, 0.5, 0.125],
  },
  epochs: 12,
  batch: 20,
  learningRate: 0.02,
  weightDecay: 0.05,
  labelSmoothing: 0.05,
  range: { comfort: 4, penalty: 1 },
  augmentation: {
    rotation: 0.02,
    shear: 0,
    stretch: 0,
    shift: 0.2,
    elastic: 0.1,
    contrast: 0.1,
    noise: 0.01,
  },
};

const parameters = (network: Network): number[] =>
  parameterBlocks(network).flatMap(({ values }) => [...values]);

test('a seed gives the same parameters again, another seed gives others, and training learns', (t) => {
  const data = bars(400);
  const network = trainNetwork(data, kOptions);
  t.deepEqual(parameters(trainNetwork(data, kOptions)), parameters(network));
  t.notDeepEqual(parameters(trainNetwork(data, { ...kOptions, seed: kSeed + 1 })), parameters(network));
  const images = Float64Array.from(data.pixels.subarray(0, kClasses * kPixels), (value) => value / 255);
  const logits = forward(network, createWorkspace(network, kClasses), images, kClasses);
  for (let row = 0; row < kClasses; ++row) {
    const answers = logits.subarray(row * kClasses, (row + 1) * kClasses);
    t.is(answers.indexOf(Math.max(...answers)), row);
  }
});

test('training ends where its callback says so, on the same path', (t) => {
  const data = bars(100);
  let atThird: number[] = [];
  trainNetwork(data, kOptions, (step, steps, network) => {
    t.is(steps, 60);
    if (step === 3) atThird = parameters(network);
    return true;
  });
  const stopped = trainNetwork(data, kOptions, (step) => step < 3);
  t.deepEqual(parameters(stopped), atThird);
});

test('the model of a trained network gives what the network gives', (t) => {
  const random = new SeededRandom(kSeed);
  const network = createNetwork(kSmall, 0, random);
  for (const { values } of parameterBlocks(network))
    values.forEach((value, i) => (values[i] = value + random.symmetric(0.1)));
  const { channels, height, width } = kSmall.input;
  const images = random.vector(2 * channels * height * width);
  // The library has the channels of an image one after the other.
  const reordered = images.map((_, i) => {
    const pixel = i % (height * width);
    const image = Math.floor(i / (channels * height * width));
    const channel = Math.floor(i / (height * width)) % channels;
    return images[(image * height * width + pixel) * channels + channel]!;
  });
  const model = sequential(toLayers(network), { inputShape: [channels, height, width] });
  const outputs = forward(network, createWorkspace(network, 2), images, 2);
  t.true(largestDifference(outputs, evaluate(model, reordered)) < 1e-12);
});

test('a weights file keeps the network, rounded once, and the checkpoint', (t) => {
  const network = createNetwork(kSmall, 0, new SeededRandom(kSeed));
  const checkpoint = { steps: 7, sha256: 'ab' };
  const read = parseWeights(formatWeights(network, checkpoint));
  t.deepEqual(read.checkpoint, checkpoint);
  t.deepEqual(read.model.inputShape, [2, 7, 6]);
  t.is(read.model.outputs, 4);
});

test('the committed networks are of the chosen architectures, in less than 300 KB', async (t) => {
  for (const name of networkNames) {
    const model = await readWeights(name);
    const fresh = createNetwork(chosenOptions[name].architecture, 0, new SeededRandom(kSeed));
    const shapes = (layers: ReturnType<typeof toLayers>): unknown[] =>
      layers.map((layer) =>
        'weights' in layer ? { ...layer, weights: layer.weights.length, bias: layer.bias.length } : layer,
      );
    t.deepEqual(shapes(model.nodes.map(({ layer }) => layer)), shapes(toLayers(fresh)));
    t.is(model.inputs, kPixels);
    t.is(model.outputs, kClasses);
    t.true((await stat(weightsFile(name))).size < 300_000);
  }
});

test('the report of a network states its accuracy, its intervals and its row norms', (t) => {
  const bias = Float64Array.from({ length: kClasses }, (_, k) => (k === 3 ? 2 : -0.5));
  const weights = new Float64Array(kClasses * kPixels);
  weights.set([3, -4], 5 * kPixels);
  const model = sequential([
    dense({ inputs: kPixels, units: kClasses, weights, bias }),
    activation('square'),
  ]);
  const images = { rows: 2, pixels: new Uint8Array(2 * kPixels), labels: Uint8Array.of(3, 5) };
  t.is(measure(model, images), '50.00 % (1 of 2); activations of [-0.50, 2.00]; outputs in [0.25, 4.00]');
  t.deepEqual(rowNorms(model), ['dense: 7850 parameters, 10 rows of 784, Σ|w| ≤ 7.00, √Σw² ≤ 5.00 in a row']);
});
