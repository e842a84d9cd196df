/** The TFHE scheme: exact integers of a few bits, and any table of them at each bootstrap. Made for arrays. */
export { CiphertextBatch } from './ciphertext-batch.js';
export { Decryptor } from './decryptor.js';
export { Encryptor } from './encryptor.js';
export { Evaluator } from './evaluator.js';
export type { IntegerMap, LookUpOptions } from './evaluator.js';
export { KeyGenerator } from './key-generator.js';
export { EvaluationKeys, SecretKey } from './keys.js';
export { parameterSets, TfheParameters } from './parameters.js';
export type { Gadget, TfheLiteral } from './parameters.js';
export type { RandomOptions } from '../random.js';
export type { RunOptions } from '../native.js';
export type { Security } from '../security.js';
