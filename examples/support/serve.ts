import { resourceUsage, stdin, stdout } from 'node:process';
import type { Compiled } from '../../lib/nn/index.js';
import { Server, planToBytes } from '../../lib/server.js';
import { readFrames, writeFrame } from './frames.js';

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

/**
 * The server of an example, in a process of its own: sends the public plan, takes evaluation keys, then answers requests
 * until its input ends. It reads and writes bytes, nothing else.
 */
export async function serveFrames({
  plan,
  serverModel,
}: Pick<Compiled, 'plan' | 'serverModel'>): Promise<void> {
  await writeFrame(stdout, { name: 'plan', body: planToBytes(plan) });
  let server: Server | undefined;
  for await (const frame of readFrames(stdin)) {
    try {
      if (frame.name === 'evaluation-keys') {
        server?.dispose();
        server = await Server.create(plan, serverModel, frame.body);
        const { evaluationKeyBytes, modelBytes } = server;
        await writeFrame(stdout, { name: 'ready', body: text({ evaluationKeyBytes, modelBytes }) });
      } else if (frame.name === 'request' && server !== undefined) {
        const start = performance.now();
        const response = await server.evaluate(frame.body, {
          onProgress: (progress) => void writeFrame(stdout, { name: 'progress', body: text(progress) }),
        });
        const milliseconds = performance.now() - start;
        const peakRssBytes = resourceUsage().maxRSS * 1024;
        await writeFrame(stdout, { name: 'timing', body: text({ milliseconds, peakRssBytes }) });
        await writeFrame(stdout, { name: 'response', body: response });
      } else {
        throw new Error(`The server does not expect "${frame.name}" now.`);
      }
    } catch (error) {
      await writeFrame(stdout, { name: 'error', body: text({ message: String(error) }) });
    }
  }
  server?.dispose();
}
