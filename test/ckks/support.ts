import { CkksParameters, Decryptor, Encryptor, Evaluator, KeyGenerator } from '../../lib/ckks/index.js';
import type {
  BootstrappingParametersIntent,
  Ciphertext,
  CkksLiteral,
  EvaluationKeyRequest,
  EvaluationKeys,
  SecretKey,
} from '../../lib/ckks/index.js';

/** Fast and marked as insecure: three levels over N = 2^10. */
export const smallLiteral: CkksLiteral = {
  logN: 10,
  logQ: [50, 40, 40, 40],
  logP: [50],
  logScale: 40,
  magnitude: 4,
  security: 'none',
};

export interface Context {
  readonly parameters: CkksParameters;
  readonly generator: KeyGenerator;
  readonly secretKey: SecretKey;
  readonly evaluationKeys: EvaluationKeys;
  readonly encryptor: Encryptor;
  readonly decryptor: Decryptor;
  readonly evaluator: Evaluator;
}

/** Everything that a test needs, from one seed. */
export async function makeContext(
  literal: CkksLiteral | BootstrappingParametersIntent,
  request: EvaluationKeyRequest,
  seed = 1n,
): Promise<Context> {
  const parameters = await CkksParameters.create(literal);
  const generator = new KeyGenerator(parameters, { insecureSeed: seed });
  const secretKey = await generator.secretKey();
  const evaluationKeys = await generator.evaluationKeys(secretKey, request);
  return {
    parameters,
    generator,
    secretKey,
    evaluationKeys,
    encryptor: new Encryptor(parameters, secretKey, { insecureSeed: seed + 1n }),
    decryptor: new Decryptor(parameters, secretKey),
    evaluator: new Evaluator(parameters, evaluationKeys),
  };
}

let small: Promise<Context> | undefined;

/** The small context with every key, made once a file. */
export function smallContext(): Promise<Context> {
  small ??= makeContext(smallLiteral, {
    relinearization: true,
    rotations: [1, 2, 4, 8, -1, 100],
    conjugation: true,
  });
  return small;
}

/** Numbers in [-bound, bound] that are the same everywhere: a 32-bit xorshift. */
export function sequence(seed: number): (length: number, bound?: number) => Float64Array {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  return (length, bound = 1) => Float64Array.from({ length }, () => (2 * next() - 1) * bound);
}

export const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), a.length === b.length ? 0 : Infinity);

export const sameBytes = async (a: Ciphertext, b: Ciphertext): Promise<boolean> =>
  Buffer.compare(await a.toBytes(), await b.toBytes()) === 0;
