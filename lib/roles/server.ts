import { Ciphertext } from '../ckks/ciphertext.js';
import { Evaluator } from '../ckks/evaluator.js';
import { EvaluationKeys } from '../ckks/evaluation-keys.js';
import { tailFactor } from '../ckks/noise.js';
import { CkksParameters } from '../ckks/parameters.js';
import { FormatError, KeyError, ParameterError } from '../errors.js';
import { executeEncrypted } from '../nn/plan/encrypted.js';
import type { Plan } from '../nn/plan/plan.js';
import { validatePlan } from '../nn/plan/schema.js';
import type { ServerModel } from '../nn/plan/server-model.js';
import { batchCount, readMessage, writeMessage } from './messages.js';
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
  readonly #model: ServerModel;
  readonly #parameters: CkksParameters;
  readonly #keys: EvaluationKeys;
  readonly #evaluator: Evaluator;

  private constructor(
    readonly plan: Plan,
    model: ServerModel,
    parameters: CkksParameters,
    keys: EvaluationKeys,
  ) {
    this.#model = model;
    this.#parameters = parameters;
    this.#keys = keys;
    this.#evaluator = new Evaluator(parameters, keys);
  }

  /**
   * Throws FormatError for a plan, model or keys that are not valid or do not belong together, and ParameterError for a
   * plan or keys below 128 bits of security.
   */
  static async create(plan: Plan, model: ServerModel, evaluationKeys: Uint8Array): Promise<Server> {
    const checked = validatePlan(plan);
    requireSecure(checked);
    model.requireFits(checked);
    const parameters = await CkksParameters.create(checked.parameters);
    const keys = await EvaluationKeys.fromBytes(parameters, evaluationKeys);
    if (keys.insecure) {
      throw new ParameterError(
        'SECURITY_INSUFFICIENT',
        'The evaluation keys were made from a deterministic source, for tests. Make them with Client.',
        {},
      );
    }
    const { relinearization } = checked.keys;
    if (relinearization !== null && (keys.relinearizationLevel ?? -1) < relinearization) {
      throw new KeyError(
        'KEY_MISSING',
        `The plan needs a relinearization key of level ${relinearization}; the evaluation keys hold ${keys.relinearizationLevel ?? 'none'}.`,
        { key: 'relinearization' },
      );
    }
    return new Server(checked, model, parameters, keys);
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
      this.#requireInputs(inputs, batches * plan.inputs, samples);
      for (let batch = 0; batch < batches; ++batch) {
        const results = await executeEncrypted(
          this.#evaluator,
          this.#model.steps,
          inputs.slice(batch * plan.inputs, (batch + 1) * plan.inputs),
          {
            signal: options.signal,
            onProgress: ({ done, total }) => {
              options.onProgress?.({ done: batch * total + done, total: batches * total });
            },
          },
        );
        for (const result of results) {
          // What the evaluator knows of the noise follows from the weights; the plan's promise does not.
          outputs.push(result.declareNoise(this.#promise()));
          result.dispose();
        }
      }
      const response = await Ciphertext.batchToBytes(this.#parameters, outputs);
      return writeMessage(plan, { kind: 'response', samples, body: response });
    } finally {
      for (const ciphertext of [...inputs, ...outputs]) ciphertext.dispose();
    }
  }

  #promise(): { deviation: number; magnitude: number } {
    const { predicted, bounds, samplesPerBatch } = this.plan;
    return { deviation: predicted.error / tailFactor(samplesPerBatch), magnitude: bounds.output };
  }

  #requireInputs(inputs: readonly Ciphertext[], expected: number, samples: number): void {
    if (inputs.length !== expected) {
      throw new FormatError(
        'FORMAT_CORRUPT',
        `A request of ${samples} samples holds ${expected} ciphertexts, this one ${inputs.length}.`,
        { expected, received: inputs.length },
      );
    }
    const level = this.#parameters.maxLevel;
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

  /** Frees keys and tables. */
  dispose(): void {
    this.#keys.dispose();
    this.#parameters.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
