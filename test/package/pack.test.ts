import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import test from 'ava';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

// The package as a stranger gets it: packed with a prebuilt addon, installed in an empty project where no compiler can be
// found, imported both ways, compiled against, and built from source where the prebuilt addon is missing.

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'ciphernet-pack-'));
const project = path.join(work, 'project');
const installed = path.join(project, 'node_modules', 'ciphernet');

interface Result {
  status: number | null;
  output: string;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Result {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, output: `${stdout}${stderr}${error ? error.message : ''}` };
}

/** npm's own program, so that it starts even where the PATH is bare. */
function npmProgram(): string {
  const given = process.env.npm_execpath;
  if (given?.endsWith('npm-cli.js')) return given;
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, 'npm');
    if (fs.existsSync(file)) return fs.realpathSync(file);
  }
  throw new Error('npm is not on the PATH');
}

/** An environment with Node and a shell and nothing else: no compiler, no CMake. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const bin = path.join(work, 'bin');
  if (!fs.existsSync(bin)) {
    fs.mkdirSync(bin);
    fs.symlinkSync(process.execPath, path.join(bin, 'node'));
    fs.symlinkSync('/bin/sh', path.join(bin, 'sh'));
  }
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(path|cxx|cc|npm_(?!config_(cache|registry|userconfig|globalconfig)$).*)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: bin };
}

let tarball = '';

test.before('the package packs with a prebuilt addon', (t) => {
  t.timeout(600_000);
  // prebuildify's own run: native/build.cjs finds everything built already.
  fs.rmSync(path.join(root, 'prebuilds'), { recursive: true, force: true });
  const prebuild = run(process.execPath, [npmProgram(), 'run', 'prebuild'], root);
  t.is(prebuild.status, 0, prebuild.output);
  const pack = run(process.execPath, [npmProgram(), 'pack', '--pack-destination', work], root);
  t.is(pack.status, 0, pack.output);
  const [name] = fs.readdirSync(work).filter((file) => file.endsWith('.tgz'));
  t.truthy(name, pack.output);
  tarball = path.join(work, name ?? '');
});

test.after.always('the temporary folder goes away', () => {
  fs.rmSync(work, { recursive: true, force: true });
});

test.serial('the tarball installs in an empty project where no compiler can be found', (t) => {
  t.timeout(300_000);
  const env = bareEnvironment();
  for (const program of ['cmake', 'c++', 'g++', 'clang++', 'cc', 'make', 'ninja']) {
    t.regex(run(program, ['--version'], work, env).output, /ENOENT/, `${program} can be found`);
  }
  fs.mkdirSync(project);
  fs.writeFileSync(path.join(project, 'package.json'), '{ "name": "project", "private": true }\n');
  const install = run(
    process.execPath,
    [npmProgram(), 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball],
    project,
    env,
  );
  t.is(install.status, 0, install.output);
  t.false(fs.existsSync(path.join(installed, 'build')), 'something was built');
  t.is(fs.readdirSync(path.join(installed, 'prebuilds')).length, 1);
});

test.serial(
  'TypeScript consumers compile as ES modules and as CommonJS, and run with one copy of everything',
  (t) => {
    t.timeout(300_000);
    for (const file of ['consumer.mts', 'consumer.cts']) {
      fs.copyFileSync(path.join(root, 'test', 'package', 'consumer', file), path.join(project, file));
    }
    const tsc = require.resolve('typescript/bin/tsc');
    const common = ['--strict', '--types', 'node', '--typeRoots', path.join(root, 'node_modules', '@types')];
    for (const module of ['nodenext', 'node16']) {
      const options = ['--module', module, '--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
      const compile = run(
        process.execPath,
        [tsc, ...common, ...options, 'consumer.mts', 'consumer.cts'],
        project,
      );
      t.is(compile.status, 0, `${module}: ${compile.output}`);
    }
    const esm = run(process.execPath, ['consumer.mjs'], project, bareEnvironment());
    t.is(esm.status, 0, esm.output);
    t.is(esm.output.match(/: the same objects$/gm)?.length, 9, esm.output);
    const commonjs = run(process.execPath, ['consumer.cjs'], project, bareEnvironment());
    t.is(commonjs.status, 0, commonjs.output);
    t.is(commonjs.output.match(/: exports$/gm)?.length, 9, commonjs.output);
  },
);

test.serial('the command runs from the installed package', (t) => {
  const env = bareEnvironment();
  const program = path.join(project, 'node_modules', '.bin', 'ciphernet');
  const help = run(program, ['--help'], project, env);
  t.is(help.status, 0, help.output);
  t.regex(help.output, /Usage: ciphernet/);
  const usage = run(program, ['keygen'], project, env);
  t.is(usage.status, 2, usage.output);
});

test.serial('publint finds nothing', async (t) => {
  const bytes = fs.readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
    strict: true,
  });
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test.serial('attw finds the types right for every way of resolving', (t) => {
  t.timeout(120_000);
  const cli = path.join(
    path.dirname(require.resolve('@arethetypeswrong/cli/package.json')),
    'dist',
    'index.js',
  );
  const { status, output } = run(process.execPath, [cli, tarball, '--no-color', '--no-emoji'], root);
  t.is(status, 0, output);
});

test.serial('the tarball holds what a source build needs, and nothing of the tests', (t) => {
  const listed = fs.readdirSync(installed, { recursive: true, encoding: 'utf8' });
  for (const needed of [
    'CMakeLists.txt',
    'LICENSE',
    'README.md',
    'native/addon/addon.cpp',
    'dist/index.d.ts',
  ]) {
    t.true(listed.includes(needed), needed);
  }
  t.deepEqual(
    listed.filter((file) => /(^|\/)(lib|test|examples|bench|\.tsbuildinfo)(\/|$)|\.test\./.test(file)),
    [],
  );
});

test.serial('without a prebuilt addon and without a compiler the install says what is missing', (t) => {
  fs.rmSync(path.join(installed, 'prebuilds'), { recursive: true });
  const { status, output } = run(process.execPath, ['native/install.cjs'], installed, bareEnvironment());
  t.not(status, 0);
  t.regex(output, /C\+\+20 compiler/);
  t.regex(output, /CMake 3\.25 or newer/);
});

test.serial('without a prebuilt addon and with a compiler the install builds it', (t) => {
  t.timeout(600_000);
  const build = run(process.execPath, ['native/install.cjs'], installed);
  t.is(build.status, 0, build.output);
  t.true(fs.existsSync(path.join(installed, 'build', 'Release', 'ciphernet.node')));
  const { status, output } = run(process.execPath, ['consumer.mjs'], project, bareEnvironment());
  t.is(status, 0, output);
});
