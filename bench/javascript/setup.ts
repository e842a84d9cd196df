import {
  type Ciphertext,
  type CkksLiteral,
  CkksParameters,
  Decryptor,
  Encryptor,
  Evaluator,
  KeyGenerator,
} from '../../lib/ckks/index.js';

/** Everything that the benches call from JavaScript. */
export interface Setup {
  readonly parameters: CkksParameters;
  readonly evaluator: Evaluator;
  /** Under the public key and under the secret one. */
  readonly encryptor: Encryptor;
  readonly symmetric: Encryptor;
  readonly decryptor: Decryptor;
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly firstEncrypted: Ciphertext;
  readonly secondEncrypted: Ciphertext;
}

/** Fresh keys for products and for rotations by these steps, and two ciphertexts at the highest level. */
export async function setUp(literal: CkksLiteral, rotations: readonly number[] = []): Promise<Setup> {
  const parameters = await CkksParameters.create(literal);
  const generator = new KeyGenerator(parameters);
  const secretKey = await generator.secretKey();
  const keys = await generator.evaluationKeys(secretKey, { relinearization: true, rotations });
  const encryptor = new Encryptor(parameters, await generator.publicKey(secretKey));
  const values = (step: number): Float64Array =>
    Float64Array.from({ length: parameters.slots }, (_, i) => Math.cos(step * i));
  const first = values(0.37);
  const second = values(0.61);
  return {
    parameters,
    evaluator: new Evaluator(parameters, keys),
    encryptor,
    symmetric: new Encryptor(parameters, secretKey),
    decryptor: new Decryptor(parameters, secretKey),
    first,
    second,
    firstEncrypted: await encryptor.encrypt(first),
    secondEncrypted: await encryptor.encrypt(second),
  };
}
