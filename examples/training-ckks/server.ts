/**
 * The server of the example, a process of its own: trains on what is in its folder, weights encrypted from the first step to the
 * last, and goes on from the checkpoint where there is one. It writes frames: progress, the encrypted weights after every step,
 * encrypted answers for the test rows.
 */
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resourceUsage, stdout } from 'node:process';
import { Ciphertext, CkksParameters, EvaluationKeys } from '../../lib/index.js';
import {
  EncryptedBatch,
  EncryptedState,
  EncryptedTrainer,
  trainingPlanFromBytes,
} from '../../lib/training/index.js';
import { writeFrame } from '../support/frames.js';
import { TrainingFolder } from './folder.js';

const folder = new TrainingFolder(process.argv[2]!);
const [until, tests] = process.argv.slice(3).map(Number) as [number, number];

const tell = (name: string, value: unknown): Promise<void> =>
  writeFrame(stdout, { name, body: Buffer.from(JSON.stringify(value), 'utf8') });
const onProgress = (progress: { readonly done: number; readonly total: number }): void => {
  void tell('progress', progress);
};

const plan = trainingPlanFromBytes(await readFile(folder.plan));
const parameters = await CkksParameters.create(plan.parameters);
const readBatch = async (path: string): Promise<EncryptedBatch> =>
  EncryptedBatch.fromBytes(plan, parameters, await readFile(path));

const keys = await EvaluationKeys.fromChunks(parameters, createReadStream(folder.evaluationKeys), {
  onProgress,
});
const options = { batches: [await readBatch(folder.batch)], checkpoint: { path: folder.checkpoint } };
const trainer = existsSync(folder.checkpoint)
  ? await EncryptedTrainer.resume(plan, parameters, keys, options)
  : await EncryptedTrainer.create(plan, parameters, keys, {
      ...options,
      state: new EncryptedState(0, await Ciphertext.batchFromBytes(parameters, await readFile(folder.start))),
    });
await tell('ready', { step: trainer.state.step, evaluationKeyBytes: keys.byteLength });

for await (const { step, seconds, bootstraps, state } of trainer.steps({ until, onProgress })) {
  await tell('step', { step, seconds, bootstraps });
  await writeFrame(stdout, {
    name: 'weights',
    body: await Ciphertext.batchToBytes(parameters, state.ciphertexts),
  });
}
const start = performance.now();
for (let index = 0; index < tests; ++index) {
  using batch = await readBatch(folder.test(index));
  const answers = await trainer.predict(batch, { onProgress });
  await writeFrame(stdout, { name: 'answers', body: await Ciphertext.batchToBytes(parameters, answers) });
}
const seconds = (performance.now() - start) / 1000;
await tell('end', { seconds, peakRssBytes: resourceUsage().maxRSS * 1024 });
trainer.dispose();
