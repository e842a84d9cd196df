import type { CkksParameters } from '../ckks/parameters.js';
import { inputLevelOf } from '../nn/plan/plan.js';
import type { Plan } from '../nn/plan/plan.js';
import { keySizeOf } from '../nn/plan/candidate.js';
import { batchCount, ciphertextsPerBatch } from '../nn/plan/pack.js';
import { messageHeaderBytes } from './messages.js';

// The exact bytes of what passes between the roles: known before anything is made, so that nothing else is taken in.

/** Header and checksum of an object of docs/format.md. */
const envelopeBytes = 64;
/** Number of ciphertexts, and zeros. */
const batchHeadBytes = 8;

/** What the sizes of keys, requests and responses of a plan are made of, in bytes. */
export interface PlanSizes {
  readonly evaluationKeys: number;
  /** One ciphertext of inputs, and one of outputs, within their message. */
  readonly input: number;
  readonly output: number;
}

export function sizesOf(plan: Plan, parameters: CkksParameters): PlanSizes {
  return {
    evaluationKeys: keySizeOf(parameters, plan.keys, plan.bootstrapping?.keys).serialized,
    input: parameters.ciphertextSize({ level: inputLevelOf(plan), fresh: true }) - envelopeBytes,
    output: parameters.ciphertextSize({ level: 0, fresh: false }) - envelopeBytes,
  };
}

const messageOverhead = messageHeaderBytes + envelopeBytes + batchHeadBytes;

/** Bytes of a request with so many samples. */
export const requestBytes = (plan: Plan, sizes: PlanSizes, samples: number): number =>
  messageOverhead + batchCount(plan, samples) * ciphertextsPerBatch(plan).up * sizes.input;

/** Bytes of the response to a request with so many samples. */
export const responseBytes = (plan: Plan, sizes: PlanSizes, samples: number): number =>
  messageOverhead + batchCount(plan, samples) * ciphertextsPerBatch(plan).down * sizes.output;
