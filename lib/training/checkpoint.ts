import { createHash } from 'node:crypto';
import { Ciphertext } from '../ckks/ciphertext.js';
import type { CkksParameters } from '../ckks/parameters.js';
import { FormatError, ParameterError } from '../errors.js';
import { readWhole, writeWhole } from '../files.js';
import { EncryptedState, requireStateOf } from './encrypted-data.js';
import type { TrainingPlan } from './plan.js';
import { trainingPlanFingerprint } from './plan-json.js';

// A state as a file: a header of fixed form, the ciphertexts in the format of docs/format.md, a hash of both. All of it is
// encrypted weights and public numbers: whoever reads it learns how far the training is.

const magic = Buffer.from('CNTRN1\0\0', 'latin1');
/** magic 8, steps 8, plan's fingerprint 32. */
const kHeaderBytes = 48;
const kHashBytes = 32;

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Writes a checkpoint in one piece: the file is the one before or this one, whenever the process ends. */
export async function writeCheckpoint(
  path: string,
  plan: TrainingPlan,
  parameters: CkksParameters,
  state: EncryptedState,
): Promise<void> {
  const body = await Ciphertext.batchToBytes(parameters, state.ciphertexts);
  const bytes = Buffer.alloc(kHeaderBytes + body.length + kHashBytes);
  magic.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(state.step), 8);
  trainingPlanFingerprint(plan).copy(bytes, 16);
  bytes.set(body, kHeaderBytes);
  hashOf(bytes.subarray(0, -kHashBytes)).copy(bytes, bytes.length - kHashBytes);
  await writeWhole(path, bytes, { mode: 0o600 });
}

/**
 * Reads what writeCheckpoint() wrote. Throws SystemError for a file that cannot be read, FormatError for one that is no whole
 * checkpoint, ParameterError for one of another plan or set.
 */
export async function readCheckpoint(
  path: string,
  plan: TrainingPlan,
  parameters: CkksParameters,
): Promise<EncryptedState> {
  const bytes = await readWhole(path);
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw new FormatError('FORMAT_MAGIC', `${path} is no checkpoint of a training.`, { file: path });
  if (bytes.length < kHeaderBytes + kHashBytes)
    throw new FormatError('FORMAT_TRUNCATED', `${path} ends before its header does.`, {
      bytes: bytes.length,
    });
  if (!hashOf(bytes.subarray(0, -kHashBytes)).equals(bytes.subarray(-kHashBytes)))
    throw new FormatError(
      'FORMAT_CORRUPT',
      `The hash of the checkpoint ${path} is wrong: it is damaged or not whole. Go on from another one.`,
      { file: path },
    );
  if (!bytes.subarray(16, kHeaderBytes).equals(trainingPlanFingerprint(plan)))
    throw new ParameterError(
      'PARAMETERS_MISMATCH',
      `The checkpoint ${path} is of another plan. Resume with the plan that it was written under.`,
      { file: path },
    );
  const ciphertexts = await Ciphertext.batchFromBytes(parameters, bytes.subarray(kHeaderBytes, -kHashBytes));
  requireStateOf(plan, ciphertexts.length);
  return new EncryptedState(Number(bytes.readBigUInt64LE(8)), ciphertexts);
}
