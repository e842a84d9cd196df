#!/usr/bin/env node
// The one way to start the C++ build. Without a preset it builds the addon by cmake-js; npm's install script, binding.gyp
// and prebuildify (as its --node-gyp, hence the ignored `rebuild --target=...` arguments) all come through here.
//
//   node native/build.cjs [--debug] [--quiet]            the addon, in build/Release or build/Debug
//   node native/build.cjs --preset=tests [--quiet]       a preset of CMakePresets.json, in build/cmake/<preset>
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { availableParallelism, tmpdir } = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const args = process.argv.slice(2);
const value = (name) => args.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
const quiet = args.includes('--quiet');
const preset = value('preset');
const config = args.includes('--debug') || value('config') === 'Debug' ? 'Debug' : 'Release';
const folder = path.join(root, 'build', 'cmake', preset ?? config);

const env = { ...process.env };
for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete env[name]; // set when node-gyp's make calls us

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: quiet ? 'pipe' : 'inherit',
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  console.error(`ciphernet: the C++ build failed (${result.error?.message ?? path.basename(command)}).`);
  process.exit(1);
}

/** What a build needs and this machine lacks, in plain words. */
function missing() {
  const problems = [];
  const cmake = spawnSync('cmake', ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(cmake.stdout ?? '') ?? [];
  if (major === undefined) problems.push('CMake 3.25 or newer: there is no `cmake` on the PATH.');
  else if (Number(major) * 1000 + Number(minor) < 3025) {
    problems.push(`CMake 3.25 or newer: the \`cmake\` on the PATH is ${major}.${minor}.`);
  }
  const compilers = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const source = path.join(fs.mkdtempSync(path.join(tmpdir(), 'ciphernet-')), 'probe.cpp');
  fs.writeFileSync(
    source,
    '#include <concepts>\n#include <source_location>\n__extension__ using u128 = unsigned __int128;\nu128 x;\n',
  );
  const works = compilers.some((compiler) => {
    const [command, ...flags] = compiler.split(' ');
    return spawnSync(command, [...flags, '-std=c++20', '-fsyntax-only', source]).status === 0;
  });
  fs.rmSync(path.dirname(source), { recursive: true });
  if (!works) {
    problems.push(
      `A C++20 compiler (GCC 12 or newer, Clang 15 or newer): tried ${compilers.join(', ')}; set CXX to choose one.`,
    );
  }
  const maker =
    process.platform === 'win32' || ['ninja', 'make'].some((m) => !spawnSync(m, ['--version']).error);
  if (!maker) problems.push('Ninja or Make: neither is on the PATH.');
  return problems;
}

/** One build at a time in a checkout: two at once would write the same objects. */
function lock() {
  const file = path.join(root, 'build', '.lock');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      process.on('exit', () => fs.rmSync(file, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      process.kill(Number(fs.readFileSync(file, 'utf8')), 0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    } catch (error) {
      if (error.code === 'ESRCH') fs.rmSync(file, { force: true }); // its owner was killed
    }
  }
}

/** Whether the build folder was configured here, to the end; one that moved with its checkout is thrown away. */
function isConfigured() {
  const cache = path.join(folder, 'CMakeCache.txt');
  if (!fs.existsSync(cache)) return false;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(fs.readFileSync(cache, 'utf8'))?.[1];
  const generated = ['build.ninja', 'Makefile'].some((file) => fs.existsSync(path.join(folder, file)));
  if (home !== undefined && fs.realpathSync(root) === home && generated) return true;
  fs.rmSync(folder, { recursive: true });
  return false;
}

lock();
const configured = isConfigured();
if (!configured) {
  const problems = missing();
  if (problems.length > 0) {
    console.error(
      'ciphernet: there is no prebuilt addon for this platform, and building it needs what is missing here:',
    );
    for (const problem of problems) console.error(`  - ${problem}`);
    process.exit(1);
  }
}

const parallel = ['--parallel', process.env.CIPHERNET_BUILD_JOBS ?? String(availableParallelism())];
if (preset !== undefined) {
  if (!configured) {
    const ninja = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
    run('cmake', ['--preset', preset, ...ninja]);
  }
  run('cmake', ['--build', folder, ...parallel]);
} else {
  const arch = args.filter((a) => a.startsWith('--arch='));
  run(process.execPath, [
    require.resolve('cmake-js/bin/cmake-js'),
    'build',
    '--config',
    config,
    '--out',
    `build/cmake/${config}`,
    ...parallel,
    ...arch,
  ]);
}
