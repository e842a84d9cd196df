import { spawn } from 'node:child_process';
import { resourceUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Client, planFromBytes } from '../../lib/client.js';
import { info } from '../../lib/index.js';
import { argmaxRows, evaluate } from '../../lib/nn/index.js';
import type { Model, Plan } from '../../lib/nn/index.js';
import { readFrames, writeFrame } from './frames.js';
import { commitName, machineName, writeResult } from './result.js';

// What examples of encrypted inference have in common: a client here, a server in another process, and a referee who
// compares what comes back with the same network in the clear.

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`;
export const percent = (part: number, whole: number): string =>
  `${((100 * part) / whole).toFixed(2)} % (${part} of ${whole})`;
export const duration = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;

/** What a plan says before a key is made. */
export function describePlan(plan: Plan): void {
  const { parameters, predicted, steps } = plan;
  const layers = steps.map((step) => (step.kind === 'linear' ? `${step.units} units` : step.kind)).join(', ');
  console.log(`Network: ${plan.inputs} inputs, ${layers}. ${predicted.levels} products one after the other.`);
  console.log(
    `Parameters: CKKS, N = 2^${parameters.logN}, Q of ${parameters.logQ.join(' + ')} bits, P of ${parameters.logP.join(' + ')} bits, 128 bits of security. Why:`,
  );
  for (const reason of plan.reasons) console.log(`  - ${reason}`);
  console.log(
    `Predicted before any key was made: outputs within ${predicted.error.toExponential(1)}, keys ${megabytes(predicted.bytes.evaluationKeys)}, ` +
      `upload ${megabytes(predicted.bytes.upload)}, download ${megabytes(predicted.bytes.download)} and ${duration(1000 * predicted.seconds.batch)} ` +
      `(${predicted.seconds.threads} threads, ${predicted.seconds.cpuLevel}) for up to ${plan.samplesPerBatch} images.\n`,
  );
}

/** What one run of client and server gave and took. */
export interface InferenceRun {
  readonly plan: Plan;
  readonly samples: number;
  /** Rows of outputs. */
  readonly outputs: Float64Array;
  readonly ms: {
    readonly keygen: number;
    readonly encrypt: number;
    /** Of the server, from the bytes of the request to those of the response. */
    readonly evaluate: number;
    readonly decrypt: number;
  };
  readonly bytes: {
    readonly keys: number;
    readonly keysInMemory: number;
    readonly modelInMemory: number;
    readonly upload: number;
    readonly download: number;
  };
  readonly peakRssBytes: number;
}

/** Starts a server process, makes keys, sends encrypted rows and decrypts what comes back. Only frames leave this process. */
export async function inferRemotely(
  script: URL,
  args: readonly string[],
  rowsFor: (plan: Plan) => Float64Array,
): Promise<InferenceRun> {
  const server = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const frames = readFrames(server.stdout);
  /** The next frame of this name from the server; progress goes to `bar`. */
  const receive = async (name: string, bar?: SingleBar): Promise<Uint8Array> => {
    for (;;) {
      const next = await frames.next();
      if (next.done) throw new Error('The server ended.');
      const { name: received, body } = next.value;
      if (received === name) return body;
      const value = JSON.parse(Buffer.from(body).toString('utf8')) as {
        message?: string;
        done?: number;
        total?: number;
      };
      if (received === 'progress') bar?.update((value.done ?? 0) / (value.total ?? 1));
      else throw new Error(`The server answered: ${value.message ?? received}`);
    }
  };
  const receiveJson = async <T>(name: string, bar?: SingleBar): Promise<T> =>
    JSON.parse(Buffer.from(await receive(name, bar)).toString('utf8')) as T;
  try {
    const plan = planFromBytes(await receive('plan'));
    describePlan(plan);
    const rows = rowsFor(plan);

    const keyStart = performance.now();
    using client = await Client.create(plan);
    const keys = await client.evaluationKeys();
    const keygen = performance.now() - keyStart;
    await writeFrame(server.stdin, { name: 'evaluation-keys', body: keys });
    const held = await receiveJson<{ evaluationKeyBytes: number; modelBytes: number }>('ready');

    const encryptStart = performance.now();
    const request = await client.encrypt(rows);
    const encrypt = performance.now() - encryptStart;

    const bar = new SingleBar({
      format: 'Server, on ciphertexts [{bar}] {percentage} %',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 500,
    });
    bar.start(1, 0);
    await writeFrame(server.stdin, { name: 'request', body: request });
    const timing = await receiveJson<{ milliseconds: number; peakRssBytes: number }>('timing', bar);
    const response = await receive('response', bar);
    bar.update(1);
    bar.stop();

    const decryptStart = performance.now();
    const outputs = await client.decrypt(response);
    const decrypt = performance.now() - decryptStart;
    return {
      plan,
      samples: rows.length / plan.inputs,
      outputs,
      ms: { keygen, encrypt, evaluate: timing.milliseconds, decrypt },
      bytes: {
        keys: keys.length,
        keysInMemory: held.evaluationKeyBytes,
        modelInMemory: held.modelBytes,
        upload: request.length,
        download: response.length,
      },
      peakRssBytes: Math.max(timing.peakRssBytes, resourceUsage().maxRSS * 1024),
    };
  } finally {
    server.stdin.end();
  }
}

/** The network with its labels, in the clear: what a run is held against. */
export interface Referee {
  readonly example: string;
  readonly task: string;
  /** The network as it was trained, and with polynomial activations (the same where it was trained with them). */
  readonly float: Model;
  readonly polynomial: Model;
  readonly rows: Float64Array;
  readonly labels: Uint8Array;
  /** Said behind the number of images. */
  readonly images: string;
}

/** Prints sizes, times and accuracies; writes them to `json` if one is named. False when an answer differs from the clear one. */
export async function report(
  run: InferenceRun,
  referee: Referee,
  json: string | undefined,
): Promise<boolean> {
  const { plan, samples, outputs, ms, bytes } = run;
  const clearOutputs = evaluate(referee.polynomial, referee.rows);
  const answers = {
    float: argmaxRows(
      referee.float === referee.polynomial ? clearOutputs : evaluate(referee.float, referee.rows),
      plan.outputs,
    ),
    clear: argmaxRows(clearOutputs, plan.outputs),
    encrypted: argmaxRows(outputs, plan.outputs),
  };
  const correct = (given: Int32Array): number =>
    given.filter((answer, i) => answer === referee.labels[i]).length;
  const agree = answers.encrypted.filter((answer, i) => answer === answers.clear[i]).length;
  const deviation = outputs.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - clearOutputs[i]!)),
    0,
  );
  const polynomialLine =
    referee.float === referee.polynomial
      ? ''
      : `  polynomial activations, in the clear: ${percent(correct(answers.clear), samples)}\n`;
  console.log(`
Sent to the server once: evaluation keys, ${megabytes(bytes.keys)} (${megabytes(bytes.keysInMemory)} in its memory)
Sent for ${samples} image${samples === 1 ? '' : 's'}:   ${megabytes(bytes.upload)} (${megabytes(bytes.upload / samples)} an image); back: ${megabytes(bytes.download)}
Keys ${duration(ms.keygen)}, encryption ${duration(ms.encrypt)}, server ${duration(ms.evaluate)}, decryption ${duration(ms.decrypt)}

Accuracy on ${samples} image${samples === 1 ? '' : 's'} ${referee.images}
  ${referee.float === referee.polynomial ? 'network in the clear:                 ' : 'float network:                        '}${percent(correct(answers.float), samples)}
${polynomialLine}  decrypted ciphertexts:                ${percent(correct(answers.encrypted), samples)}
The last two agree on ${agree} of ${samples} images. Largest deviation of a logit: ${deviation.toExponential(1)}.
Server time an image: ${duration(ms.evaluate / samples)}.`);

  if (json !== undefined) {
    const { threads, cpuLevel } = info();
    await writeResult(json, {
      schema: 1,
      example: referee.example,
      task: referee.task,
      parameters: { ...plan.parameters },
      security_bits: 128,
      threads,
      cpu_level: cpuLevel,
      machine: machineName(),
      commit: commitName(),
      images_run: samples,
      accuracy_clear: correct(answers.clear) / samples,
      accuracy_float: correct(answers.float) / samples,
      accuracy_encrypted: correct(answers.encrypted) / samples,
      agree: agree / samples,
      max_abs_deviation: deviation,
      ms: { ...ms, per_item: ms.evaluate / samples },
      bytes: {
        evaluation_keys_disk: bytes.keys,
        evaluation_keys_ram: bytes.keysInMemory,
        upload: bytes.upload,
        download: bytes.download,
      },
      peak_rss_bytes: run.peakRssBytes,
    });
  }
  return agree === samples;
}
