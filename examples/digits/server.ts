/** The server of the digits example: a process of its own that holds the model. */
import { compile } from '../../lib/nn/index.js';
import { calibrate } from '../../lib/nn/calibrate.js';
import { serveFrames } from '../support/serve.js';
import { readDigits } from './data.js';
import { kCalibrationMargin } from './training.js';
import { readWeights } from './weights.js';

const [samples, data] = process.argv.slice(2);
const model = await readWeights();
const { pixels } = await readDigits('training', data);
const calibration = calibrate(model, pixels, { margin: kCalibrationMargin });
// Public promises about this network; compile() holds the weights to them. Tighter than the defaults, they fit N = 2^13.
const bounds = { output: 16, hiddenNorm: 2 };
await serveFrames(await compile(model, { calibration, bounds, samples: Number(samples) }));
