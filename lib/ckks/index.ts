/** The CKKS scheme: approximate arithmetic on encrypted vectors of real or complex numbers. */
export * from '../approximation/index.js';
export { Bootstrapper } from './bootstrapper.js';
export type { BootstrapOptions, BootstrapperOptions } from './bootstrapper.js';
export type {
  BootstrappingDescription,
  BootstrappingKeys,
  BootstrappingLiteral,
  BootstrappingOrder,
  BootstrappingKeyOptions,
  KeyBudget,
} from './bootstrapping.js';
export { planBootstrapping } from './bootstrapping-plan.js';
export type {
  BootstrappingDescriptionOptions,
  BootstrappingIntent,
  BootstrappingParametersIntent,
  BootstrappingPlan,
  BootstrappingPlanIntent,
  BootstrappingPlanOptions,
  NoiseLine,
} from './bootstrapping-plan.js';
export { Ciphertext } from './ciphertext.js';
export type { Noise } from './ciphertext.js';
export type { Convolution, ImageStrides } from './convolution.js';
export { Decryptor } from './decryptor.js';
export type { MeasuredError, SharingOptions } from './decryptor.js';
export { Encryptor } from './encryptor.js';
export type { EncryptOptions } from './encryptor.js';
export { EvaluationKeys } from './evaluation-keys.js';
export { Evaluator } from './evaluator.js';
export type { EncodeOptions, ProductOptions } from './evaluator.js';
export type { ChebyshevSeries, Coefficients, Polynomial } from './polynomial.js';
export { inspect, inspectBytes } from './inspect.js';
export type { ObjectInfo } from './inspect.js';
export type { MachineProfile, Work } from './machine.js';
export type { Chunks } from './key-chunks.js';
export { KeyGenerator } from './key-generator.js';
export type { EvaluationKeyRequest, KeySizeRequest } from './key-request.js';
export { LinearTransform } from './linear-transform.js';
export type { LinearTransformOptions, Matrix } from './linear-transform.js';
export { MatrixProduct } from './matrix-product.js';
export type { MatrixProductOptions, MatrixProductShape } from './matrix-product.js';
export type { Operand } from './operands.js';
export { PublicKey, SecretKey } from './keys.js';
export { chooseParameters, CkksParameters } from './parameters.js';
export type { CkksIntent, CkksLiteral, CompleteLiteral, KeySize, ParameterChoice } from './parameters.js';
export { Plaintext } from './plaintext.js';
export type { RandomOptions } from '../random.js';
export { maskSlots, replicate, replicationRotations } from './replication.js';
export type { SlotRange } from './replication.js';
export type { Security } from '../security.js';
export { sharingBits } from './sharing.js';
export type { Sharing } from './sharing.js';
export type { Complex, ComplexSlots, SlotValues } from './slots.js';
export type { SparseRows } from './sparse-rows.js';
export type { RunOptions } from '../native.js';
