import { spawnSync } from 'node:child_process';
import test from 'ava';

test('docs/approximation.md is what the code gives', (t) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import=tsx', 'scripts/docs-approximation.mjs', '--check'],
    { encoding: 'utf8' },
  );
  t.is(status, 0, stdout + stderr);
});
