import type { Command } from 'commander';
import { RemoteServer } from '../http/remote-server.js';
import type { RoleOptions } from '../roles/secure.js';
import { Server } from '../roles/server.js';
import { makeCommand } from './command.js';
import { openFile, readWhole, writeWhole } from '../files.js';
import { readCompiled } from './roles.js';
import { formatBytes, formatSeconds } from './terminal.js';
import type { Surroundings } from './terminal.js';

interface InferOptions {
  readonly model: string;
  readonly url?: string;
  readonly keys: string;
  readonly out: string;
}

/** A server in this process or behind an address: what both can do. */
interface Evaluator {
  readonly evaluate: (request: Uint8Array, options: RoleOptions) => Promise<Uint8Array>;
  readonly dispose: () => void;
}

async function openEvaluator(options: InferOptions, signal: AbortSignal): Promise<Evaluator> {
  const keys = await openFile(options.keys);
  if (options.url !== undefined) {
    const remote = await RemoteServer.connect(options.url, { model: options.model, signal });
    await remote.uploadKeys(keys, { signal });
    return { evaluate: (request, run) => remote.evaluate(request, run), dispose: () => undefined };
  }
  const { plan, serverModel } = await readCompiled(options.model);
  const server = await Server.create(plan, serverModel, keys);
  return {
    evaluate: (request, run) => server.evaluate(request, run),
    dispose: () => {
      server.dispose();
    },
  };
}

export const inferCommand = (surroundings: Surroundings): Command =>
  makeCommand<[request: string], InferOptions>(surroundings, {
    name: 'infer',
    description:
      'Compute the network on an encrypted request, here or at a service. Needs no secret and sees none.',
    examples: [
      'ciphernet infer request.bin --model digits',
      'ciphernet infer request.bin --model digits --keys evaluation.keys -o response.bin',
      'ciphernet infer request.bin --model digits --url http://127.0.0.1:8080',
    ].join('\n'),
    configure: (command) => {
      command
        .argument('<request>', 'what encrypt wrote')
        .requiredOption(
          '--model <folder>',
          'the folder that compile wrote; with --url, the name of a model there',
        )
        .option(
          '--url <address>',
          'ask a service (ciphernet serve); the keys are uploaded if it has them not',
        )
        .option('--keys <file>', 'the evaluation keys that keygen wrote', 'evaluation.keys')
        .option('-o, --out <file>', 'where the response goes', 'response.bin');
    },
    action: async (terminal, options, requestPath) => {
      const { signal } = surroundings;
      const request = await readWhole(requestPath);
      const server = await openEvaluator(options, signal);
      try {
        const start = performance.now();
        const response = await terminal.withProgress('Inference', (onProgress) =>
          server.evaluate(request, { signal, onProgress }),
        );
        const seconds = (performance.now() - start) / 1000;
        await writeWhole(options.out, response);
        return {
          text: `Response: ${options.out} (${formatBytes(response.length)}) in ${formatSeconds(seconds)}`,
          json: { response: { file: options.out, bytes: response.length }, seconds },
        };
      } finally {
        server.dispose();
      }
    },
  });
