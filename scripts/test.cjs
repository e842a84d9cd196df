// The tests: C++ once for every instruction set, type checks, TypeScript. Called by run.cjs after the build.
//
//   npm test                          everything
//   npm test -- native [filter]       C++ tests whose title or file holds the filter
//   npm test -- ts [ava arguments]    type checks and TypeScript tests, for example `test/ckks/*.test.ts --match '*noise*'`
//   npm run test:full                 also the long ones (CIPHERNET_TEST_FULL=1)
const { spawn, spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.join(__dirname, '..');
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';
const total = { passed: 0, failed: 0 };

/** Runs a program and hands every line of its output to `onLine`; resolves to its exit status. */
function stream(command, args, options, onLine) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const pipe of [child.stdout, child.stderr]) {
      let rest = '';
      pipe.setEncoding('utf8');
      pipe.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        lines.forEach(onLine);
      });
      pipe.on('end', () => rest && onLine(rest));
    }
    child.on('error', (error) => onLine(error.message));
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/** All C++ tests by ctest, at every instruction set; prints a line each, and the whole output of what failed. */
async function native(env) {
  const output = new Map();
  let summaries = 0;
  const status = await stream(
    'ctest',
    ['--test-dir', 'build/cmake/tests', '--verbose', '--no-tests=error'],
    { env },
    (line) => {
      const said = /^(\d+): ?(.*)$/.exec(line);
      if (said) {
        output.set(said[1], [...(output.get(said[1]) ?? []), said[2]]);
        return;
      }
      const ended = /^ *\d+\/\d+ Test +#(\d+): (\S+) \.* *(.*?) +([\d.]+ sec)/.exec(line);
      if (!ended) return;
      summaries++;
      const [, id, name, result, seconds] = ended;
      const lines = output.get(id) ?? [];
      const counts = /^(\d+) passed, (\d+) failed/.exec(lines.findLast((l) => / passed, /.test(l)) ?? '');
      if (result.includes('Skipped')) {
        console.log(`  - ${name} is skipped: ${lines.at(-1) ?? ''}`); // this CPU lacks the level; others run it
        return;
      }
      const passed = result === 'Passed';
      total.passed += counts ? Number(counts[1]) : Number(passed);
      total.failed += counts && Number(counts[2]) > 0 ? Number(counts[2]) : Number(!passed);
      console.log(`  ${passed ? '✔' : '✘'} ${name}: ${counts ? counts[0] : result} (${seconds})`);
      if (!passed) console.log(lines.map((l) => `    ${l}`).join('\n'));
    },
  );
  if (status !== 0 && total.failed === 0) total.failed++;
  if (summaries === 0) total.failed++;
}

/** Some C++ tests, straight from the program, at the level that the CPU (or CIPHERNET_CPU) gives. */
function nativeFiltered(filter, env) {
  const { status, stdout } = spawnSync(path.join(root, 'build/cmake/tests/ciphernet_tests'), [filter], {
    env,
    encoding: 'utf8',
  });
  process.stdout.write(stdout);
  const counts = /(\d+) passed, (\d+) failed/.exec(stdout);
  total.passed += Number(counts?.[1] ?? 0);
  total.failed += Number(counts?.[2] ?? 0);
  if (status !== 0 && total.failed === 0) total.failed++;
}

/** Every TypeScript file must compile; test/types holds what must not, behind @ts-expect-error. */
function types() {
  const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.', '--pretty'], {
    cwd: root,
    stdio: 'inherit',
  });
  const passed = tsc.status === 0;
  total[passed ? 'passed' : 'failed']++;
  console.log(`  ${passed ? '✔' : '✘'} types`);
}

async function ava(args, env) {
  const found = { passed: 0, failed: 0, skipped: 0 };
  let ticks = 0; // ava names how many passed only when all did
  const status = await stream(
    process.execPath,
    ['node_modules/ava/entrypoints/cli.mjs', ...args],
    { env },
    (line) => {
      // eslint-disable-next-line no-control-regex -- colours
      const plain = line.replace(/\u001b\[[\d;]*m/g, '');
      if (/^ +[✔√] /.test(plain)) ticks++;
      else if (plain.trim() !== '') console.log(line); // quiet: what passed is counted at the end
      const count =
        /^ +(\d+) (?:tests?|known failures?|uncaught exceptions?|unhandled rejections?)(?: (passed|failed|skipped|todo))?/.exec(
          plain,
        );
      if (!count || !/^ +\d+ [a-z ]+$/.test(plain)) return;
      const kind = count[2] === 'todo' ? 'skipped' : (count[2] ?? 'failed');
      found[kind] += Number(count[1]);
    },
  );
  if (inCi && found.skipped > 0) {
    console.log(`  ✘ ${found.skipped} skipped: a skip is a failure in CI`);
    found.failed += found.skipped;
  }
  if (status !== 0 && found.failed === 0) found.failed++;
  total.passed += found.passed || ticks;
  total.failed += found.failed;
}

async function main(args) {
  const [part, ...rest] = args[0] === 'native' || args[0] === 'ts' ? args : [undefined, ...args];
  const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' };
  if (rest[0] === '--full') {
    rest.shift();
    env.CIPHERNET_TEST_FULL = '1';
  }
  if (part !== 'ts') {
    const { status } = spawnSync(process.execPath, ['native/build.cjs', '--preset=tests', '--quiet'], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) process.exit(1);
    console.log('C++ tests');
    if (part === 'native' && rest.length > 0) nativeFiltered(rest.join(' '), env);
    else await native(env);
  }
  if (part !== 'native') {
    console.log('TypeScript tests');
    types();
    await ava(rest, env);
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

module.exports = { main };
