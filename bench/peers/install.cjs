// Installs the programs that the benches compare with, each by its name from its registry, at the version that its own
// folder pins:  npm run bench:peers [-- openfhe node-seal lattigo]
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const folder = (name) => path.join(__dirname, name);

function run(cwd, command, args, env = {}) {
  const result = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.status === 0) return;
  throw new Error(`${command} ${args.join(' ')} failed${result.error ? `: ${result.error.message}` : ''}`);
}

/** A Python 3.10: the wheel holds a module for CPython 3.10 only. [command, environment] */
function python310() {
  const candidates = [
    ['python3.10', {}],
    ['python3', {}],
    ['python', {}],
  ];
  // pyenv's python3.10 fails unless a 3.10 is selected.
  const { stdout } = spawnSync('pyenv', ['versions', '--bare'], { encoding: 'utf8' });
  for (const version of (stdout ?? '').split('\n').map((line) => line.trim())) {
    if (version.startsWith('3.10.')) candidates.push(['python', { PYENV_VERSION: version }]);
  }
  const found = candidates.find(([command, env]) => {
    const probe = spawnSync(command, ['-c', 'import sys, venv; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return probe.status === 0 && probe.stdout.trim() === '3 10';
  });
  if (found === undefined)
    throw new Error('OpenFHE from PyPI needs a Python 3.10 with venv; none was found.');
  return found;
}

const installers = {
  openfhe(at) {
    const [command, env] = python310();
    run(at, command, ['-m', 'venv', '--clear', '.venv'], env);
    run(at, path.join(at, '.venv', 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      'requirements.txt',
    ]);
  },
  'node-seal'(at) {
    run(at, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    // The package `node` fetches its binary in an install script, which a newer npm does not run unasked.
    run(path.join(at, 'node_modules', 'node'), process.execPath, ['installArchSpecificPackage.js']);
  },
  lattigo(at) {
    run(at, 'go', ['build', '-trimpath', '-mod=readonly', '-o', path.join('build', 'peer'), '.'], {
      GOWORK: 'off',
    });
  },
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(installers)) {
  if (!(name in installers)) {
    console.error(`No peer named ${name}; there are: ${Object.keys(installers).join(', ')}.`);
    process.exit(1);
  }
  console.log(`Installing ${name} …`);
  try {
    installers[name](folder(name));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
