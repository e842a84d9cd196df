// Encrypted inference of whole networks, beside what their plans predicted from a measurement of this machine.
// npm run bench -- inference [--json FILE]
import { SeededRandom } from '../examples/support/random.js';
import { Client } from '../lib/client.js';
import { info } from '../lib/native.js';
import {
  activation,
  compile,
  conv2d,
  dense,
  flatten,
  measureMachine,
  requestSeconds,
  residual,
  sequential,
} from '../lib/nn/index.js';
import type { CompileOptions, Layer, Model } from '../lib/nn/index.js';
import { Server } from '../lib/server.js';
import { interleave } from './support/measure.js';
import { ourselves, type Row, row, runSuite } from './support/rows.js';

const random = new SeededRandom(3);
const full = (inputs: number, units: number): Layer =>
  dense({
    inputs,
    units,
    weights: random.vector(inputs * units, 1 / Math.sqrt(inputs)),
    bias: random.vector(units, 0.1),
  });
const convolution = (channels: number, filters: number, kernel: number, stride: number, padding = 0): Layer =>
  conv2d({
    channels,
    filters,
    kernel,
    stride,
    padding,
    weights: random.vector(channels * filters * kernel ** 2, 1 / Math.sqrt(channels * kernel ** 2)),
    bias: random.vector(filters, 0.1),
  });

interface Network {
  readonly op: string;
  readonly model: Model;
  readonly samples: number;
  readonly options: Omit<CompileOptions, 'calibration'>;
}

const perceptron = sequential([full(784, 128), activation('square'), full(128, 10)]);
const convolutional = sequential(
  [
    convolution(1, 8, 5, 2),
    activation('square'),
    convolution(8, 16, 5, 2),
    activation('square'),
    flatten(),
    full(256, 10),
  ],
  { inputShape: [1, 28, 28] },
);
const withShortcut = sequential(
  [
    convolution(1, 4, 3, 1, 1),
    activation('square'),
    residual([convolution(4, 4, 3, 1, 1), activation({ polynomial: [0, 0.5, 0.2, 0.1] })]),
    flatten(),
    full(256, 10),
  ],
  { inputShape: [1, 8, 8] },
);
const bounds = { output: 16, hiddenNorm: 8, outputNorm: 16 };
const networks: readonly Network[] = [
  { op: 'infer_perceptron_1', model: perceptron, samples: 1, options: { packing: 'interleaved' } },
  { op: 'infer_perceptron_100', model: perceptron, samples: 100, options: { packing: 'interleaved' } },
  { op: 'infer_perceptron_8192', model: perceptron, samples: 8192, options: { packing: 'samples' } },
  { op: 'infer_convolutional_1', model: convolutional, samples: 1, options: { packing: 'interleaved' } },
  { op: 'infer_residual_1', model: withShortcut, samples: 1, options: { packing: 'interleaved' } },
];

const build = info();
const machine = await measureMachine();

async function measure({ op, model, samples, options }: Network): Promise<Row> {
  const rows = random.vector(model.inputs * samples);
  const { plan, serverModel } = await compile(model, {
    calibration: rows.subarray(0, model.inputs * Math.min(samples, 50)),
    maxError: 0.01,
    bounds,
    samples,
    machine,
    ...options,
  });
  using client = await Client.create(plan);
  using server = await Server.create(plan, serverModel, await client.evaluationKeys());
  const request = await client.encrypt(rows);
  const [timing] = await interleave([
    async () => {
      const start = performance.now();
      await server.evaluate(request);
      return performance.now() - start;
    },
  ]);
  const predicted = 1e3 * requestSeconds(plan, samples);
  return row({
    suite: 'inference',
    op,
    params: {
      log_n: plan.parameters.logN,
      levels: plan.predicted.levels,
      count: samples,
      primes_q: plan.parameters.logQ.length,
      primes_p: plan.parameters.logP.length,
    },
    threads: build.threads,
    cpu_level: build.cpuLevel,
    timing: timing!,
    value: timing!.median,
    unit: 'ms',
    better: 'lower',
    peer: ourselves('as its plan predicted', { median: predicted, min: predicted, runs: 1 }),
  });
}

await runSuite([], async () => {
  const rows: Row[] = [];
  for (const network of networks) rows.push(await measure(network));
  return rows;
});
