/**
 * Training on encrypted data: an owner encrypts features, labels and first weights, a server in another process trains without
 * ever seeing one of them, the owner decrypts the weights.
 *
 *   npm run example -- training-ckks [--task wdbc|wdbc-network|digits|mnist|icu] [--data FOLDER] [--steps N]
 *     [--folder FOLDER] [--resume] [--keep] [--clear] [--json FILE] [--svg FILE]
 *   npm run example -- training-ckks --task digits --choose [--data FOLDER]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { refuse, requireInteger } from '../../lib/check.js';
import { CiphernetError } from '../../lib/errors.js';
import { planTraining, trainInClear } from '../../lib/training/index.js';
import type { Weights } from '../../lib/training/index.js';
import { duration, megabytes } from '../support/inference.js';
import { choose, digitsGrid } from './choose.js';
import type { Setting } from './choose.js';
import { readDigitSamples } from './data.js';
import { Referee } from './referee.js';
import type { ClearReference } from './referee.js';
import { TrainingFolder } from './folder.js';
import { planIn, prepareFolder, train } from './owner.js';
import { drawTraining } from './picture.js';
import { describeTrainingPlan, reportOf } from './report.js';
import { writeTrainingResult } from './result.js';
import type { StepRecord } from './result.js';
import { taskNamed } from './tasks.js';

/** Of the errors that the clear run has put in, to say how far encrypted weights may be off. */
const kErrorSeed = 1;

/** Chooses the settings of the digits again, and shows what each comes to. Minutes of work. */
async function chooseAloud(folder: string | undefined): Promise<void> {
  const { training } = await readDigitSamples(folder);
  console.log(`Cross-validation on the ${training.rows} training rows; the test rows are not looked at.\n`);
  const words = ({ features, learningRate, momentum }: Setting): string =>
    `${features}, rate ${learningRate}, momentum ${momentum}`;
  const choice = choose(training, digitsGrid, (setting, accuracy) => {
    console.log(
      `${words(setting)}: ${accuracy === undefined ? 'left its intervals' : `accuracy ${accuracy.toFixed(4)}`}`,
    );
  });
  console.log(
    `\nChosen: ${words(choice)}, start ${choice.seed}, ${choice.steps} steps: accuracy ${choice.accuracy.toFixed(4)}.`,
  );
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      task: { type: 'string', default: 'wdbc' },
      data: { type: 'string' },
      steps: { type: 'string' },
      folder: { type: 'string' },
      resume: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      clear: { type: 'boolean', default: false },
      choose: { type: 'boolean', default: false },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const example = taskNamed(options.task);
  if (options.choose) {
    if (options.task !== 'digits') refuse('digits beside --choose', '--task', options.task);
    await chooseAloud(options.data);
    return;
  }
  const steps = options.steps === undefined ? example.steps : Number(options.steps);
  requireInteger(steps, '--steps', 1, 100_000);
  const folder = new TrainingFolder(options.folder ?? join('build', 'training-ckks', options.task));
  if (options.resume) await folder.requireStarted();

  console.log(`Training on encrypted data. ${example.title}\n`);
  const data = await example.data(options.data);
  const plan = options.resume ? await planIn(folder) : await planTraining(example.task);
  describeTrainingPlan(plan, steps);

  const referee = new Referee(example, data);
  const float32 = referee.float32();
  console.log(`Before the first step: ${referee.words(example.weights)}`);
  console.log(`In float32, ${example.reference.steps} steps: ${referee.words(float32)}`);
  // Throws where a value leaves the interval of its polynomial: said before hours are spent on ciphertexts.
  const clear = Array.from(
    trainInClear(plan, [data.training], example.weights, { until: steps, errorSeed: kErrorSeed }),
    ({ weights, errorBound }): ClearReference => ({ weights, bound: errorBound! }),
  );
  const { weights: last, bound } = clear.at(-1)!;
  console.log(
    `The plan in the clear, ${steps} steps: ${referee.words(last)}; encrypted weights within ${bound.toExponential(1)}\n`,
  );
  if (options.clear) return;

  if (!options.resume) await prepareFolder(folder, plan, data, example.weights);
  const records: StepRecord[] = [];
  let weights: Weights = example.weights;
  const session = await train(folder, plan, data.test, steps, async (step) => {
    const record = referee.record(step, clear[step.step - 1]!);
    weights = step.weights;
    records.push(record);
    await folder.note(record);
    console.log(
      `step ${step.step} of ${steps}: ${duration(1000 * step.seconds)}, loss ${record.loss_encrypted.toFixed(4)}, ` +
        `${example.measure} ${record.figure_encrypted.toFixed(4)}, ${record.deviation.toExponential(1)} from the clear weights (at most ${record.bound.toExponential(1)})`,
    );
  });
  const notes = await folder.read();
  const result = reportOf({
    name: options.task,
    plan,
    data,
    referee,
    float32,
    clear: last,
    encrypted: weights,
    session,
    notes,
  });
  console.log(`
Keys ${duration(1000 * result.seconds.keys)} (${megabytes(result.bytes.evaluation_keys_disk)}), encryption ${duration(1000 * result.seconds.encryption)}, all steps ${duration(1000 * result.seconds.training)}, a step ${duration(1000 * result.seconds.step)} (planned ${duration(1000 * plan.predicted.seconds)}).
${example.measure} on ${data.test.rows} test rows: float32 ${result.figures.float32.toFixed(4)}, plan in the clear ${result.figures.clear.toFixed(4)}, decrypted weights ${result.figures.encrypted.toFixed(4)}, encrypted inference ${result.figures.encrypted_inference.toFixed(4)}.
${(100 * result.weights_changed).toFixed(1)} % of ${result.weights} weights changed.`);
  if (options.json !== undefined) await writeTrainingResult(options.json, result);
  if (options.svg !== undefined) {
    const subtitle = `${result.machine}; a step ${duration(1000 * result.seconds.step)}; ${result.date}`;
    const start = referee.figures(example.weights);
    await writeFile(
      options.svg,
      drawTraining({
        title: example.title,
        subtitle,
        measure: example.measure,
        start,
        float32: result.figures.float32,
        steps: result.steps,
      }),
    );
  }
  if (!options.keep) await folder.remove();
}

try {
  await main();
} catch (error) {
  // A missing file, a wrong option, a value that leaves its interval: told without a stack.
  if (!(error instanceof CiphernetError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
