import { Ciphertext } from '../ckks/ciphertext.js';
import { Evaluator } from '../ckks/evaluator.js';
import type { CkksParameters } from '../ckks/parameters.js';
import { ArgumentError } from '../errors.js';
import type { RunOptions } from '../native.js';
import { derivedOf } from './plan.js';
import type { TrainingPlan } from './plan.js';

// What passes between owners and the server.

/** An encrypted batch, of one owner or of several together. */
export class EncryptedBatch implements Disposable {
  constructor(
    readonly features: readonly Ciphertext[],
    readonly labels: readonly Ciphertext[],
  ) {}

  /** Features, then labels, as one object of docs/format.md. */
  toBytes(parameters: CkksParameters, options: RunOptions = {}): Promise<Uint8Array> {
    return Ciphertext.batchToBytes(parameters, [...this.features, ...this.labels], options);
  }

  /** Reads what toBytes() wrote. Throws FormatError, ParameterError, or ArgumentError for a batch of another plan. */
  static async fromBytes(
    plan: TrainingPlan,
    parameters: CkksParameters,
    bytes: Uint8Array,
    options: RunOptions = {},
  ): Promise<EncryptedBatch> {
    const all = await Ciphertext.batchFromBytes(parameters, bytes, options);
    const { features } = batchCounts(plan);
    const batch = new EncryptedBatch(all.slice(0, features), all.slice(features));
    requireBatchOf(plan, batch);
    return batch;
  }

  /** Frees the ciphertexts. */
  dispose(): void {
    for (const ciphertext of [...this.features, ...this.labels]) ciphertext.dispose();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Ciphertexts of a batch. */
function batchCounts(plan: TrainingPlan): { readonly features: number; readonly labels: number } {
  const { training } = derivedOf(plan);
  const countOf = (kind: 'features' | 'labels'): number =>
    training.nodes.reduce((sum, node) => (node.kind === kind && node.step === 0 ? sum + node.count : sum), 0);
  return { features: countOf('features'), labels: countOf('labels') };
}

function requireCount(what: string, expected: number, received: number): void {
  if (expected === received) return;
  throw new ArgumentError(
    `Expected ${expected} ciphertexts for ${what} of this plan but received ${received}. It is of another plan: encrypt with the one that is trained by.`,
    { expected, received },
  );
}

/** Refuses a batch that has other ciphertexts than the plan's. */
export function requireBatchOf(plan: TrainingPlan, batch: EncryptedBatch): void {
  const { features, labels } = batchCounts(plan);
  requireCount('the features of a batch', features, batch.features.length);
  requireCount('the labels of a batch', labels, batch.labels.length);
}

/** Ciphertexts of a state. */
export const stateCount = (plan: TrainingPlan): number =>
  derivedOf(plan).training.nodes.reduce((sum, node) => (node.kind === 'state' ? sum + node.count : sum), 0);

/** Refuses a state of another number of ciphertexts than the plan's. */
export const requireStateOf = (plan: TrainingPlan, received: number): void => {
  requireCount('the state', stateCount(plan), received);
};

/** The sum of the parts that several owners brought: rows beside rows, columns beside columns. */
export async function combineBatches(
  parameters: CkksParameters,
  parts: readonly EncryptedBatch[],
  options: RunOptions = {},
): Promise<EncryptedBatch> {
  const evaluator = new Evaluator(parameters);
  const [first, ...others] = parts;
  if (first === undefined)
    throw new ArgumentError('Expected at least one part of a batch but received none.');
  const sum = async (lists: readonly (readonly Ciphertext[])[]): Promise<Ciphertext[]> => {
    // A sum is the caller's own, of one part too.
    let total = await evaluator.add(lists[0]!, 0, options);
    for (const list of lists.slice(1)) {
      const next = await evaluator.add(total, list, options);
      for (const ciphertext of total) ciphertext.dispose();
      total = next;
    }
    return total;
  };
  const all = [first, ...others];
  return new EncryptedBatch(
    await sum(all.map(({ features }) => features)),
    await sum(all.map(({ labels }) => labels)),
  );
}

/** Encrypted weights, and velocities where the optimizer has them. */
export class EncryptedState implements Disposable {
  constructor(
    /** Steps that were done. */
    readonly step: number,
    readonly ciphertexts: readonly Ciphertext[],
  ) {}

  /** Frees the ciphertexts. */
  dispose(): void {
    for (const ciphertext of this.ciphertexts) ciphertext.dispose();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}
