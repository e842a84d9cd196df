/** The CKKS scheme: approximate arithmetic on encrypted vectors of real or complex numbers. */
export { Ciphertext } from './ciphertext.js';
export type { Noise } from './ciphertext.js';
export { Decryptor } from './decryptor.js';
export type { MeasuredError } from './decryptor.js';
export { Encryptor } from './encryptor.js';
export type { EncryptOptions } from './encryptor.js';
export { EvaluationKeys } from './evaluation-keys.js';
export { Evaluator } from './evaluator.js';
export type { EncodeOptions, Operand, ProductOptions } from './evaluator.js';
export { KeyGenerator } from './key-generator.js';
export type { EvaluationKeyRequest } from './key-generator.js';
export { PublicKey, SecretKey } from './keys.js';
export { chooseParameters, CkksParameters } from './parameters.js';
export type { CkksIntent, CkksLiteral, KeySize, ParameterChoice, Security } from './parameters.js';
export { Plaintext } from './plaintext.js';
export type { RandomOptions } from './random.js';
export type { Complex, ComplexSlots, SlotValues } from './slots.js';
export type { RunOptions } from '../native.js';
