import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { validateResult } from '../../examples/training-ckks/result.js';
import { digits, table, unique } from './markdown.js';

/** Whole trainings on encrypted data, as their example wrote them with --json; nothing where there is none. */
export async function trainingExamples(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const runs = await Promise.all(
    files.map(async (name) => validateResult(JSON.parse(await readFile(`${folder}${name}`, 'utf8')))),
  );
  if (runs.length === 0) return [];
  const seconds = (value: number): string =>
    value < 100 ? `${digits(value)} s` : `${digits(value / 60)} min`;
  const figure = (value: number): string => value.toFixed(4);
  return [
    '## Trainings on encrypted data',
    '`npm run example -- training-ckks --task TASK [--data FOLDER] --json FILE`. Accuracy or area under the curve on the test rows. A training of several sessions was interrupted and went on from its checkpoint.',
    unique(
      runs.map((r) => `- ${r.task}: ${r.machine}; ${r.threads} threads; ${r.date}; commit ${r.commit}`),
    ).join('\n'),
    table(
      [
        'task',
        'rows',
        'weights',
        'steps',
        'a step',
        'all steps',
        'sessions',
        'measure',
        'float32',
        'plan in the clear',
        'decrypted weights',
        'encrypted inference',
        'keys',
      ],
      runs.map((r) => [
        r.task,
        String(r.rows.batch),
        String(r.weights),
        String(r.steps.at(-1)!.step),
        seconds(r.seconds.step),
        seconds(r.seconds.training),
        String(r.sessions),
        r.measure,
        figure(r.figures.float32),
        figure(r.figures.clear),
        figure(r.figures.encrypted),
        figure(r.figures.encrypted_inference),
        `${digits(r.bytes.evaluation_keys_ram / 1e9)} GB`,
      ]),
    ),
  ];
}
