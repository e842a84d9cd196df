// SEAL in WebAssembly as a peer: answers requests by the lines that bench/native/bench.hpp describes.
//   peer.mjs --log-n 14 --log-q 50,43,43 --log-p 50 --log-scale 43
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import initialize from 'node-seal';

const { values: options } = parseArgs({
  options: Object.fromEntries(
    ['log-n', 'log-q', 'log-p', 'log-scale'].map((name) => [name, { type: 'string' }]),
  ),
});
const logN = Number(options['log-n']);
const logQ = options['log-q'].split(',').map(Number);
const logP = Number(options['log-p']); // one special prime: SEAL has no other choice
const scale = 2 ** Number(options['log-scale']);
const rotations = [1, 2, 3, 4, 5, 6, 7, 8];

const seal = await initialize();
const degree = 2 ** logN;
const moduli = seal.CoeffModulus.Create(degree, Int32Array.from([...logQ, logP]));
const parameters = new seal.EncryptionParameters(seal.SchemeType.ckks);
parameters.setPolyModulusDegree(degree);
parameters.setCoeffModulus(moduli);
const context = new seal.SEALContext(parameters, true, seal.SecLevelType.tc128);
if (!context.parametersSet()) throw new Error('SEAL refuses these parameters');

const generator = new seal.KeyGenerator(context);
const secretKey = generator.secretKey();
const publicKey = generator.createPublicKey();
const relinKeys = generator.createRelinKeys();
const galoisKeys = generator.createGaloisKeysWithSteps(Int32Array.from(rotations));
const encoder = new seal.CKKSEncoder(context);
const encryptor = new seal.Encryptor(context, publicKey, secretKey);
const decryptor = new seal.Decryptor(context, secretKey);
const evaluator = new seal.Evaluator(context);

const slots = degree / 2;
const first = Float64Array.from({ length: slots }, (_, i) => Math.cos(0.37 * i));
const second = Float64Array.from({ length: slots }, (_, i) => Math.cos(0.61 * i));
const plaintext = new seal.Plaintext();
const [a, b, product, result] = Array.from({ length: 4 }, () => new seal.Ciphertext());
encoder.encode(second, scale, plaintext);
encryptor.encrypt(plaintext, b);
encoder.encode(first, scale, plaintext);
encryptor.encrypt(plaintext, a);
let decrypted;

function decrypt(ciphertext) {
  decryptor.decrypt(ciphertext, plaintext);
  decrypted = encoder.decodeFloat64(plaintext);
}

// Results go into objects that are there already: nothing is allocated or deleted inside the timing.
const operations = {
  multiply_relinearize_rescale() {
    evaluator.multiply(a, b, product);
    evaluator.relinearizeInplace(product, relinKeys);
    evaluator.rescaleToNext(product, result);
  },
  rotate: () => evaluator.rotateVector(a, 1, galoisKeys, result),
  rotate_8_single: () => rotations.forEach((steps) => evaluator.rotateVector(a, steps, galoisKeys, result)),
  encode: () => encoder.encode(first, scale, plaintext),
  encrypt() {
    encoder.encode(first, scale, plaintext);
    encryptor.encrypt(plaintext, result);
  },
  encrypt_symmetric() {
    encoder.encode(first, scale, plaintext);
    encryptor.encryptSymmetric(plaintext, result);
  },
  decrypt: () => decrypt(a),
};

function worstError(operation) {
  operations[operation]();
  if (operation === 'encode') decrypted = encoder.decodeFloat64(plaintext);
  else if (operation !== 'decrypt') decrypt(result);
  const turn = operation.startsWith('rotate') ? (operation === 'rotate' ? 1 : rotations.length) : 0;
  let worst = 0;
  for (let i = 0; i < slots; i++) {
    const expected =
      operation === 'multiply_relinearize_rescale' ? first[i] * second[i] : first[(i + turn) % slots];
    worst = Math.max(worst, Math.abs(decrypted[i] - expected));
  }
  return worst;
}

function answer([request, name]) {
  if (request === 'memory') return { peak_rss_bytes: process.resourceUsage().maxRSS * 1024 };
  if (request === 'check') return { error: worstError(name) };
  const operation = operations[request];
  if (operation === undefined) return { failure: `no operation named ${request}` };
  operation();
  const start = performance.now();
  operation();
  return { ms: performance.now() - start };
}

const bits = Array.from({ length: moduli.size() }, (_, i) => Math.log2(Number(moduli.get(i).value())));
const reply = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
reply({
  version: createRequire(import.meta.url)('./node_modules/node-seal/package.json').version,
  threads: 1,
  log_n: logN,
  log_q: bits.slice(0, -1).reduce((sum, x) => sum + x),
  log_p: bits.at(-1),
  dnum: logQ.length, // one prime a digit
  sigma: 3.24, // centred binomial with 21 pairs of bits, SEAL's default: the square root of 10.5
  levels: logQ.length - 1,
});
for await (const line of createInterface({ input: process.stdin })) {
  const words = line.split(' ').filter(Boolean);
  if (words.length === 0) continue;
  try {
    reply(answer(words));
  } catch (error) {
    reply({ failure: String(error) });
  }
}
