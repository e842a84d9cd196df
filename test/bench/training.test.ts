import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { checkGoals } from '../../bench/support/goals.js';
import { row } from '../../bench/support/rows.js';
import { trainingExamples } from '../../bench/support/training-report.js';

test('the report has a line for every committed training, and nothing where there is none', async (t) => {
  const folder = fileURLToPath(new URL('../../examples/training-ckks/results/', import.meta.url));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const [, , , lines] = await trainingExamples(folder);
  const tasks = lines!
    .split('\n')
    .slice(2)
    .map((line) => line.split(' | ')[0]!.replace('| ', ''));
  t.deepEqual(
    tasks,
    names.map((name) => name.replace('.json', '')),
  );
  t.deepEqual(await trainingExamples('/nowhere/'), []);
  const empty = await mkdtemp(join(tmpdir(), 'ciphernet-report-'));
  t.deepEqual(await trainingExamples(`${empty}/`), []);
  await rm(empty, { recursive: true });
});

test('a goal for a training step is held against its seconds', (t) => {
  const step = (milliseconds: number) =>
    row({
      suite: 'training',
      op: 'train_wdbc',
      params: { log_n: 16 },
      threads: 2,
      cpu_level: 'avx512ifma',
      timing: { median: milliseconds, min: milliseconds, runs: 3 },
      value: milliseconds,
      unit: 'ms',
      better: 'lower',
    });
  const goal = (milliseconds: number) =>
    checkGoals([step(milliseconds)]).find(({ text }) => text.includes('logistic regression on 455 rows'))!;
  t.true(goal(9_999).reached);
  t.false(goal(10_001).reached);
});
