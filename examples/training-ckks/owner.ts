import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Ciphertext, CkksParameters, KeyGenerator, SecretKey } from '../../lib/index.js';
import {
  EncryptedState,
  TrainingOwner,
  trainingPlanFromBytes,
  trainingPlanToBytes,
} from '../../lib/training/index.js';
import type { TrainingPlan, Weights } from '../../lib/training/index.js';
import { SystemError } from '../../lib/errors.js';
import { readFrames } from '../support/frames.js';
import type { Samples, Split } from './data.js';
import { sliceSamples } from './prepare.js';
import type { TrainingFolder } from './folder.js';

// The data owner's side: makes keys, encrypts, starts the server in a process of its own, and decrypts what it sends.

/** Whether progress and the server's complaints are shown; yes if absent. */
export interface ShowOptions {
  readonly silent?: boolean;
}

function progressBar(what: string, { silent = false }: ShowOptions): SingleBar {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  return new SingleBar({
    ...(silent && { stream: nowhere }),
    format: `${what} [{bar}] {percentage} %`,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
}

/** Rows in pieces of a batch at most. */
export function inBatches(samples: Samples, batch: number): Samples[] {
  return Array.from({ length: Math.ceil(samples.rows / batch) }, (_, i) =>
    sliceSamples(samples, [i * batch, Math.min(samples.rows, (i + 1) * batch)]),
  );
}

/** Makes keys and encrypts everything into the folder. */
export async function prepareFolder(
  folder: TrainingFolder,
  plan: TrainingPlan,
  data: Split,
  start: Weights,
  show: ShowOptions = {},
): Promise<void> {
  await folder.create();
  await writeFile(folder.plan, trainingPlanToBytes(plan));
  const parameters = await CkksParameters.create(plan.parameters);
  const generator = new KeyGenerator(parameters);
  using secretKey = await generator.secretKey();
  const secret = await secretKey.toBytes();
  await writeFile(folder.secretKey, secret, { mode: 0o600 });
  secret.fill(0);

  const keyStart = performance.now();
  const bar = progressBar('Keys', show);
  bar.start(1, 0);
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void => {
    bar.update(done / total);
  };
  await writeFile(
    folder.evaluationKeys,
    generator.evaluationKeyChunks(secretKey, { ...plan.keys, onProgress }),
  );
  bar.stop();
  const keys = (performance.now() - keyStart) / 1000;

  const encryptionStart = performance.now();
  const owner = new TrainingOwner(plan, parameters, secretKey);
  const write = async (path: string, { rows, features, labels }: Samples): Promise<number> => {
    const part = rows === plan.task.batch ? {} : { firstRow: 0, rows };
    using batch = await owner.encryptBatch({ features, labels }, part);
    const bytes = await batch.toBytes(parameters);
    await writeFile(path, bytes);
    return bytes.length;
  };
  const batchBytes = await write(folder.batch, data.training);
  for (const [index, part] of inBatches(data.test, plan.task.batch).entries())
    await write(folder.test(index), part);
  using state = await owner.encryptWeights(start);
  await writeFile(folder.start, await Ciphertext.batchToBytes(parameters, state.ciphertexts));
  await folder.note({ keys, encryption: (performance.now() - encryptionStart) / 1000, batchBytes });
}

/** The plan in a folder. */
export async function planIn(folder: TrainingFolder): Promise<TrainingPlan> {
  return trainingPlanFromBytes(await readFile(folder.plan));
}

/** A step as its owner sees it. */
export interface DecryptedStep {
  readonly step: number;
  readonly seconds: number;
  readonly bootstraps: number;
  readonly weights: Weights;
}

/** What a session gave beside its steps. */
export interface Session {
  /** Outputs for the test rows by encrypted inference with the encrypted weights, rows × outputs. */
  readonly outputs: Float64Array;
  readonly inferenceSeconds: number;
  readonly evaluationKeyBytes: number;
  readonly evaluationKeyBytesOnDisk: number;
  readonly checkpointBytes: number;
  readonly peakRssBytes: number;
}

/** Starts the server and sees it through to the last step and the answers for the test rows. */
export async function train(
  folder: TrainingFolder,
  plan: TrainingPlan,
  test: Samples,
  until: number,
  onStep: (step: DecryptedStep) => Promise<void>,
  show: ShowOptions = {},
): Promise<Session> {
  const parameters = await CkksParameters.create(plan.parameters);
  const secret = await readFile(folder.secretKey);
  using secretKey = await SecretKey.fromBytes(parameters, secret);
  secret.fill(0);
  const owner = new TrainingOwner(plan, parameters, secretKey);
  const parts = inBatches(test, plan.task.batch);
  await folder.note({ session: new Date().toISOString() });
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const args = [script, folder.path, String(until), String(parts.length)];
  const server = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ['ignore', 'pipe', show.silent === true ? 'ignore' : 'inherit'],
  });
  const closed = once(server, 'close');
  const bar = progressBar('Server, on ciphertexts', show);
  bar.start(1, 0);
  let step: Omit<DecryptedStep, 'weights'> | undefined;
  let evaluationKeyBytes = 0;
  const answers: Float64Array[] = [];
  const json = (body: Uint8Array): Record<string, number> =>
    JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, number>;
  try {
    for await (const { name, body } of readFrames(server.stdout)) {
      switch (name) {
        case 'progress':
          bar.update(json(body).done! / json(body).total!);
          break;
        case 'ready':
          evaluationKeyBytes = json(body).evaluationKeyBytes!;
          break;
        case 'step':
          step = json(body) as unknown as Omit<DecryptedStep, 'weights'>;
          break;
        case 'weights': {
          using state = new EncryptedState(step!.step, await Ciphertext.batchFromBytes(parameters, body));
          await onStep({ ...step!, weights: await owner.decryptWeights(state) });
          break;
        }
        case 'answers': {
          const outputs = await Ciphertext.batchFromBytes(parameters, body);
          answers.push(await owner.decryptOutputs(outputs, parts[answers.length]!.rows));
          for (const ciphertext of outputs) ciphertext.dispose();
          break;
        }
        case 'end':
          return {
            outputs: Float64Array.from(answers.flatMap((part) => [...part])),
            inferenceSeconds: json(body).seconds!,
            evaluationKeyBytes,
            evaluationKeyBytesOnDisk: (await stat(folder.evaluationKeys)).size,
            checkpointBytes: (await stat(folder.checkpoint)).size,
            peakRssBytes: json(body).peakRssBytes!,
          };
        default:
          throw new Error(`The owner does not expect "${name}" of the server.`);
      }
    }
    const [status, signal] = (await closed) as [number | null, NodeJS.Signals | null];
    const how = signal ?? `status ${status ?? 'unknown'}`;
    throw new SystemError(
      'SYSTEM',
      `The server ended before the training did (${how}). --resume goes on from its last checkpoint; it needs about as much memory as keys and a batch take together, and half as much again.`,
      { how },
    );
  } finally {
    bar.stop();
    server.kill();
  }
}
