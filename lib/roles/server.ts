import { Ciphertext } from '../ckks/ciphertext.js';
import { EvaluationKeys } from '../ckks/evaluation-keys.js';
import type { Chunks } from '../ckks/key-chunks.js';
import { tailFactor } from '../ckks/noise.js';
import type { CkksParameters } from '../ckks/parameters.js';
import { FormatError, KeyError, ParameterError } from '../errors.js';
import { batchCount, ciphertextsPerBatch } from '../nn/plan/pack.js';
import { PreparedNetwork } from '../nn/plan/prepared.js';
import { hasPairs, inputLevelOf, slotMagnitude } from '../nn/plan/plan.js';
import type { Plan } from '../nn/plan/plan.js';
import { validatePlan } from '../nn/plan/schema.js';
import type { ServerModel } from '../nn/plan/server-model.js';
import { planFingerprint, readMessage, writeMessage } from './messages.js';
import { requireSecure } from './secure.js';
import type { RoleOptions } from './secure.js';

/**
 * Who computes: made from the public plan, its own model and the client's evaluation keys. Nothing in it can hold a secret
 * key; it sees ciphertexts and gives ciphertexts.
 *
 * @example
 * ```ts
 * const server = await Server.create(plan, serverModel, keysFromClient);
 * const response = await server.evaluate(request);
 * ```
 */
export class Server {
  readonly #network: PreparedNetwork;
  readonly #parameters: CkksParameters;
  readonly #keys: EvaluationKeys;

  private constructor(
    readonly plan: Plan,
    network: PreparedNetwork,
    /** Whether nobody else has the network. */
    private readonly ownsNetwork: boolean,
    keys: EvaluationKeys,
  ) {
    this.#network = network;
    this.#parameters = network.parameters;
    this.#keys = keys;
  }

  /**
   * Evaluation keys come as bytes, or in chunks as a file or a stream has them, so that gigabytes are never one buffer.
   * Throws FormatError for a plan, model or keys that are not valid or do not belong together, and ParameterError for a
   * plan or keys below 128 bits of security.
   */
  static async create(
    plan: Plan,
    model: ServerModel | PreparedNetwork,
    evaluationKeys: Uint8Array | Chunks,
  ): Promise<Server> {
    const checked = validatePlan(plan);
    requireSecure(checked);
    const network =
      model instanceof PreparedNetwork ? model : await PreparedNetwork.prepareValidated(checked, model);
    if (network === model && !planFingerprint(network.plan).equals(planFingerprint(checked)))
      throw new ParameterError(
        'PARAMETERS_MISMATCH',
        'The network was prepared under another plan. Prepare it under this one.',
        { field: 'plan' },
      );
    let keys: EvaluationKeys | undefined;
    try {
      keys =
        evaluationKeys instanceof Uint8Array
          ? await EvaluationKeys.fromBytes(network.parameters, evaluationKeys)
          : await EvaluationKeys.fromChunks(network.parameters, evaluationKeys);
      if (keys.insecure) {
        throw new ParameterError(
          'SECURITY_INSUFFICIENT',
          'The evaluation keys were made from a deterministic source, for tests. Make them with Client.',
          {},
        );
      }
      requireKeys(checked, keys);
      return new Server(checked, network, network !== model, keys);
    } catch (error) {
      keys?.dispose();
      if (network !== model) network.dispose();
      throw error;
    }
  }

  /**
   * Evaluates the network on a request of Client.encrypt(). Progress counts hundredths of steps over all batches;
   * cancelling frees everything and leaves the server as it was.
   */
  async evaluate(request: Uint8Array, options: RoleOptions = {}): Promise<Uint8Array> {
    const { plan } = this;
    const { samples, body } = readMessage(plan, request, 'request');
    const batches = batchCount(plan, samples);
    const inputs = await Ciphertext.batchFromBytes(this.#parameters, body);
    const outputs: Ciphertext[] = [];
    try {
      this.#requireInputs(inputs, batches * ciphertextsPerBatch(plan).up, samples);
      const results = await this.#network.execute(this.#keys, inputs, batches, options);
      for (const result of results) {
        // What the evaluator knows of the noise follows from the weights; the plan's promise does not.
        outputs.push(result.declareNoise(this.#promise()));
        result.dispose();
      }
      const response = await Ciphertext.batchToBytes(this.#parameters, outputs);
      return writeMessage(plan, { kind: 'response', samples, body: response });
    } finally {
      for (const ciphertext of [...inputs, ...outputs]) ciphertext.dispose();
    }
  }

  #promise(): { deviation: number; magnitude: number } {
    const { predicted, bounds, packing } = this.plan;
    return {
      deviation: predicted.error / tailFactor(this.#parameters.slots),
      magnitude: slotMagnitude(hasPairs(packing)) * bounds.output,
    };
  }

  #requireInputs(inputs: readonly Ciphertext[], expected: number, samples: number): void {
    if (inputs.length !== expected) {
      throw new FormatError(
        'FORMAT_CORRUPT',
        `A request of ${samples} samples holds ${expected} ciphertexts, this one ${inputs.length}.`,
        { expected, received: inputs.length },
      );
    }
    const level = inputLevelOf(this.plan);
    const wrong = inputs.findIndex(
      (input) => input.level !== level || input.degree !== 1 || input.scaleDegree !== 1,
    );
    if (wrong >= 0) {
      throw new FormatError(
        'FORMAT_CORRUPT',
        `Ciphertext ${wrong} of the request is at level ${inputs[wrong]!.level}; inputs are fresh ones at level ${level}.`,
        { index: wrong, level },
      );
    }
  }

  /** What the evaluation keys take in memory, expanded. */
  get evaluationKeyBytes(): number {
    return this.#keys.byteLength;
  }
  /** What the encoded model takes in memory, shared or not. */
  get modelBytes(): number {
    return this.#network.byteLength;
  }

  /** Frees the keys, and the encoded model unless it was handed over prepared. */
  dispose(): void {
    this.#keys.dispose();
    if (this.ownsNetwork) this.#network.dispose();
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Throws KeyError naming the first key of the plan that is not there, or not up to its level. */
function requireKeys(plan: Plan, keys: EvaluationKeys): void {
  const { relinearization, conjugation, rotations } = plan.keys;
  const missing = (key: string, level: number, found: number | undefined): KeyError =>
    new KeyError(
      'KEY_MISSING',
      `The plan needs a ${key} key of level ${level}; the evaluation keys hold ${found ?? 'none'}. Make them with Client.evaluationKeys() under this plan.`,
      { key, level },
    );
  if (relinearization !== null && (keys.relinearizationLevel ?? -1) < relinearization)
    throw missing('relinearization', relinearization, keys.relinearizationLevel);
  if (conjugation !== null && (keys.conjugationLevel ?? -1) < conjugation)
    throw missing('conjugation', conjugation, keys.conjugationLevel);
  if (plan.bootstrapping && !keys.bootstrapping)
    throw new KeyError(
      'KEY_MISSING',
      'The plan bootstraps; the evaluation keys hold no bootstrapping keys. Make them with Client.evaluationKeys() under this plan.',
      { key: 'bootstrapping' },
    );
  const held = keys.rotations;
  for (const { steps, level } of rotations)
    if ((held.get(steps) ?? -1) < level) throw missing(`rotation ${steps}`, level, held.get(steps));
}
