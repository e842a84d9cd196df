// Compiled and run by pack.test.ts in an empty project that has only the tarball installed.
import { createRequire } from 'node:module';

import * as ciphernet from 'ciphernet';
import * as ckks from 'ciphernet/ckks';
import * as client from 'ciphernet/client';
import * as nn from 'ciphernet/nn';
import * as onnx from 'ciphernet/onnx';
import * as serve from 'ciphernet/serve';
import * as server from 'ciphernet/server';
import * as tfhe from 'ciphernet/tfhe';
import * as training from 'ciphernet/training';

const error: Error = new ciphernet.CiphernetError('INTERNAL', 'a message');
// @ts-expect-error a message is text, so the types have arrived as more than `any`
new ciphernet.CiphernetError('INTERNAL', 5);

const require = createRequire(import.meta.url);
const entries: Record<string, object> = {
  ciphernet,
  'ciphernet/ckks': ckks,
  'ciphernet/client': client,
  'ciphernet/nn': nn,
  'ciphernet/onnx': onnx,
  'ciphernet/serve': serve,
  'ciphernet/server': server,
  'ciphernet/tfhe': tfhe,
  'ciphernet/training': training,
};
for (const [name, imported] of Object.entries(entries)) {
  const required = require(name) as Record<string, unknown>;
  const names = Object.keys(imported);
  const same =
    names.length > 0 && names.every((key) => required[key] === imported[key as keyof typeof imported]);
  console.log(`${name}: ${same ? 'the same objects' : 'different objects'}`);
}
console.log(`error: ${error.message}`);
