import { inspect } from '../ckks/inspect.js';
import { ArgumentError, FormatError, KeyError, ParameterError } from '../errors.js';
import type { Plan } from '../nn/plan/plan.js';
import type { ServerModel } from '../nn/plan/server-model.js';
import { batchCount, ciphertextsPerBatch } from '../nn/plan/pack.js';
import { PreparedNetwork } from '../nn/plan/prepared.js';
import {
  messageHeaderBytes,
  mostSamples,
  planFingerprint,
  planToBytes,
  requireMessageHeader,
} from '../roles/messages.js';
import { requireSecure } from '../roles/secure.js';
import { requestBytes, sizesOf } from '../roles/sizes.js';
import type { PlanSizes } from '../roles/sizes.js';
import { modelNamePattern } from './protocol.js';
import type { ModelDescription } from './protocol.js';

/** A compiled model that a service offers. */
export interface OfferedModel {
  readonly plan: Plan;
  readonly serverModel: ServerModel;
}

/** A model in the service, with what is asked of it again and again, and the checks of what is sent for it. */
export class HostedModel implements Disposable {
  readonly plan: Plan;
  readonly planBytes: Uint8Array;
  readonly planFingerprint: string;
  readonly #sizes: PlanSizes;
  /** Of one request, by the service's bound on its bytes. */
  readonly mostSamples: number;
  readonly mostRequestBytes: number;

  private constructor(
    readonly name: string,
    /** For the servers of all clients. */
    readonly network: PreparedNetwork,
    mostRequestBytes: number,
  ) {
    const { plan } = network;
    this.plan = plan;
    this.planBytes = planToBytes(plan);
    this.planFingerprint = planFingerprint(plan).toString('hex');
    this.#sizes = sizesOf(plan, network.parameters);
    const first = requestBytes(plan, this.#sizes, 1);
    if (first > mostRequestBytes) {
      throw new ArgumentError(
        `A request for the model ${name} has at least ${first} bytes; mostRequestBytes is ${mostRequestBytes}.`,
        { model: name, bytes: first },
      );
    }
    const perBatch = ciphertextsPerBatch(plan).up * this.#sizes.input;
    const batches = 1 + Math.floor((mostRequestBytes - first) / perBatch);
    this.mostSamples = Math.min(batches * plan.samplesPerBatch, mostSamples);
    this.mostRequestBytes = requestBytes(plan, this.#sizes, this.mostSamples);
  }

  static async create(
    name: string,
    { plan, serverModel }: OfferedModel,
    mostRequestBytes: number,
  ): Promise<HostedModel> {
    if (!modelNamePattern.test(name)) {
      throw new ArgumentError(
        `Expected letters, digits, dots, dashes and underscores for the name of a model but received ${JSON.stringify(name)}.`,
        { name },
      );
    }
    requireSecure(plan);
    return new HostedModel(name, await PreparedNetwork.prepare(plan, serverModel), mostRequestBytes);
  }

  /** Exactly so many bytes of evaluation keys are taken. */
  get evaluationKeysBytes(): number {
    return this.#sizes.evaluationKeys;
  }

  get description(): ModelDescription {
    const { name, plan, planFingerprint: fingerprint } = this;
    return {
      name,
      planFingerprint: fingerprint,
      inputs: plan.inputs,
      outputs: plan.outputs,
      samplesPerBatch: plan.samplesPerBatch,
      evaluationKeysBytes: this.evaluationKeysBytes,
      mostSamples: this.mostSamples,
    };
  }

  /** The exact size of the evaluation keys that begin with these bytes. Throws for anything else. */
  checkKeysStart(start: Uint8Array): number {
    const { type, totalBytes } = this.#inspect(start);
    if (type === 'secret key') {
      throw new KeyError(
        'SECRET_REFUSED',
        'These are the bytes of a secret key. It was not kept; make a new one, and send evaluation keys only.',
      );
    }
    requireEqual('a type', 'evaluation keys', type, 'FORMAT_TYPE');
    requireEqual('a length', this.evaluationKeysBytes, totalBytes, 'FORMAT_CORRUPT');
    return this.evaluationKeysBytes;
  }

  /** The exact size of the request that begins with these bytes. Throws for anything else. */
  checkRequestStart(start: Uint8Array): number {
    const { samples } = requireMessageHeader(this.plan, start, 'request');
    if (samples > this.mostSamples) {
      throw new FormatError(
        'FORMAT_TOO_LARGE',
        `A request holds at most ${this.mostSamples} samples here; this one says ${samples}. Send several.`,
        { samples, most: this.mostSamples },
      );
    }
    const expected = requestBytes(this.plan, this.#sizes, samples);
    const { type, totalBytes, count } = this.#inspect(start.subarray(messageHeaderBytes));
    requireEqual('a type', 'ciphertext batch', type, 'FORMAT_TYPE');
    requireEqual('a length', expected - messageHeaderBytes, totalBytes, 'FORMAT_CORRUPT');
    const ciphertexts = batchCount(this.plan, samples) * ciphertextsPerBatch(this.plan).up;
    if (count !== undefined) requireEqual('a number of ciphertexts', ciphertexts, count, 'FORMAT_CORRUPT');
    return expected;
  }

  #inspect(start: Uint8Array): ReturnType<typeof inspect> {
    const info = inspect(start);
    if (info.fingerprint !== this.network.parameters.fingerprint) {
      throw new ParameterError(
        'PARAMETERS_MISMATCH',
        `The ${info.type} belongs to other parameters than the plan of ${this.name}.`,
        { field: 'fingerprint' },
      );
    }
    if (info.insecure) {
      throw new ParameterError(
        'SECURITY_INSUFFICIENT',
        `The ${info.type} was made from a deterministic source, for tests.`,
      );
    }
    return info;
  }

  dispose(): void {
    this.network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function requireEqual(
  what: string,
  expected: string | number,
  received: string | number,
  code: 'FORMAT_TYPE' | 'FORMAT_CORRUPT',
): void {
  if (expected === received) return;
  throw new FormatError(code, `Expected ${what} of ${expected} in the header but received ${received}.`, {
    expected,
    received,
  });
}
