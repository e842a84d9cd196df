import type { Command } from 'commander';
import { inspect, inspectBytes } from '../ckks/inspect.js';
import { CkksParameters } from '../ckks/parameters.js';
import { FormatError } from '../errors.js';
import { modelFromBytes } from '../nn/model-json.js';
import { ServerModel } from '../nn/plan/server-model.js';
import type { Plan } from '../nn/plan/plan.js';
import { messageHeaderBytes, planFingerprint, planFromBytes, readMessageHeader } from '../roles/messages.js';
import { makeCommand } from './command.js';
import { readStart, readWhole } from '../files.js';
import { isNpy, readNpy } from './npy.js';
import { readPlan } from './roles.js';
import { formatBytes } from './terminal.js';
import type { Surroundings } from './terminal.js';

/** What a file is: its kind, then whatever is known of such a kind. Values are texts, numbers and booleans. */
export interface Inspection {
  readonly kind: string;
  readonly bytes: number;
  readonly [property: string]: unknown;
}

/** What there is to say of a parameter set. */
function describeParameters(parameters: CkksParameters): object {
  return {
    logN: parameters.logN,
    slots: parameters.slots,
    levels: parameters.maxLevel,
    ...(parameters.bootstrapping && { bootstrappingLevels: parameters.bootstrapping.levels }),
    logScale: parameters.literal.logScale,
    logQP: Math.round(parameters.logQP * 10) / 10,
    mostLogQP: parameters.maxLogQP,
    security: parameters.security === 'none' ? 'none' : '128 bits (classical)',
    parameterFingerprint: parameters.fingerprint,
  };
}

async function inspectPlan(plan: Plan): Promise<object> {
  using parameters = await CkksParameters.create(plan.parameters);
  const { evaluationKeys, upload, download } = plan.predicted.bytes;
  return {
    planFingerprint: planFingerprint(plan).toString('hex'),
    inputs: plan.inputs,
    outputs: plan.outputs,
    packing: plan.packing.kind,
    samplesPerBatch: plan.samplesPerBatch,
    steps: plan.steps.map((step) => step.kind).join(', '),
    ...(plan.bootstrapping && {
      bootstrappedValues: plan.bootstrapping.values.map(({ value }) => value).join(', '),
    }),
    ...describeParameters(parameters),
    error: plan.predicted.error,
    evaluationKeysBytes: evaluationKeys,
    batchUploadBytes: upload,
    batchDownloadBytes: download,
    batchSeconds: plan.predicted.seconds.batch,
  };
}

/** An object of docs/format.md, by its first bytes; parameter sets are small and read whole. */
async function inspectObject(start: Uint8Array, size: number, file: string): Promise<object> {
  const { type, fingerprint, totalBytes, ...rest } = inspect(start);
  const complete = totalBytes === size;
  const about = { ...rest, parameterFingerprint: fingerprint, complete };
  if (type !== 'parameters' || !complete) return { kind: type, ...about };
  using parameters = await CkksParameters.fromBytes(await readWhole(file));
  return { kind: type, ...about, ...describeParameters(parameters) };
}

function inspectMessage(start: Uint8Array, size: number): object {
  const { kind, samples, planFingerprint: made } = readMessageHeader(start);
  const batch = inspect(start.subarray(messageHeaderBytes));
  return {
    kind,
    samples,
    planFingerprint: made,
    parameterFingerprint: batch.fingerprint,
    ciphertexts: batch.count,
    complete: messageHeaderBytes + batch.totalBytes === size,
  };
}

async function inspectJson(bytes: Uint8Array): Promise<object> {
  let format: unknown;
  try {
    format = (JSON.parse(Buffer.from(bytes).toString('utf8')) as { format?: unknown } | null)?.format;
  } catch (cause) {
    throw new FormatError('FORMAT_CORRUPT', 'The file begins like JSON but is none.', {
      cause: String(cause),
    });
  }
  switch (format) {
    case 'ciphernet-plan':
      return { kind: 'plan', ...(await inspectPlan(planFromBytes(bytes))) };
    case 'ciphernet-server-model': {
      const { steps } = ServerModel.fromBytes(bytes);
      return { kind: 'server model', private: true, steps: steps.map((step) => step.kind).join(', ') };
    }
    case 'ciphernet-model': {
      const { inputs, outputs } = modelFromBytes(bytes);
      return { kind: 'model', private: true, inputs, outputs };
    }
    default:
      throw new FormatError('FORMAT_MAGIC', 'This JSON is none that ciphernet wrote.');
  }
}

/** What a file is, from as few of its bytes as say so. Throws FormatError for what is none of ours. */
export async function inspectFile(file: string): Promise<Inspection> {
  const { start, size } = await readStart(file, messageHeaderBytes + inspectBytes);
  const about = async (): Promise<object> => {
    if (start.subarray(0, 6).toString('latin1') === 'CNMSG1') return inspectMessage(start, size);
    if (isNpy(start)) {
      const { width, values } = readNpy(await readWhole(file));
      return { kind: 'array of numbers', rows: values.length / width, width };
    }
    if (start.toString('latin1').trimStart().startsWith('{')) return inspectJson(await readWhole(file));
    return inspectObject(start, size, file);
  };
  try {
    return { ...((await about()) as { kind: string }), bytes: size };
  } finally {
    start.fill(0); // the first bytes of a secret key, perhaps
  }
}

/** Whether what was inspected belongs to a plan. */
async function matchPlan(inspection: Inspection, plan: Plan): Promise<object> {
  using parameters = await CkksParameters.create(plan.parameters);
  if (typeof inspection.planFingerprint === 'string')
    return { ofThisPlan: inspection.planFingerprint === planFingerprint(plan).toString('hex') };
  if (typeof inspection.parameterFingerprint !== 'string') return {};
  const ofThisPlan = inspection.parameterFingerprint === parameters.fingerprint;
  return { ofThisPlan, ...(ofThisPlan && describeParameters(parameters)) };
}

/** `parameterFingerprint` as people read it. */
const label = (name: string): string =>
  name.replace(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

function format(file: string, inspection: Inspection): string {
  const { kind, bytes, ...rest } = inspection;
  const lines = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (name.endsWith('Bytes')) return `  ${label(name.slice(0, -5))}: ${formatBytes(Number(value))}`;
      return `  ${label(name)}: ${String(value)}`;
    });
  return [`${file}: ${kind}, ${formatBytes(bytes)}`, ...lines].join('\n');
}

export const inspectCommand = (surroundings: Surroundings): Command =>
  makeCommand<[files: readonly string[]], { readonly plan?: string }>(surroundings, {
    name: 'inspect',
    description:
      'Say what files are: kind, parameters, level, security, size. Reads the beginning of large ones only and proves nothing.',
    examples:
      'ciphernet inspect evaluation.keys request.bin\nciphernet inspect --plan digits/plan.json response.bin',
    configure: (command) => {
      command
        .argument('<files...>', 'plans, models, keys, requests, responses, ciphertexts')
        .option(
          '--plan <file>',
          'also say whether they belong to this plan, and the parameters of those that do',
        );
    },
    action: async (_terminal, options, files) => {
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan);
      const found: (Inspection & { readonly file: string })[] = [];
      for (const file of files) {
        const inspection = await inspectFile(file);
        found.push({ file, ...inspection, ...(plan !== undefined && (await matchPlan(inspection, plan))) });
      }
      return {
        text: found.map(({ file, ...inspection }) => format(file, inspection)).join('\n'),
        json: { files: found },
      };
    },
  });
