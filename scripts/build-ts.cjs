// Compiles lib/ to dist/ and adds dist/commonjs/: the same declarations once more, under a package.json that says
// CommonJS, and for each entry point one line of JavaScript that requires the ES module. So `require('ciphernet')` and
// `import 'ciphernet'` are the same objects over one loaded addon, and TypeScript finds types of either kind.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const dist = path.join(root, 'dist');
const commonjs = path.join(dist, 'commonjs');

const files = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

/** Writes only what changed, so that nothing looks newer than it is. */
function write(file, text) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

const tsc = spawnSync(
  process.execPath,
  [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.lib.json', '--pretty'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (tsc.status !== 0) process.exit(1);

// What was compiled from a file that is gone must not stay importable.
const sources = new Set(files(path.join(root, 'lib')).map((file) => file.replace(/\.ts$/, '')));
for (const file of files(dist)) {
  if (file === '.tsbuildinfo') continue;
  const name = file.replace(/^commonjs\//, '').replace(/(\.d)?\.(ts|js)(\.map)?$/, '');
  if (!sources.has(name) && file !== 'commonjs/package.json') fs.rmSync(path.join(dist, file));
}

write(path.join(commonjs, 'package.json'), '{ "type": "commonjs" }\n');
for (const file of files(dist)) {
  if (file.startsWith('commonjs') || !file.endsWith('.d.ts')) continue;
  write(path.join(commonjs, file), fs.readFileSync(path.join(dist, file), 'utf8'));
}
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
for (const entry of Object.values(manifest.exports)) {
  if (typeof entry === 'string') continue;
  const from = path.join(root, entry.require.default);
  const to = path
    .relative(path.dirname(from), path.join(root, entry.import.default))
    .replaceAll(path.sep, '/');
  write(from, `module.exports = require('${to}');\n`);
}
