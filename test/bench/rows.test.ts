import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import test from 'ava';
import { checkGoals } from '../../bench/support/goals.js';
import { type Measured, readRows, row, type Row } from '../../bench/support/rows.js';

const at = (path: string): URL => new URL(`../../bench/${path}`, import.meta.url);
const schema = JSON.parse(await readFile(at('schema.json'), 'utf8')) as object;
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

const measured: Measured = {
  suite: 'ckks',
  op: 'rotate',
  params: { log_n: 14, levels: 5, log_q: 275, log_p: 120, dnum: 3, sigma: 3.19 },
  threads: 1,
  cpu_level: 'avx512ifma',
  timing: { median: 2, min: 1.5, runs: 9 },
  value: 2,
  unit: 'ms',
  better: 'lower',
  peer: { name: 'OpenFHE', version: '1', median_ms: 10, value: 10 },
};
const good = row(measured);

test('the committed results are what the schema says', async (t) => {
  const files = (await readdir(at('results/'))).filter((file) => file.endsWith('.json'));
  t.true(files.length > 0);
  for (const file of files) t.true((await readRows(fileURLToPath(at(`results/${file}`)))).length > 0, file);
});

test('a row needs every field of the contract', (t) => {
  t.true(validate([good]), JSON.stringify(validate.errors));
  for (const field of ['peer', 'ratio', 'date'] as const) {
    const { [field]: _removed, ...rest } = good;
    t.is(validate([rest]), field === 'date', field);
  }
  const { peer: _peer, ratio: _ratio, date: _date, ...required } = good;
  t.true(validate([required]));
  for (const field of Object.keys(required)) {
    const { [field as keyof typeof required]: _removed, ...rest } = required;
    t.false(validate([rest]), field);
  }
});

test('a row with an unknown operation, unit, field or too few runs is refused', (t) => {
  for (const wrong of [
    { op: 'guess' },
    { unit: 's' },
    { runs: 2 },
    { better: 'faster' },
    { value: 0 },
    { cpu_level: 'sse2' },
    { params: {} },
    { params: { log_n: 14, dnum: 1.5 } },
    { peer: { name: 'OpenFHE', version: '1', value: 10 } },
    { extra: 1 },
  ]) {
    t.false(validate([{ ...good, ...wrong }]), JSON.stringify(wrong));
  }
  t.false(validate(good), 'a row alone is no array');
});

test('a ratio above one is better for us, whichever way the unit counts', (t) => {
  t.is(good.ratio, 5);
  t.is(row({ ...measured, better: 'higher' }).ratio, 0.2);
  const { peer: _peer, ...alone } = measured;
  t.is(row(alone).ratio, undefined);
});

test('a goal is held by its worst row, and one without rows is not reached', (t) => {
  const worse: Row = { ...good, ratio: 5.9 };
  const better: Row = { ...good, op: 'multiply_relinearize_rescale', ratio: 7 };
  const openfhe = (rows: readonly Row[]): ReturnType<typeof checkGoals>[number] =>
    checkGoals(rows).find((goal) => goal.text.includes('6 times OpenFHE'))!;
  t.is(openfhe([better, worse]).worst?.row, worse);
  t.false(openfhe([better, worse]).reached);
  t.true(openfhe([better]).reached);
  t.false(openfhe([]).reached);
});
