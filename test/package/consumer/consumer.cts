// The CommonJS twin of consumer.mts.
import ciphernet = require('ciphernet');
import ckks = require('ciphernet/ckks');
import client = require('ciphernet/client');
import nn = require('ciphernet/nn');
import onnx = require('ciphernet/onnx');
import serve = require('ciphernet/serve');
import server = require('ciphernet/server');
import tfhe = require('ciphernet/tfhe');
import training = require('ciphernet/training');

const error: Error = new ciphernet.CiphernetError('INTERNAL', 'a message');
// @ts-expect-error a message is text, so the types have arrived as more than `any`
new ciphernet.CiphernetError('INTERNAL', 5);

for (const [name, entry] of Object.entries({
  ciphernet,
  ckks,
  client,
  nn,
  onnx,
  serve,
  server,
  tfhe,
  training,
})) {
  console.log(`${name}: ${Object.keys(entry).length > 0 ? 'exports' : 'nothing'}`);
}
console.log(`error: ${error.message}`);
