// npm's install script. A consumer takes the prebuilt addon when there is one that loads; a checkout always builds,
// because an addon that loads may be older than the sources beside it.
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const isCheckout = existsSync(path.join(root, 'lib'));

function prebuiltLoads() {
  try {
    require('node-gyp-build')(root);
    return true;
  } catch {
    return false;
  }
}

if (isCheckout || !prebuiltLoads()) require('./build.cjs');
