// Checks the format of every file (`--write` puts it right): prettier for all but C++, clang-format for C++.
//   node scripts/format.cjs [--write] [files…]
const { spawnSync } = require('node:child_process');
const { root, sources, tool } = require('./native-tools.cjs');

const args = process.argv.slice(2);
const write = args.includes('--write');
const named = args.filter((a) => !a.startsWith('--'));
const pick = (...endings) =>
  named.length === 0
    ? sources(...endings)
    : named.filter((file) => endings.some((e) => file.endsWith(`.${e}`)));

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

const cpp = pick('cpp', 'hpp', 'h', 'cu');
const others = pick('ts', 'cjs', 'mjs', 'js', 'json', 'md', 'yml');
let good = true;
if (others.length > 0) {
  const prettier = require.resolve('prettier/bin/prettier.cjs');
  good =
    run(process.execPath, [prettier, '--log-level=warn', write ? '--write' : '--check', ...others]) && good;
}
if (cpp.length > 0)
  good = run(tool('clang-format'), [...(write ? ['-i'] : ['--dry-run', '--Werror']), ...cpp]) && good;
process.exit(good ? 0 : 1);
