/** The server of the MNIST example: a process of its own that holds the model. */
import { calibrate, compile } from '../../lib/nn/index.js';
import { serveFrames } from '../support/serve.js';
import { readMnist, sliceMnist, unitPixels } from './data.js';
import { networkNamed } from './options.js';
import { readWeights } from './weights.js';

/** Training images that the intervals of hidden values are read off; the margin is for those to come. */
const kCalibrationImages = 2000;
const kCalibrationMargin = 0.1;

/** Public promises about these networks; compile() holds the weights to them. */
const bounds = {
  mlp: { output: 32, hiddenNorm: 4, outputNorm: 64 },
  cnn: { output: 32, hiddenNorm: 8, outputNorm: 64 },
};

const [given, samples, data] = process.argv.slice(2);
const name = networkNamed(given);
const model = await readWeights(name);
const training = await readMnist(data!, 'training');
const images = Math.min(kCalibrationImages, training.rows);
const rows = unitPixels(sliceMnist(training, 0, images).pixels);
const calibration = calibrate(model, rows, { margin: kCalibrationMargin });
await serveFrames(
  await compile(model, {
    calibration,
    bounds: bounds[name],
    maxError: 0.02,
    keyBytes: 100e6,
    samples: Number(samples),
  }),
);
