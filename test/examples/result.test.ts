import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import test from 'ava';
import type { ExampleResult } from '../../examples/support/result.js';

const run = promisify(execFile);
const schema = JSON.parse(
  await readFile(new URL('../../examples/support/result.schema.json', import.meta.url), 'utf8'),
) as object;

test('the digits example runs over two processes and writes a result that its schema accepts', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ciphernet-result-'));
  try {
    const file = join(folder, 'result.json');
    const { stdout } = await run(process.execPath, [
      '--import=tsx',
      'examples/digits/index.ts',
      '--json',
      file,
    ]);
    t.regex(stdout, /decrypted ciphertexts: +\d\d\.\d\d % \(\d+ of 360\)/);
    const result = JSON.parse(await readFile(file, 'utf8')) as ExampleResult;
    const validate = new Ajv({ strict: true }).compile(schema);
    t.true(validate(result), JSON.stringify(validate.errors));
    t.is(result.images_run, 360);
    t.is(result.agree, 1);
    t.true(result.accuracy_encrypted >= 0.96);
    t.is(result.accuracy_encrypted, result.accuracy_clear);
    t.true(result.max_abs_deviation < 1e-3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('committed results of the MNIST example keep to the schema, and their answers to the network in the clear', async (t) => {
  const validate = new Ajv({ strict: true }).compile(schema);
  const folder = new URL('../../examples/mnist/results/', import.meta.url);
  const names = (await readdir(folder)).sort();
  t.true(names.length >= 5);
  for (const name of names) {
    const result = JSON.parse(await readFile(new URL(name, folder), 'utf8')) as ExampleResult;
    t.true(validate(result), `${name}: ${JSON.stringify(validate.errors)}`);
    t.is(result.agree, 1, name);
    t.is(`${result.task}.json`, name);
  }
});

test('the schema refuses a result with a field missing or out of range', async (t) => {
  const validate = new Ajv({ strict: true }).compile(schema);
  const good = JSON.parse(
    await readFile(new URL('../../examples/digits/result.json', import.meta.url), 'utf8'),
  ) as ExampleResult;
  t.true(validate(good), JSON.stringify(validate.errors));
  for (const field of Object.keys(good)) {
    const { [field as keyof ExampleResult]: _removed, ...rest } = good;
    t.false(validate(rest), field);
  }
  t.false(validate({ ...good, agree: 1.5 }));
  t.false(validate({ ...good, security_bits: 100 }));
  t.false(validate({ ...good, extra: 1 }));
});
