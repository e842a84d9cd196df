// What `npm run demo`, `npm test`, `npm run example` and `npm run bench` start. It uses Node's own modules only, so it
// works on a fresh clone: it installs when the lock file changed, always builds (CMake and tsc know what is stale), then
// runs the task. Nothing stale is ever tested.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const [task, ...args] = process.argv.slice(2);

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a program to its end with our own terminal; false when it failed. */
function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  fail(`Ciphernet needs Node ^20.19 or >=22.12; this is ${process.version}.`);
}

/** `npm ci` when node_modules was not made from this lock file. */
function install() {
  const stamp = path.join(root, 'node_modules', '.ciphernet-lock');
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const wanted = createHash('sha256')
    .update(lock)
    .update(process.platform)
    .update(process.arch)
    .digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing packages (npm ci) …');
  const npm = process.env.npm_execpath;
  const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const shell = npm?.endsWith('.js') ? [process.execPath, [npm, ...ci]] : ['npm', ci];
  if (!run(...shell)) fail('npm ci failed; the lines above say why.');
  fs.writeFileSync(stamp, wanted);
}

function timed(label, step) {
  const start = process.hrtime.bigint();
  if (!step()) process.exit(1);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (seconds > 3) console.log(`${label} (${seconds.toFixed(0)} s)`);
}

function build() {
  timed('Built the addon', () => run(process.execPath, ['native/build.cjs', '--quiet']));
  timed('Compiled the library', () => run(process.execPath, ['scripts/build-ts.cjs']));
}

/** The names that `npm run example` or `npm run bench` can take. */
function names(folder, entry) {
  const at = path.join(root, folder);
  if (!fs.existsSync(at)) return [];
  return fs.readdirSync(at).flatMap((name) => {
    const found = entry(name);
    return found !== undefined && fs.existsSync(path.join(at, found)) ? [path.parse(name).name] : [];
  });
}

function program(kind, folder, known, file) {
  const [name, ...rest] = args;
  if (name === undefined || !known.includes(name)) {
    fail(`Usage: npm run ${kind} -- <name> [options]\nNames: ${known.join(', ') || 'none yet'}`);
  }
  install();
  build();
  process.exit(run(process.execPath, ['--import=tsx', path.join(folder, file(name)), ...rest]) ? 0 : 1);
}

checkNode();
switch (task) {
  case 'example':
    program(
      'example',
      'examples',
      names('examples', (name) => `${name}/index.ts`),
      (name) => `${name}/index.ts`,
    );
    break;
  case 'bench':
    program(
      'bench',
      'bench',
      names('bench', (file) => (file.endsWith('.ts') ? file : undefined)),
      (name) => `${name}.ts`,
    );
    break;
  case 'build':
    install();
    build();
    break;
  case 'test':
    if (args[0] !== 'native') {
      install();
      build();
    }
    require('./test.cjs').main(args);
    break;
  default:
    fail('Usage: node scripts/run.cjs example|bench|build|test [arguments]');
}
