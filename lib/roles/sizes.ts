import type { CkksParameters } from '../ckks/parameters.js';
import type { Plan } from '../nn/plan/plan.js';
import { batchCount, messageHeaderBytes } from './messages.js';

// The exact bytes of what passes between the roles: known before anything is made, so that nothing else is taken in.

/** Header and checksum of an object of docs/format.md. */
const envelopeBytes = 64;
/** Number of ciphertexts, and zeros. */
const batchHeadBytes = 8;

const messageBytes = (ciphertexts: number, ciphertextBytes: number): number =>
  messageHeaderBytes + envelopeBytes + batchHeadBytes + ciphertexts * (ciphertextBytes - envelopeBytes);

/** Bytes of the evaluation keys of the plan. */
export function evaluationKeysBytes(plan: Plan, parameters: CkksParameters): number {
  const { relinearization, rotations } = plan.keys;
  return parameters.evaluationKeySize({
    relinearization: relinearization ?? false,
    rotations: rotations.length,
  }).serialized;
}

/** Bytes of a request with so many samples. */
export function requestBytes(plan: Plan, parameters: CkksParameters, samples: number): number {
  const ciphertext = parameters.ciphertextSize({ level: parameters.maxLevel, fresh: true });
  return messageBytes(batchCount(plan, samples) * plan.inputs, ciphertext);
}

/** Bytes of the response to a request with so many samples. */
export function responseBytes(plan: Plan, parameters: CkksParameters, samples: number): number {
  return messageBytes(
    batchCount(plan, samples) * plan.outputs,
    parameters.ciphertextSize({ level: 0, fresh: false }),
  );
}
