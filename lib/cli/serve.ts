import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { serve } from '../http/service.js';
import type { OfferedModel } from '../http/models.js';
import { ArgumentError } from '../errors.js';
import { makeCommand } from './command.js';
import { parseBytes, parseCount } from './options.js';
import { readCompiled } from './roles.js';
import type { Surroundings } from './terminal.js';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly concurrency: number;
  readonly mostJobs: number;
  readonly mostJobsPerClient: number;
  readonly mostRequest: number;
  readonly memory: number;
  readonly disk: number;
  readonly grace: number;
}

export const serveCommand = (surroundings: Surroundings): Command =>
  makeCommand<[folders: readonly string[]], ServeOptions>(surroundings, {
    name: 'serve',
    description:
      'Offer compiled models over HTTP until SIGINT or SIGTERM. Listens on this machine alone unless --host says otherwise.',
    examples:
      'ciphernet serve digits\nciphernet serve models/digits models/iris --port 8080 --data /var/lib/ciphernet\ncurl http://127.0.0.1:8080/v1/models/digits/plan > plan.json',
    configure: (command) => {
      command
        .argument('<folders...>', 'what compile wrote; a model is offered under the name of its folder')
        .option('--host <address>', 'where to listen; put a proxy with TLS in front for others', '127.0.0.1')
        .option('--port <n>', '0 for any that is free', parseCount, 8080)
        .option('--data <folder>', 'where evaluation keys stay from run to run', 'ciphernet-data')
        .option('--concurrency <n>', 'inferences at a time, each on all threads', parseCount, 2)
        .option('--most-jobs <n>', 'jobs that are received, wait or run at a time', parseCount, 256)
        .option('--most-jobs-per-client <n>', 'the same for one set of evaluation keys', parseCount, 16)
        .option('--most-request <size>', 'size of one request', parseBytes, 1e9)
        .option('--memory <size>', 'evaluation keys in memory', parseBytes, 4e9)
        .option('--disk <size>', 'evaluation keys on disk', parseBytes, 64e9)
        .option(
          '--grace <seconds>',
          'how long running jobs may take when the service is stopped',
          parseCount,
          30,
        );
    },
    action: async (terminal, options, folders) => {
      const models: Record<string, OfferedModel> = {};
      for (const folder of folders) {
        const name = path.basename(path.resolve(folder));
        if (Object.hasOwn(models, name))
          throw new ArgumentError(`Two folders are named ${name}; models need names of their own.`, { name });
        models[name] = await readCompiled(folder);
      }
      await using service = await serve({
        models,
        folder: options.data,
        host: options.host,
        port: options.port,
        concurrency: options.concurrency,
        mostJobs: options.mostJobs,
        mostJobsPerClient: options.mostJobsPerClient,
        mostRequestBytes: options.mostRequest,
        mostLoadedBytes: options.memory,
        mostStoredBytes: options.disk,
        onError: (error) => {
          terminal.error(error);
        },
      });
      const names = Object.keys(models);
      terminal.answer({
        text: `${service.url} offers ${names.join(', ')}; keys are kept in ${options.data}`,
        json: { url: service.url, models: names },
      });
      if (!surroundings.signal.aborted) await once(surroundings.signal, 'abort');
      await service.close({ graceMilliseconds: options.grace * 1000 });
      return { text: 'Stopped.', json: { stopped: true } };
    },
  });
