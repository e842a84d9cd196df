import {
  checkOptions,
  checkRun,
  refuse,
  requireBoolean,
  requireInstance,
  requireInteger,
  runOptionNames,
} from '../check.js';
import { Handle } from '../handle.js';
import { native, run } from '../native.js';
import type { NativeRandomSource, RunOptions } from '../native.js';
import { EvaluationKeys } from './evaluation-keys.js';
import { PublicKey, SecretKey } from './keys.js';
import { CkksParameters } from './parameters.js';
import { randomSource } from './random.js';
import type { RandomOptions } from './random.js';

/** Which evaluation keys to make. Ask for no more than is used: they are large. */
export interface EvaluationKeyRequest extends RunOptions {
  /** For products of ciphertexts: true, or only up to a level. */
  readonly relinearization?: boolean | { readonly level: number };
  /** Steps to the left (negative: to the right), each for the common level or up to one of its own. */
  readonly rotations?: readonly (number | { readonly steps: number; readonly level: number })[];
  readonly conjugation?: boolean | { readonly level: number };
  /** The highest level at which the keys are used; the set's highest if absent. Lower ones are smaller and faster. */
  readonly level?: number;
}

const requestNames = ['relinearization', 'rotations', 'conjugation', 'level', ...runOptionNames] as const;

/**
 * Makes the keys of one parameter set.
 *
 * @example
 * ```ts
 * const generator = new KeyGenerator(parameters);
 * const secretKey = await generator.secretKey();
 * const keys = await generator.evaluationKeys(secretKey, { relinearization: true, rotations: [1, -1, 8] });
 * ```
 */
export class KeyGenerator {
  readonly #parameters: CkksParameters;
  readonly #random: NativeRandomSource;

  /** Throws ArgumentError for what is no parameter set, or a seed that is none. */
  constructor(parameters: CkksParameters, options: RandomOptions = {}) {
    CkksParameters.native(parameters);
    this.#parameters = parameters;
    this.#random = randomSource(checkOptions(options, ['insecureSeed'], 'a KeyGenerator').insecureSeed);
  }

  /** A fresh secret key, uniform ternary. */
  async secretKey(): Promise<SecretKey> {
    const set = CkksParameters.native(this.#parameters);
    return SecretKey.wrap(await run(undefined, (watch) => native.secretKey(set, this.#random, watch)));
  }

  /** A public key of the secret key: it encrypts, with more noise and twice the bytes. */
  async publicKey(secretKey: SecretKey): Promise<PublicKey> {
    requireInstance(secretKey, SecretKey, 'the secret key');
    return PublicKey.wrap(
      await run(undefined, (watch) => native.publicKey(Handle.unwrap(secretKey), this.#random, watch)),
    );
  }

  /** Evaluation keys of the secret key; progress counts keys. */
  async evaluationKeys(secretKey: SecretKey, request: EvaluationKeyRequest = {}): Promise<EvaluationKeys> {
    const subject = 'evaluationKeys()';
    requireInstance(secretKey, SecretKey, 'the secret key');
    const parameters = this.#parameters;
    const {
      relinearization = false,
      rotations = [],
      conjugation = false,
      level = parameters.maxLevel,
      ...rest
    } = checkOptions(request, requestNames, subject);
    const watching = checkRun(rest, subject);
    const checkLevel = (value: unknown, name: string): number => {
      requireInteger(value, name, 0, parameters.maxLevel);
      return value;
    };
    checkLevel(level, 'level');
    const levelOf = (value: unknown, name: string): number => {
      if (typeof value === 'object' && value !== null)
        return checkLevel(checkOptions(value as { level: number }, ['level'], name).level, `${name}.level`);
      requireBoolean(value, name);
      return value ? level : -1;
    };
    if (!Array.isArray(rotations)) refuse('an array of steps', 'rotations', rotations);
    const wanted = Array.from(rotations as NonNullable<EvaluationKeyRequest['rotations']>, (entry, i) => {
      const { steps, level: own } =
        typeof entry === 'object' && (entry as unknown) !== null
          ? checkOptions(entry, ['steps', 'level'], `rotations[${i}]`)
          : { steps: entry, level };
      requireInteger(steps, `rotations[${i}]`, -(2 ** 31), 2 ** 31 - 1);
      return { steps, level: checkLevel(own, `rotations[${i}].level`) };
    });
    const handle = await run(watching, (watch) =>
      native.evaluationKeys(
        CkksParameters.native(parameters),
        Handle.unwrap(secretKey),
        this.#random,
        levelOf(relinearization, 'relinearization'),
        Int32Array.from(wanted, ({ steps }) => steps),
        Int32Array.from(wanted, (entry) => entry.level),
        levelOf(conjugation, 'conjugation'),
        watch,
      ),
    );
    return EvaluationKeys.wrap(handle);
  }
}
