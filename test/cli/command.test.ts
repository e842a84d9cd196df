import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import test from 'ava';
import { createProgram } from '../../lib/cli/program.js';
import { readOnnx } from '../../lib/onnx/index.js';
import { cheap, command, workFolder } from './support.js';

const { file, remove } = await workFolder();
const plan = file('circle/plan.json');
const rows = [
  [0.5, 0.5],
  [-0.75, 0.5],
  [1, 1],
];

test.before(async () => {
  await writeFile(file('rows.csv'), rows.map((row) => row.join(',')).join('\n'));
});
test.after.always(remove);

const compileArguments = [
  'compile',
  file('model.json'),
  '--calibration',
  file('calibration.csv'),
  '--out',
  file('circle'),
  ...cheap,
];
const keys = ['--secret-key', file('secret.key')];

test.serial('the five commands of the tutorial lead from a model to decrypted rows', async (t) => {
  const steps = [
    compileArguments,
    ['keygen', plan, ...keys, '--evaluation-keys', file('evaluation.keys')],
    ['encrypt', plan, file('rows.csv'), ...keys, '-o', file('request.bin')],
    [
      'infer',
      file('request.bin'),
      '--model',
      file('circle'),
      '--keys',
      file('evaluation.keys'),
      '-o',
      file('response.bin'),
    ],
    ['decrypt', plan, file('response.bin'), ...keys, '-o', file('outputs.csv')],
  ];
  for (const step of steps) {
    const { code, err, out } = await command(step);
    t.deepEqual([code, err], [0, ''], step[0]);
    t.true(out.length > 10);
  }
  const outputs = (await readFile(file('outputs.csv'), 'utf8')).trim().split('\n').map(Number);
  t.is(outputs.length, rows.length);
  rows.forEach(([x, y], i) => t.true(Math.abs(outputs[i]! - (1 - x! ** 2 - y! ** 2)) < 0.01));
  const printed = await command(['decrypt', plan, file('response.bin'), ...keys]);
  t.deepEqual(printed.out.trim().split('\n').map(Number), outputs);
  const json = await command(['decrypt', '--json', plan, file('response.bin'), ...keys]);
  t.deepEqual(json.json, [{ rows: outputs.map((value) => [value]) }]);
});

test.serial(
  'secrets are files that their owner alone reads, and no command replaces a key unasked',
  async (t) => {
    for (const name of ['secret.key', 'outputs.csv', 'circle/server-model.json'])
      t.is((await stat(file(name))).mode & 0o777, 0o600, name);
    const before = await readFile(file('secret.key'));
    const again = ['keygen', plan, ...keys, '--evaluation-keys', file('other.keys')];
    const refused = await command(again);
    t.is(refused.code, 4);
    t.regex(refused.err, /FILE_EXISTS.*--force/s);
    t.deepEqual(await readFile(file('secret.key')), before);
    await t.throwsAsync(stat(file('other.keys')), { code: 'ENOENT' });
    const forced = await command([
      'keygen',
      plan,
      '--secret-key',
      file('forced.key'),
      '--evaluation-keys',
      file('other.keys'),
      '--force',
    ]);
    t.is(forced.code, 0, forced.err);
    t.is(
      (
        await command([
          'keygen',
          plan,
          '--secret-key',
          file('forced.key'),
          '--evaluation-keys',
          file('other.keys'),
          '--force',
        ])
      ).code,
      0,
    );
    t.is((await stat(file('forced.key'))).mode & 0o777, 0o600);
  },
);

test.serial('ONNX files are compiled as they are', async (t) => {
  const network = 'test/fixtures/onnx/perceptron-dynamo.onnx';
  const { inputs, outputs } = readOnnx(await readFile(network));
  await writeFile(file('onnx-rows.csv'), [0.5, -0.5].map((x) => Array(inputs).fill(x).join(',')).join('\n'));
  const args = ['compile', network, '--calibration', file('onnx-rows.csv'), '--out', file('onnx'), '--json'];
  const { code, json, err } = await command(args);
  t.deepEqual([code, err], [0, '']);
  t.like(json[0]!.plan, { inputs, outputs });
});

test.serial('a service of the same folder gives the same answers, until it is stopped', async (t) => {
  const stop = new AbortController();
  let announce: (url: string) => void = () => undefined;
  const listening = new Promise<string>((resolve) => (announce = resolve));
  const service = command(
    ['serve', file('circle'), '--port', '0', '--data', file('data'), '--json'],
    stop.signal,
    (line) => {
      const { url } = JSON.parse(line) as { url?: string };
      if (url !== undefined) announce(url);
    },
  );
  // A service that could not start ends before it listens.
  const url = await Promise.race([listening, service.then(({ err }) => Promise.reject(new Error(err)))]);
  const infer = [
    'infer',
    file('request.bin'),
    '--url',
    url,
    '--model',
    'circle',
    '--keys',
    file('evaluation.keys'),
  ];
  for (const name of ['remote.bin', 'again.bin']) {
    const { code, err } = await command([...infer, '-o', file(name)]);
    t.deepEqual([code, err], [0, '']);
    t.deepEqual(await readFile(file(name)), await readFile(file('response.bin')));
  }
  const unknown = await command(infer.map((word) => (word === 'circle' ? 'square' : word)));
  t.is(unknown.code, 5);
  t.regex(unknown.err, /has the models circle; none is square/);
  stop.abort();
  const { code, json } = await service;
  t.is(code, 0);
  t.deepEqual(json, [{ url, models: ['circle'] }, { stopped: true }]);
  const gone = await command(infer);
  t.is(gone.code, 5);
  t.regex(gone.err, /SERVICE_UNREACHABLE/);
});

test.serial('the demo shows that decrypted answers are those of the clear computation', async (t) => {
  const text = await command(['demo']);
  t.deepEqual([text.code, text.err], [0, '']);
  const { code, json } = await command(['demo', '--json']);
  t.is(code, 0);
  const { answers, deviation, promisedError } = json[0] as unknown as {
    answers: { score: number; clear: number; inside: boolean }[];
    deviation: number;
    promisedError: number;
  };
  t.true(deviation <= promisedError);
  t.deepEqual(
    answers.map(({ inside }) => inside),
    answers.map(({ clear }) => clear > 0),
  );
});

test.serial('inspect says what every file is, and whether it belongs to a plan', async (t) => {
  const names = [
    'circle/plan.json',
    'circle/server-model.json',
    'model.json',
    'secret.key',
    'evaluation.keys',
    'request.bin',
    'response.bin',
  ];
  const { code, json, err } = await command(['inspect', '--json', '--plan', plan, ...names.map(file)]);
  t.is(code, 0, err);
  const found = json[0]!.files as Record<string, unknown>[];
  t.deepEqual(
    found.map(({ kind }) => kind),
    ['plan', 'server model', 'model', 'secret key', 'evaluation keys', 'request', 'response'],
  );
  for (const inspection of found) t.is(inspection.bytes, (await stat(String(inspection.file))).size);
  for (const index of [0, 3, 4, 5, 6]) t.true(found[index]!.ofThisPlan, names[index]);
  for (const index of [3, 4, 5, 6]) t.true(found[index]!.complete, names[index]);
  t.like(found[0], { logN: 13, levels: 3, security: '128 bits (classical)', inputs: 2, outputs: 1 });
  t.like(found[4], { logN: 13, insecure: false });
  t.true(Number(found[4]!.count) >= 1);
  t.like(found[5], { samples: 3 });
  t.true(Number(found[5]!.ciphertexts) >= 1);
  const text = await command(['inspect', file('request.bin')]);
  t.regex(text.out, /request\.bin: request, \d+ kB\n {2}samples: 3\n/);
});

test.serial(
  'inspect knows the objects of the format, cut ones among them, and refuses what is none',
  async (t) => {
    const fixture = (name: string): string => `test/fixtures/format-v1/${name}.bin`;
    const names = [
      'small-parameters',
      'small-ciphertext',
      'small-plaintext',
      'small-public-key',
      'small-evaluation-key',
    ];
    const { json } = await command(['inspect', '--json', ...names.map(fixture)]);
    const found = json[0]!.files as Record<string, unknown>[];
    t.deepEqual(
      found.map(({ kind }) => kind),
      ['parameters', 'ciphertext', 'plaintext', 'public key', 'evaluation key'],
    );
    t.true(found.every(({ complete }) => complete === true));
    t.like(found[0], { logN: 10, security: 'none' });
    t.is(new Set(found.map(({ parameterFingerprint }) => parameterFingerprint)).size, 1);
    const bootstrapping = ['parameters', 'evaluation-keys'].map(
      (name) => `test/fixtures/format-v2/bootstrapping-${name}.bin`,
    );
    const second = await command(['inspect', '--json', ...bootstrapping]);
    const [set, bundle] = second.json[0]!.files as [object, object];
    t.like(set, { kind: 'parameters', version: 2, levels: 0, bootstrappingLevels: 4 });
    t.like(bundle, { kind: 'evaluation keys', version: 2, count: 2, complete: true });
    await writeFile(file('cut.bin'), (await readFile(fixture('small-ciphertext'))).subarray(0, 200));
    const cut = await command(['inspect', '--json', file('cut.bin')]);
    t.like((cut.json[0]!.files as object[])[0], { kind: 'ciphertext', complete: false });
    await truncate(file('cut.bin'), 40);
    for (const [content, wanted] of [
      [undefined, 'FORMAT_TRUNCATED'],
      ['', 'FORMAT_TRUNCATED'],
      ['not ours, but long enough to have a header of its own, as it were …', 'FORMAT_MAGIC'],
      ['{"format": "other"}', 'FORMAT_MAGIC'],
      ['{"format": ', 'FORMAT_CORRUPT'],
      ['{"format": "ciphernet-plan"}', 'FORMAT_CORRUPT'],
    ] as const) {
      if (content !== undefined) await writeFile(file('cut.bin'), content);
      const refused = await command(['inspect', file('cut.bin')]);
      t.is(refused.code, 3);
      t.true(refused.err.includes(wanted), `${wanted}: ${refused.err}`);
    }
  },
);

test.serial('mistakes have exit codes of their own, and errors in JSON where it is asked for', async (t) => {
  await writeFile(file('three.csv'), '1,2,3\n');
  await writeFile(file('words.csv'), '1,2\n3,four\n');
  await writeFile(file('ragged.csv'), '1,2\n3\n');
  const encrypt = (name: string): string[] => ['encrypt', plan, file(name), ...keys, '-o', file('x.bin')];
  const cases: readonly [args: readonly string[], code: number, message: RegExp][] = [
    [[], 2, /Usage: ciphernet/],
    [['encode'], 2, /unknown command 'encode'/],
    [['keygen'], 2, /missing required argument 'plan'/],
    [['infer', file('request.bin')], 2, /--model/],
    [['keygen', plan, '--forse'], 2, /Did you mean --force/],
    [['serve', file('circle'), '--memory', '4 apples'], 2, /500MB or 4GB/],
    [['serve', file('circle'), file('circle')], 3, /names of their own/],
    [[...compileArguments, '--degree', 'two'], 2, /no number/],
    [compileArguments.map((word) => word.replace('model.json', 'model.pb')), 3, /ends with \.onnx or \.json/],
    [[...compileArguments, '--packing', 'tight'], 2, /Allowed choices are samples, interleaved/],
    [[...compileArguments, '--bootstrapping', 'often'], 3, /'auto', 'never' or \{ levelsAfter \}/],
    [[...compileArguments, '--bootstrapping', '0'], 3, /bootstrapping\.levelsAfter/],
    [[...compileArguments, '--bound', 'outptu=3'], 3, /Did you mean output\?/],
    [encrypt('absent.csv'), 4, /FILE_UNREADABLE/],
    [encrypt('three.csv'), 3, /rows of 2 numbers but those of .*three\.csv have 3/],
    [encrypt('words.csv'), 3, /"four" in row 2, column 2/],
    [encrypt('ragged.csv'), 3, /FORMAT_CORRUPT/],
    [['decrypt', plan, file('request.bin'), ...keys], 3, /Expected a response but received a request/],
    [
      ['infer', file('request.bin'), '--model', file('circle'), '--keys', file('secret.key')],
      3,
      /FORMAT_TYPE/,
    ],
    [
      ['decrypt', plan, file('response.bin'), '--secret-key', file('forced.key'), '-o', '/dev/null/x'],
      4,
      /FILE_UNWRITABLE/,
    ],
  ];
  for (const [args, code, message] of cases) {
    const outcome = await command(args);
    t.is(outcome.code, code, `${args.join(' ')}: ${outcome.err}`);
    t.regex(outcome.err, message);
    t.is(outcome.out, '');
  }
  const { err } = await command(['inspect', '--json', file('absent')]);
  const { error } = JSON.parse(err) as { error: Record<string, unknown> };
  t.like(error, { code: 'FILE_UNREADABLE', details: { reason: 'ENOENT' } });
  t.is(typeof error.remedy, 'string');
});

test.serial('a cancelled command ends with 130 and leaves no file', async (t) => {
  const args = ['keygen', plan, '--secret-key', file('no.key'), '--evaluation-keys', file('no.keys')];
  const { code, err } = await command(args, AbortSignal.abort());
  t.is(code, 130);
  t.regex(err, /CANCELLED/);
  await t.throwsAsync(stat(file('no.key')), { code: 'ENOENT' });
});

test('a secret key that others may read is used with a warning', async (t) => {
  const own = await workFolder();
  await command([
    'compile',
    own.file('model.json'),
    '--calibration',
    own.file('calibration.csv'),
    '--out',
    own.file('m'),
    ...cheap,
  ]);
  const plan = own.file('m/plan.json');
  const secret = ['--secret-key', own.file('secret.key')];
  await command(['keygen', plan, ...secret, '--evaluation-keys', own.file('evaluation.keys')]);
  const content = await readFile(own.file('secret.key'));
  await writeFile(own.file('open.key'), content, { mode: 0o644 });
  await writeFile(own.file('rows.csv'), '0,0\n');
  const args = ['encrypt', plan, own.file('rows.csv'), '-o', own.file('r.bin'), '--secret-key'];
  t.regex((await command([...args, own.file('open.key')])).err, /Warning: .*chmod 600/);
  t.is((await command([...args, own.file('secret.key')])).err, '');
  await own.remove();
});

test('every command has help with an example, and takes --json', async (t) => {
  const program = createProgram({
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: false,
    signal: new AbortController().signal,
  });
  t.true(program.commands.length >= 8);
  for (const { name } of program.commands.map((each) => ({ name: each.name() }))) {
    const { code, out } = await command([name, '--help']);
    t.is(code, 0);
    t.regex(out, new RegExp(`Usage: ciphernet ${name}`));
    t.regex(out, /--json/);
    t.regex(out, new RegExp(`Examples:\\n {2}ciphernet ${name}`));
  }
  t.is((await command(['--version'])).code, 0);
});
