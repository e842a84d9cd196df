import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { RemoteServer } from '../http/remote-server.js';
import { serve } from '../http/service.js';
import { activation, compile, dense, evaluate, sequential } from '../nn/index.js';
import { Client } from '../roles/client.js';
import { makeCommand } from './command.js';
import { formatBytes, formatSeconds } from './terminal.js';
import type { Answer, Surroundings } from './terminal.js';

/** The zone that only the server knows: a circle, in a square from -1 to 1. */
const zone = { x: 0.3, y: -0.2, radius: 0.5 };

/** 1 − ((x − a)² + (y − b)²) / r²: above 0 within the circle. Two layers and a square, and exact. */
const geofence = sequential([
  dense({
    inputs: 2,
    units: 2,
    weights: Float64Array.of(1 / zone.radius, 0, 0, 1 / zone.radius),
    bias: Float64Array.of(-zone.x / zone.radius, -zone.y / zone.radius),
  }),
  activation('square'),
  dense({ inputs: 2, units: 1, weights: Float64Array.of(-1, -1), bias: Float64Array.of(1) }),
]);

/** Positions that only the client knows. */
const positions = Float64Array.of(0.3, -0.2, 0.55, 0.05, -0.4, 0.6, 0.75, -0.25, 0.9, -0.9, 0.1, 0.2);
const corners = Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1);

async function demo(surroundings: Surroundings): Promise<Answer> {
  const { signal } = surroundings;
  const { plan, serverModel } = await compile(geofence, {
    calibration: corners,
    maxError: 0.01,
    bounds: { output: 16, hiddenNorm: 4, outputNorm: 32 },
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ciphernet-demo-'));
  try {
    await using service = await serve({ models: { geofence: { plan, serverModel } }, folder });
    // From here on the client knows the address, and its own positions.
    const remote = await RemoteServer.connect(service.url, { signal });
    using client = await Client.create(remote.plan);
    const keys = await client.evaluationKeys({ signal });
    await remote.uploadKeys(keys, { signal });
    const request = await client.encrypt(positions, { signal });
    const start = performance.now();
    const response = await remote.evaluate(request, { signal });
    const seconds = (performance.now() - start) / 1000;
    const scores = await client.decrypt(response);
    const clear = evaluate(geofence, positions);
    const answers = [...scores].map((score, i) => ({
      position: [positions[2 * i]!, positions[2 * i + 1]!],
      score,
      clear: clear[i]!,
      inside: score > 0,
    }));
    const deviation = Math.max(...answers.map((each) => Math.abs(each.score - each.clear)));
    const bytes = { evaluationKeys: keys.length, request: request.length, response: response.length };
    const number = (value: number): string => value.toFixed(4).padStart(9);
    return {
      text: [
        `A server knows a zone, a client knows ${answers.length} positions. The client learns which lie in the zone; the server, nothing.`,
        `N = 2^${plan.parameters.logN}, 128 bits of security. Evaluation keys ${formatBytes(bytes.evaluationKeys)}, once;`,
        `request ${formatBytes(bytes.request)} (room for ${plan.samplesPerBatch} positions), response ${formatBytes(bytes.response)}, answered in ${formatSeconds(seconds)}.`,
        `What the server saw of the positions: ${Buffer.from(request.subarray(-24, -8)).toString('hex')}…`,
        '',
        '        x         y  decrypted  in the clear',
        ...answers.map(
          ({ position: [x, y], score, clear: exact, inside }) =>
            `${number(x!)} ${number(y!)}  ${number(score)}     ${number(exact)}  ${inside ? 'inside' : 'outside'}`,
        ),
        '',
        `Largest deviation from the clear computation: ${deviation.toExponential(1)} (promised: ${plan.predicted.error.toExponential(1)}).`,
      ].join('\n'),
      json: { answers, bytes, seconds, deviation, promisedError: plan.predicted.error },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const demoCommand = (surroundings: Surroundings): Command =>
  makeCommand<[], object>(surroundings, {
    name: 'demo',
    description:
      'Run a client and a server in this process: is a secret position in a zone that only the server knows?',
    examples: 'ciphernet demo',
    configure: () => undefined,
    action: () => demo(surroundings),
  });
