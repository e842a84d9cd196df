// clang-tidy (.clang-tidy) over the core and its tests, a few files at a time.
//   node scripts/tidy.cjs [files…]
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { availableParallelism } = require('node:os');
const path = require('node:path');
const { root, sources, tool } = require('./native-tools.cjs');

const named = process.argv.slice(2);
if (
  spawnSync(process.execPath, ['native/build.cjs', '--preset=tests', '--quiet'], {
    cwd: root,
    stdio: 'inherit',
  }).status !== 0
) {
  process.exit(1);
}

// Left out of native/ is what this build does not compile: the addon, whose headers only cmake-js knows and which holds
// no mathematics, and the instruction sets of another processor; and the fuzzers, which have libFuzzer's names and Clang's
// headers.
const database = fs.readFileSync(path.join(root, 'build/cmake/tests/compile_commands.json'), 'utf8');
const built = new Set(JSON.parse(database).map(({ file }) => path.relative(root, file)));
const files = (named.length > 0 ? named : sources('cpp')).filter(
  (file) => built.has(path.normalize(file)) || !/^(native|test\/fuzz)\//.test(file),
);

const clangTidy = tool('clang-tidy');
let failed = false;

async function worker() {
  for (let file = files.shift(); file !== undefined; file = files.shift()) {
    const child = spawn(
      clangTidy,
      [
        '--quiet',
        '-p',
        'build/cmake/tests',
        '--extra-arg=-Wno-unknown-warning-option',
        '--extra-arg=-Wno-ignored-optimization-argument', // GCC's
        file,
      ],
      { cwd: root },
    );
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    const status = await new Promise((resolve) => child.on('close', resolve));
    if (status !== 0 || output.includes('warning:')) {
      failed = true;
      console.log(output.trim() || `${file}: clang-tidy ended with ${status}`);
    }
  }
}

Promise.all(Array.from({ length: availableParallelism() }, worker)).then(() => process.exit(failed ? 1 : 0));
