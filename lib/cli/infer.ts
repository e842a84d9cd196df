import type { Command } from 'commander';
import { Server } from '../roles/server.js';
import { makeCommand } from './command.js';
import { readWhole, writeWhole } from './files.js';
import { readCompiled } from './roles.js';
import { formatBytes, formatSeconds } from './terminal.js';
import type { Surroundings } from './terminal.js';

interface InferOptions {
  readonly model: string;
  readonly keys: string;
  readonly out: string;
}

export const inferCommand = (surroundings: Surroundings): Command =>
  makeCommand<[request: string], InferOptions>(surroundings, {
    name: 'infer',
    description: 'Compute the network on an encrypted request. Needs no secret and sees none.',
    examples:
      'ciphernet infer request.bin --model digits\nciphernet infer request.bin --model digits --keys evaluation.keys -o response.bin',
    configure: (command) => {
      command
        .argument('<request>', 'what encrypt wrote')
        .requiredOption('--model <folder>', 'the folder that compile wrote')
        .option('--keys <file>', 'the evaluation keys that keygen wrote', 'evaluation.keys')
        .option('-o, --out <file>', 'where the response goes', 'response.bin');
    },
    action: async (terminal, options, requestPath) => {
      const { plan, serverModel } = await readCompiled(options.model);
      const request = await readWhole(requestPath);
      using server = await Server.create(plan, serverModel, await readWhole(options.keys));
      const start = performance.now();
      const response = await terminal.withProgress('Inference', (onProgress) =>
        server.evaluate(request, { signal: surroundings.signal, onProgress }),
      );
      const seconds = (performance.now() - start) / 1000;
      await writeWhole(options.out, response);
      return {
        text: `Response: ${options.out} (${formatBytes(response.length)}) in ${formatSeconds(seconds)}`,
        json: { response: { file: options.out, bytes: response.length }, seconds },
      };
    },
  });
