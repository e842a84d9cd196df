import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { ArgumentError } from '../errors.js';
import { calibrate, compile, measureMachine, modelFromBytes } from '../nn/index.js';
import type { BootstrappingChoice, Compiled, Model, PlanBounds } from '../nn/index.js';
import { planToBytes } from '../roles/messages.js';
import { makeCommand } from './command.js';
import { readWhole, writeWhole } from '../files.js';
import { parseBytes, parseCount, parseNumber } from './options.js';
import { planFile, serverModelFile } from './roles.js';
import { readRows } from './rows.js';
import { formatBytes, formatSeconds } from './terminal.js';
import type { Answer, Surroundings } from './terminal.js';

interface Options {
  readonly calibration: string;
  readonly out: string;
  readonly degree?: number;
  readonly maxError?: number;
  readonly margin?: number;
  readonly samples?: number;
  readonly packing?: 'samples' | 'interleaved';
  readonly keyMemory?: number;
  readonly bootstrapping?: BootstrappingChoice;
  readonly measure: boolean;
  readonly bound: Partial<PlanBounds>;
}

/** Collects `--bound name=value`; compile() checks names and values. */
function parseBound(text: string, earlier: Partial<PlanBounds>): Partial<PlanBounds> {
  const [name = '', value] = text.split('=');
  if (value === undefined) throw new InvalidArgumentError('It has the form name=value.');
  return { ...earlier, [name]: parseNumber(value) };
}

/** A word, or the levels after each bootstrap; compile() checks both. */
const parseBootstrapping = (text: string): BootstrappingChoice =>
  /^\d+$/.test(text) ? { levelsAfter: parseCount(text) } : (text as BootstrappingChoice);

/** How a model is read, by the extension of its file. */
const modelReaders = new Map<string, (bytes: Uint8Array) => Model | Promise<Model>>([
  ['.onnx', async (bytes) => (await import('../onnx/index.js')).readOnnx(bytes)],
  ['.json', modelFromBytes],
]);

async function readModel(file: string): Promise<Model> {
  const read = modelReaders.get(path.extname(file).toLowerCase());
  if (read !== undefined) return read(await readWhole(file));
  const known = [...modelReaders.keys()].join(' or ');
  throw new ArgumentError(`Expected a model in a file that ends with ${known} but received ${file}.`, {
    file,
  });
}

function answer({ plan, report }: Compiled, files: { plan: string; serverModel: string }): Answer {
  const { parameters, predicted } = plan;
  return {
    text: [
      `Plan:         ${files.plan} (public: clients need it)`,
      `Server model: ${files.serverModel} (private: it holds the weights)`,
      `${plan.inputs} inputs, ${plan.outputs} outputs, up to ${plan.samplesPerBatch} samples a batch`,
      `N = 2^${parameters.logN}, ${predicted.levels} levels, 128 bits of security; outputs within ${predicted.error.toExponential(1)} of the polynomial network`,
      `Keys ${formatBytes(predicted.bytes.evaluationKeys)} once; a batch ${formatBytes(predicted.bytes.upload)} up, ${formatBytes(predicted.bytes.download)} down, about ${formatSeconds(predicted.seconds.batch)} (${predicted.seconds.cpuLevel}, ${predicted.seconds.threads} threads)`,
      ...report.fits.map(
        (fit) =>
          `Layer ${fit.layer}: polynomial of degree ${fit.degree} on [${fit.interval.map((end) => end.toPrecision(3)).join(', ')}], within ${fit.maxError.toPrecision(2)}`,
      ),
      ...plan.reasons.map((reason) => `- ${reason}`),
    ].join('\n'),
    json: { files, plan, report },
  };
}

export const compileCommand = (surroundings: Surroundings): Command =>
  makeCommand<[model: string], Options>(surroundings, {
    name: 'compile',
    description:
      'Turn a float model into a public plan and a private server model. States ring, levels, error, bytes and seconds.',
    examples:
      'ciphernet compile model.onnx --calibration rows.csv --out digits\nciphernet compile model.json --calibration rows.npy --out digits --max-error 0.01 --bound output=16',
    configure: (command) => {
      command
        .argument('<model>', 'a network as .onnx, or as .json (modelToBytes() of ciphernet/nn writes it)')
        .requiredOption(
          '--calibration <file>',
          'rows of inputs like those to come: CSV or .npy; polynomials are fitted on the ranges that they reach',
        )
        .requiredOption('--out <folder>', `where ${planFile} and ${serverModelFile} go`)
        .option('--degree <n>', 'degree of the polynomials for activations (default: 2)', parseNumber)
        .option('--max-error <x>', 'largest error of an output (default: 0.001)', parseNumber)
        .option(
          '--margin <x>',
          'how far ranges are widened, as a part of their width (default: 0.05)',
          parseNumber,
        )
        .option(
          '--samples <n>',
          'samples of a typical request, which the packing is chosen for (default: 1)',
          parseCount,
        )
        .addOption(
          new Option('--packing <kind>', 'a packing to take whatever it costs').choices([
            'samples',
            'interleaved',
          ]),
        )
        .option(
          '--key-memory <size>',
          "evaluation keys take at most so much of the server's memory (default: 256MB, with bootstraps 8GB)",
          parseBytes,
        )
        .option(
          '--bootstrapping <choice>',
          'auto: where levels run out, or where it is faster (default); never; or so many levels after each',
          parseBootstrapping,
        )
        .option(
          '--measure',
          'measure this machine first (a second), so that predicted times are for it',
          false,
        )
        .option(
          '--bound <name=value>',
          'a public bound: input (default: 1), output (64), hiddenNorm (8), outputNorm (64), slope (4), amplification (none); may be repeated',
          parseBound,
          {},
        );
    },
    action: async (_terminal, options, modelPath) => {
      const model = await readModel(modelPath);
      const rows = await readRows(options.calibration, model.inputs);
      const { degree, maxError, margin, samples, packing, keyMemory, bootstrapping, bound: bounds } = options;
      const compiled = await compile(model, {
        calibration: calibrate(model, rows, { ...(margin !== undefined && { margin }) }),
        bounds,
        ...(degree !== undefined && { degree }),
        ...(maxError !== undefined && { maxError }),
        ...(samples !== undefined && { samples }),
        ...(packing !== undefined && { packing }),
        ...(keyMemory !== undefined && { keyBytes: keyMemory }),
        ...(bootstrapping !== undefined && { bootstrapping }),
        ...(options.measure && { machine: await measureMachine() }),
      });
      const files = {
        plan: path.join(options.out, planFile),
        serverModel: path.join(options.out, serverModelFile),
      };
      await writeWhole(files.plan, planToBytes(compiled.plan));
      await writeWhole(files.serverModel, compiled.serverModel.toBytes(), { mode: 0o600 });
      return answer(compiled, files);
    },
  });
