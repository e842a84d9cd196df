// clang-format and clang-tidy at the versions that .ci/requirements.txt pins, in a Python environment of their own
// (build/tools), made when first needed. Their wheels carry the programs; nothing is installed elsewhere.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const folder = path.join(root, 'build', 'tools');
const requirements = path.join(root, '.ci', 'requirements.txt');

function python(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  console.error('clang-format and clang-tidy come from PyPI: Python 3 with venv and pip is needed.');
  process.exit(1);
}

/** The path of `clang-format` or `clang-tidy`. */
function tool(name) {
  const stamp = path.join(folder, '.requirements');
  const wanted = createHash('sha256').update(fs.readFileSync(requirements)).digest('hex');
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted) {
    fs.rmSync(folder, { recursive: true, force: true });
    python('python3', ['-m', 'venv', folder]);
    python(path.join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ]);
    fs.writeFileSync(stamp, wanted);
  }
  return path.join(folder, 'bin', name);
}

/** Files that git knows or would take, of the given endings. */
function sources(...endings) {
  const { stdout } = spawnSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', ...endings.map((e) => `*.${e}`)],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return [...new Set(stdout.split('\n'))].filter(
    (file) => file !== '' && fs.existsSync(path.join(root, file)),
  );
}

module.exports = { root, tool, sources };
