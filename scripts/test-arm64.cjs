// The C++ tests of the NEON path on 64-bit ARM: cross-compiled, warnings as errors, and run under qemu-user. An emulated
// test takes some thirty times as long, so the slowest files stay out; a missing tool is a failure, never a skip.
//   node scripts/test-arm64.cjs [filter…]
const { spawnSync } = require('node:child_process');
const { root } = require('./native-tools.cjs');

const compiler = 'aarch64-linux-gnu-g++';
const emulator = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'];
const filters = process.argv.slice(2);
if (filters.length === 0)
  filters.push(
    'kernels/',
    'arith/',
    'random/',
    'ring/',
    'rlwe/',
    'ckks/encoding',
    'ckks/encryption',
    'tfhe/fft',
    'io/fixtures',
  );

function stop(message) {
  console.error(message);
  process.exit(1);
}

for (const [tool, debianPackage] of [
  [compiler, 'g++-aarch64-linux-gnu'],
  [emulator[0], 'qemu-user'],
]) {
  if (spawnSync(tool, ['--version']).error) {
    stop(`There is no ${tool} on the PATH; on Debian and Ubuntu the package ${debianPackage} has it.`);
  }
}
const build = spawnSync(process.execPath, ['native/build.cjs', '--preset=arm64', '--quiet'], {
  cwd: root,
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(1);

const total = { passed: 0, failed: 0 };
for (const filter of filters) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(
    emulator[0],
    [...emulator.slice(1), 'build/cmake/arm64/ciphernet_tests', filter],
    { cwd: root, env: { ...process.env, CIPHERNET_CPU: 'neon' }, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  // The level stands in the summary: a program that fell back to another path, or skipped, does not match.
  const counts = /^(\d+) passed, (\d+) failed \(neon\)$/m.exec(stdout ?? '');
  if (status !== 0 || !counts || Number(counts[1]) === 0) {
    process.stdout.write(stdout ?? '');
    stop(`${stderr ?? ''}The tests "${filter}" failed on arm64 (status ${status}).`);
  }
  total.passed += Number(counts[1]);
  total.failed += Number(counts[2]);
  console.log(`  ✔ ${filter}: ${counts[0]} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
console.log(`arm64: ${total.passed} passed, ${total.failed} failed`);
