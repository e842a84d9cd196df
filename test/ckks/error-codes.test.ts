import { spawnSync } from 'node:child_process';

import test from 'ava';

import * as errors from '../../lib/errors.js';
import { native } from '../../lib/native.js';

const { errorCodes, errorOf } = errors;
const codes = Object.keys(errorCodes) as errors.ErrorCode[];

test('the core has the codes of the table, but for those of the loader, of files, of services and of training', (t) => {
  const above = codes.filter((code) =>
    /^(ADDON_MISSING|FILE_.*|INTERVAL_LEFT|ONNX_.*|SERVICE_.*)$/.test(code),
  );
  t.deepEqual([...native.errorCodes(), ...above].toSorted(), codes.toSorted());
});

test('every code becomes an error of its class', (t) => {
  for (const code of codes) {
    const error = errorOf(code, 'a message', { level: 3 });
    t.is(error.code, code);
    t.is(error.constructor, errors[errorCodes[code].class]);
    t.true(error instanceof errors.CiphernetError && error instanceof Error);
    t.is(error.name, code === 'CANCELLED' ? 'AbortError' : errorCodes[code].class);
    t.deepEqual([error.message, error.details], ['a message', { level: 3 }]);
  }
});

test('docs/errors.md is what the table says', (t) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import=tsx', 'scripts/docs-errors.mjs', '--check'],
    { encoding: 'utf8' },
  );
  t.is(status, 0, stdout + stderr);
});
