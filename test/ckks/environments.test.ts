import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import test from 'ava';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program in a process of its own; `lib` is the library, whatever it does. */
function inProcess(
  body: string,
  env: Record<string, string> = {},
): { status: number | null; signal: string | null; output: string } {
  const program = `const load = () => import(${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)});\n${body}`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import=tsx', '--input-type=module', '--eval', program],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: 60_000,
    },
  );
  return { status, signal, output: stdout + stderr };
}

/** Starts long jobs and says so; never ends by itself before they do. */
const busy = `
  const { CkksParameters, KeyGenerator, Encryptor, Evaluator } = await load();
  const parameters = await CkksParameters.create({ logN: 13, logQ: [50, 40, 40, 40], logP: [50], logScale: 40, security: 'none' });
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const rotations = Array.from({ length: 500 }, (_, i) => i + 1);
  const encryptor = new Encryptor(parameters, secretKey);
  const jobs = [];
  for (let i = 0; i < 4; ++i) {
    jobs.push(generator.evaluationKeys(secretKey, { rotations, onProgress: () => {} }));
    jobs.push(encryptor.encrypt(Array.from({ length: 500 }, () => Float64Array.of(1)), { onProgress: () => {} }));
  }
`;

const failureOf = `try { await body(); console.log('no error'); } catch (error) { console.log(error.constructor.name, error.code, error.message); }`;

test('an environment variable that cannot be used is a typed error on first use', (t) => {
  const body = `const body = async () => (await load()).info();\n${failureOf}`;
  for (const threads of ['0', 'many', '2.5', '99999']) {
    const { status, output } = inProcess(body, { CIPHERNET_THREADS: threads });
    t.is(status, 0);
    t.regex(output, new RegExp(`SystemError ENVIRONMENT_INVALID .*CIPHERNET_THREADS.*${threads}`));
  }
  const { output } = inProcess(body, { CIPHERNET_CPU: 'abacus' });
  t.regex(output, /SystemError ENVIRONMENT_INVALID .*abacus/);
});

test('the variables choose threads and instruction set', (t) => {
  const { output } = inProcess('console.log(JSON.stringify((await load()).info()))', {
    CIPHERNET_THREADS: '3',
    CIPHERNET_CPU: 'scalar',
  });
  const info = JSON.parse(output) as {
    threads: number;
    cpuLevel: string;
    availableCpuLevels: string[];
    version: string;
    addonPath: string;
  };
  t.deepEqual([info.threads, info.cpuLevel], [3, 'scalar']);
  t.true(info.availableCpuLevels.includes('scalar'));
  t.regex(info.version, /^\d+\.\d+\.\d+/);
  t.regex(info.addonPath, /\.node$/);
});

test('an idle addon keeps no process alive, finished jobs neither', (t) => {
  const { status, output } = inProcess(`
    const { CkksParameters } = await load();
    (await CkksParameters.create({ logN: 10, logQ: [40], logP: [], logScale: 30, security: 'none' })).describe();
    console.log('made');`);
  t.deepEqual([status, output], [0, 'made\n']);
});

test('a job that nobody awaits still keeps its process alive until it is done', (t) => {
  const { status, output } = inProcess(`
    const { CkksParameters } = await load();
    CkksParameters.create({ logN: 14, logQ: [50, 40, 40], logP: [], logScale: 40, security: 'none' }).then(() => console.log('made'));`);
  t.deepEqual([status, output], [0, 'made\n']);
});

test('a process ends at once and cleanly while jobs run', (t) => {
  for (let i = 0; i < 5; ++i) {
    const started = performance.now();
    const { status, signal, output } = inProcess(`${busy} setTimeout(() => process.exit(7), ${i * 7});`);
    t.deepEqual([status, signal], [7, null], output);
    t.true(performance.now() - started < 20_000);
  }
});

test('a process that dies of an exception while jobs run does not crash otherwise', (t) => {
  const { status, signal, output } = inProcess(`${busy} setTimeout(() => { throw new Error('mine'); }, 10);`);
  t.deepEqual([status, signal], [1, null], output);
  t.regex(output, /mine/);
});

// Only Linux lets a running process lower its own limit of memory.
if (process.platform === 'linux') {
  test('keys that do not fit into memory are a typed error, and the process computes on', (t) => {
    const { status, signal, output } = inProcess(`
      import { execFileSync } from 'node:child_process';
      import { readFileSync } from 'node:fs';
      const { CkksParameters, KeyGenerator, Encryptor } = await load();
      const parameters = await CkksParameters.create({ logN: 15, logQ: [50, 40, 40, 40], logP: [50], logScale: 40, security: 'none' });
      const generator = new KeyGenerator(parameters);
      const secretKey = await generator.secretKey();
      const kib = Number(/VmSize:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (kib + 400 * 1024) * 1024]);
      const body = () => generator.evaluationKeys(secretKey, { rotations: Array.from({ length: 1000 }, (_, i) => i + 1) });
      ${failureOf}
      console.log((await new Encryptor(parameters, secretKey).encrypt(Float64Array.of(1))).level);`);
    t.deepEqual([status, signal], [0, null], output);
    t.regex(output, /^SystemError OUT_OF_MEMORY .*\n3\n$/);
  });
}

test('results do not depend on the number of threads', (t) => {
  const body = `
    const { CkksParameters, KeyGenerator, Encryptor, Evaluator } = await load();
    const { createHash } = await import('node:crypto');
    const parameters = await CkksParameters.create({ logN: 11, logQ: [50, 40, 40], logP: [50], logScale: 40, security: 'none' });
    const generator = new KeyGenerator(parameters, { insecureSeed: 5n });
    const secretKey = await generator.secretKey();
    const keys = await generator.evaluationKeys(secretKey, { relinearization: true, rotations: [1, 2] });
    const encryptor = new Encryptor(parameters, await generator.publicKey(secretKey), { insecureSeed: 6n });
    const batch = await encryptor.encrypt([1, 2, 3, 4, 5].map((x) => Float64Array.of(x / 8)));
    const evaluator = new Evaluator(parameters, keys);
    const out = [...await evaluator.square(batch), ...(await evaluator.rotateHoisted(batch, [1, 2])).flat(), ...await evaluator.linearMap(batch, new Float64Array(10).fill(0.5), new Float64Array(2))];
    const hash = createHash('sha256');
    for (const c of out) hash.update(await c.toBytes());
    hash.update(await keys.toBytes());
    console.log(hash.digest('hex'));`;
  const [one, two, five] = ['1', '2', '5'].map(
    (threads) => inProcess(body, { CIPHERNET_THREADS: threads }).output,
  );
  t.regex(one!, /^[0-9a-f]{64}\n$/);
  t.deepEqual([two, five], [one, one]);
});

/** A worker that runs the program and posts what it has to say. */
function inWorker(body: string): Worker {
  const program = `
    import { register } from 'tsx/esm/api';
    import { parentPort } from 'node:worker_threads';
    register();
    const load = () => import(${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)});
    ${body}`;
  return new Worker(
    new URL(
      `data:text/javascript,${encodeURIComponent(program.replaceAll("'tsx/esm/api'", JSON.stringify(import.meta.resolve('tsx/esm/api'))))}`,
    ),
    { execArgv: [] },
  );
}

test('worker threads compute beside each other', async (t) => {
  const body = `
    const { CkksParameters, KeyGenerator, Encryptor, Evaluator, Decryptor } = await load();
    const parameters = await CkksParameters.create({ logN: 10, logQ: [50, 40], logP: [50], logScale: 40, security: 'none' });
    const generator = new KeyGenerator(parameters);
    const secretKey = await generator.secretKey();
    const evaluator = new Evaluator(parameters, await generator.evaluationKeys(secretKey, { relinearization: true }));
    const encryptor = new Encryptor(parameters, secretKey);
    const squares = await evaluator.square(await encryptor.encrypt([1, 2, 3].map((x) => Float64Array.of(x / 4))));
    const slots = await new Decryptor(parameters, secretKey).decrypt(squares);
    parentPort.postMessage(slots.map((s) => Math.round(s[0] * 16)));`;
  const answers = await Promise.all(
    [1, 2, 3].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = inWorker(body);
          let answer: unknown;
          worker.on('message', (message: unknown) => {
            answer = message;
          });
          worker.on('error', reject);
          worker.on('exit', () => {
            resolve(answer);
          });
        }),
    ),
  );
  t.deepEqual(answers, [
    [1, 4, 9],
    [1, 4, 9],
    [1, 4, 9],
  ]);
});

test('a worker that is terminated while its jobs run takes nothing with it', async (t) => {
  for (let i = 0; i < 8; ++i) {
    const worker = inWorker(`${busy} parentPort.postMessage('busy'); await Promise.all(jobs);`);
    await new Promise((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
    await new Promise((resolve) => setTimeout(resolve, i * 5));
    const started = performance.now();
    t.is(await worker.terminate(), 1);
    t.true(performance.now() - started < 5000);
  }
  const { CkksParameters, KeyGenerator } = await import('../../lib/index.js');
  const parameters = await CkksParameters.create({
    logN: 10,
    logQ: [40],
    logP: [],
    logScale: 30,
    security: 'none',
  });
  t.true((await new KeyGenerator(parameters).secretKey()).insecure);
});

test('an addon that only a terminated worker had loaded stays in memory for its threads', (t) => {
  const { status, signal, output } = inProcess(`
    import { Worker } from 'node:worker_threads';
    const program = ${JSON.stringify(`
      import { register } from 'tsx/esm/api';
      import { parentPort } from 'node:worker_threads';
      register();
      const load = () => import('LIBRARY');
      ${busy}
      parentPort.postMessage('busy');
      await Promise.all(jobs);`)}.replace('LIBRARY', ${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)}).replace("'tsx/esm/api'", JSON.stringify(import.meta.resolve('tsx/esm/api')));
    for (let i = 0; i < 3; ++i) {
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(program)), { execArgv: [] });
      await new Promise((resolve, reject) => { worker.on('message', resolve); worker.on('error', reject); });
      await worker.terminate();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    console.log('alive');`);
  t.deepEqual([status, signal, output], [0, null, 'alive\n']);
});

test('without an addon the error says what to run', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ciphernet-no-addon-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  cpSync(join(root, 'lib'), join(folder, 'lib'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const body = `const body = () => import('./lib/index.ts');\n${failureOf}`;
  const { stdout } = spawnSync(process.execPath, ['--import=tsx', '--input-type=module', '--eval', body], {
    cwd: folder,
    encoding: 'utf8',
  });
  t.regex(stdout, /^SystemError ADDON_MISSING .*npm rebuild ciphernet.*npm run build:native/);
});
