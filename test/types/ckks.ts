// Compiled, never run: what must not compile stands behind @ts-expect-error.
import {
  Bootstrapper,
  Ciphertext,
  CkksParameters,
  Decryptor,
  Encryptor,
  Evaluator,
  KeyGenerator,
  SecretKey,
} from '../../lib/index.js';
import type {
  ComplexSlots,
  ErrorCode,
  ParameterChoice,
  EvaluationKeys,
  Plaintext,
  PublicKey,
} from '../../lib/index.js';

declare const parameters: CkksParameters;
declare const secretKey: SecretKey;
declare const publicKey: PublicKey;
declare const evaluationKeys: EvaluationKeys;
declare const ciphertext: Ciphertext;
declare const plaintext: Plaintext;
declare const evaluator: Evaluator;
declare const choice: ParameterChoice;

// One gives one, many give many.
const one: Promise<Ciphertext> = evaluator.square(ciphertext);
const many: Promise<Ciphertext[]> = evaluator.square([ciphertext]);
// @ts-expect-error a batch is not one
const notOne: Promise<Ciphertext> = evaluator.square([ciphertext]);
const hoisted: Promise<Ciphertext[][]> = evaluator.rotateHoisted([ciphertext], [1]);
const slots: Promise<Float64Array> = new Decryptor(parameters, secretKey).decrypt(ciphertext);
const complex: Promise<ComplexSlots[]> = new Decryptor(parameters, secretKey).decryptComplex([ciphertext]);
const encoded: Promise<Plaintext> = evaluator.encode(Float64Array.of(1));

// Operands.
void evaluator.add(ciphertext, plaintext);
void evaluator.multiply(ciphertext, { re: 1, im: 2 });
void evaluator.multiply([ciphertext], [1]);
// @ts-expect-error one ciphertext has no list of right operands
void evaluator.multiply(ciphertext, [1]);
// @ts-expect-error the left operand is a ciphertext
void evaluator.add(1, ciphertext);
// @ts-expect-error a misspelled option
void evaluator.multiply(ciphertext, ciphertext, { relinearise: false });
// @ts-expect-error a promise is not a ciphertext
void evaluator.square(evaluator.square(ciphertext));

// Bootstrapping.
declare const bootstrapper: Bootstrapper;
const fresh: Promise<Ciphertext[]> = bootstrapper.bootstrap([ciphertext], evaluationKeys, { passes: 2 });
// @ts-expect-error a bootstrapper takes no secret key
void bootstrapper.bootstrap(ciphertext, secretKey);
// @ts-expect-error there are two budgets
void Bootstrapper.create(parameters, { keys: 'few' });
void Bootstrapper.create(parameters, { batch: 8 });
void CkksParameters.create({ bootstrapping: { levelsAfter: 10, precisionBits: 22 } });
// @ts-expect-error an intent has a precision
void CkksParameters.create({ bootstrapping: { levelsAfter: 10 } });

// Who may hold what.
new Encryptor(parameters, secretKey);
new Encryptor(parameters, publicKey);
// @ts-expect-error a public key does not decrypt
new Decryptor(parameters, publicKey);
// @ts-expect-error an evaluator takes no secret key
new Evaluator(parameters, secretKey);
new Evaluator(parameters, evaluationKeys);
// @ts-expect-error evaluation keys are made from the secret key
void new KeyGenerator(parameters).evaluationKeys(publicKey);

// Handles are made by their factories only.
// @ts-expect-error private constructor
new Ciphertext({});
// @ts-expect-error private constructor
new SecretKey();

// Parameters: by hand or by intent.
void CkksParameters.create({ logN: 14, logQ: [50, 40], logP: [50], logScale: 40 });
void CkksParameters.create({ slots: 4096, levels: 3, precisionBits: 20 });
void CkksParameters.create(choice.literal);
// @ts-expect-error neither by hand nor by intent
void CkksParameters.create({ logN: 14 });
// @ts-expect-error the only spellings are classical-128 and none
void CkksParameters.create({ logN: 14, logQ: [50, 40], logP: [50], logScale: 40, security: 'low' });
// @ts-expect-error a literal is read-only
parameters.literal.logN = 3;
const primes: readonly (readonly bigint[])[] = parameters.primes;

const known: ErrorCode = 'KEY_MISSING';
// @ts-expect-error no such code
const unknown: ErrorCode = 'KEY_LOST';

export const used: unknown = [
  one,
  many,
  fresh,
  notOne,
  hoisted,
  slots,
  complex,
  encoded,
  primes,
  known,
  unknown,
];
