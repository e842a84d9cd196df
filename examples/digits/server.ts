/**
 * The server of the digits example: a process of its own that holds the model and reads and writes bytes, nothing else.
 * It compiles its network, sends the public plan, takes evaluation keys, then answers requests until its input ends.
 */
import { resourceUsage, stdin, stdout } from 'node:process';
import { compile } from '../../lib/nn/index.js';
import { calibrate } from '../../lib/nn/calibrate.js';
import { Server, planToBytes } from '../../lib/server.js';
import { readFrames, writeFrame } from '../support/frames.js';
import { readDigits } from './data.js';
import { kCalibrationMargin } from './training.js';
import { readWeights } from './weights.js';

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

const [data] = process.argv.slice(2);
const model = await readWeights();
const { pixels } = await readDigits('training', data);
const calibration = calibrate(model, pixels, { margin: kCalibrationMargin });
// Public promises about this network; compile() holds the weights to them. Tighter than the defaults, they fit N = 2^13.
const bounds = { output: 16, hiddenNorm: 2 };
const { plan, serverModel } = await compile(model, { calibration, bounds, samples: 360 });
await writeFrame(stdout, { name: 'plan', body: planToBytes(plan) });

let server: Server | undefined;
for await (const frame of readFrames(stdin)) {
  try {
    if (frame.name === 'evaluation-keys') {
      server?.dispose();
      server = await Server.create(plan, serverModel, frame.body);
      await writeFrame(stdout, { name: 'ready', body: text({ keyBytes: server.evaluationKeyBytes }) });
    } else if (frame.name === 'request' && server !== undefined) {
      const start = performance.now();
      const response = await server.evaluate(frame.body, {
        onProgress: (progress) => void writeFrame(stdout, { name: 'progress', body: text(progress) }),
      });
      const milliseconds = performance.now() - start;
      await writeFrame(stdout, {
        name: 'timing',
        body: text({ milliseconds, peakRssBytes: resourceUsage().maxRSS * 1024 }),
      });
      await writeFrame(stdout, { name: 'response', body: response });
    } else {
      throw new Error(`The server does not expect "${frame.name}" now.`);
    }
  } catch (error) {
    await writeFrame(stdout, { name: 'error', body: text({ message: String(error) }) });
  }
}
server?.dispose();
