// The libFuzzer targets of test/fuzz, from the committed corpus, and the ONNX reader; two at a time on two cores.
//   node scripts/fuzz.cjs [target…] [--seconds=60] [--coverage]
// A target that finds something prints it and leaves the input in build/fuzz/<target>; put it, as small as it is, into
// test/fuzz/corpus/<target> together with what puts it right. --coverage also says which lines of native/io were reached.
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { root } = require('./native-tools.cjs');

const args = process.argv.slice(2);
const named = args.filter((a) => !a.startsWith('--'));
const seconds = Number(args.find((a) => a.startsWith('--seconds='))?.slice(10) ?? 60);
const coverage = args.includes('--coverage');
const build = path.join(root, 'build', 'cmake', coverage ? 'coverage' : 'fuzz');
const corpora = path.join(root, 'test', 'fuzz', 'corpus');

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** The newest Clang that is installed with libFuzzer. */
function clang() {
  const names = [...Array.from({ length: 10 }, (_, i) => `clang++-${25 - i}`), 'clang++'];
  const works = (name) =>
    spawnSync(name, ['-fsanitize=fuzzer', '-x', 'c++', '-', '-o', '/dev/null'], {
      input: 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }',
    }).status === 0;
  return (
    names.find(works) ??
    stop('There is no Clang 16 or newer with libFuzzer; Debian has it in clang-16 and libclang-rt-16-dev.')
  );
}

/** Runs one target for its time; resolves to whether nothing was found. */
function fuzz(target) {
  const work = path.join(root, 'build', 'fuzz', target);
  const found = path.join(work, 'corpus');
  fs.mkdirSync(found, { recursive: true });
  const child = spawn(
    path.join(build, `fuzz_${target}`),
    [
      found,
      path.join(corpora, target),
      `-artifact_prefix=${work}/`,
      `-max_total_time=${seconds}`,
      '-max_len=70000',
      '-malloc_limit_mb=64',
      '-rss_limit_mb=1024',
      '-timeout=10',
      '-seed=1',
      '-print_final_stats=1',
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        ASAN_OPTIONS: 'detect_leaks=1',
        UBSAN_OPTIONS: 'print_stacktrace=1',
        LLVM_PROFILE_FILE: path.join(work, 'coverage.profraw'),
      },
    },
  );
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.on('error', (error) => stop(error.message));
    child.on('close', (status) => {
      const runs = /number_of_executed_units: *(\d+)/.exec(output)?.[1];
      const edges = [...output.matchAll(/cov: (\d+)/g)].at(-1)?.[1];
      const passed = status === 0 && runs !== undefined;
      console.log(`  ${passed ? '✔' : '✘'} ${target}: ${runs ?? 0} runs, ${edges ?? 0} edges`);
      if (!passed) console.log(output.slice(-8000));
      resolve(passed);
    });
  });
}

/** The ONNX reader, which is TypeScript: mutated files for the same time. */
function fuzzOnnx() {
  const program = ['--import=tsx', 'test/fuzz/onnx.ts', `--seconds=${seconds}`];
  const child = spawn(process.execPath, program, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.on('close', (status) => {
      console.log(`  ${status === 0 ? '✔' : '✘'} onnx: ${output.trim()}`);
      resolve(status === 0);
    });
  });
}

/** The lines of native/io that the targets reached together. */
function report(targets) {
  const llvm = (name) => `${name}${/-\d+$/.exec(process.env.CXX)?.[0] ?? ''}`;
  const merged = path.join(build, 'fuzz.profdata');
  const raw = targets.map((t) => path.join(root, 'build', 'fuzz', t, 'coverage.profraw'));
  const [first, ...others] = targets.map((t) => path.join(build, `fuzz_${t}`));
  const objects = [first, ...others.flatMap((object) => ['-object', object])];
  const folder = path.join(root, 'native', 'io');
  const files = fs.readdirSync(folder).map((file) => path.join(folder, file));
  for (const [command, rest] of [
    ['llvm-profdata', ['merge', '-sparse', ...raw, '-o', merged]],
    ['llvm-cov', ['report', ...objects, `-instr-profile=${merged}`, ...files]],
  ]) {
    const { status, error } = spawnSync(llvm(command), rest, { stdio: 'inherit' });
    if (status !== 0) stop(`${llvm(command)} failed${error ? `: ${error.message}` : ''}.`);
  }
}

async function main() {
  const known = [...fs.readdirSync(corpora), 'onnx'].sort();
  const unknown = named.find((name) => !known.includes(name));
  if (unknown !== undefined) stop(`There is no target ${unknown}. Targets: ${known.join(', ')}`);
  if (!Number.isFinite(seconds) || seconds <= 0) stop('Expected --seconds to be a positive number.');
  process.env.CXX = clang();
  const preset = ['native/build.cjs', `--preset=${coverage ? 'coverage' : 'fuzz'}`, '--quiet'];
  if (spawnSync(process.execPath, preset, { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1);

  const targets = named.length > 0 ? named : known;
  const waiting = [...targets];
  let failed = 0;
  const worker = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      if (!(await (target === 'onnx' ? fuzzOnnx() : fuzz(target)))) failed++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  if (coverage) report(targets.filter((target) => target !== 'onnx'));
  console.log(`fuzz: ${targets.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

main();
