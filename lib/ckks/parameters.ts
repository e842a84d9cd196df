import {
  checkOptions,
  checkRun,
  refuse,
  requireBoolean,
  requireBytes,
  requireInstance,
  requireInteger,
  requirePositive,
  runOptionNames,
} from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeParameters, RunOptions } from '../native.js';
import { bootstrappingInputLevel, checkBootstrapping } from './bootstrapping.js';
import type { BootstrappingDescription, BootstrappingLiteral } from './bootstrapping.js';
import { describeBootstrapping, isBootstrappingIntent, planParameters } from './bootstrapping-plan.js';
import type {
  BootstrappingDescriptionOptions,
  BootstrappingParametersIntent,
  BootstrappingPlan,
} from './bootstrapping-plan.js';
import { checkKeySizeRequest } from './key-request.js';
import type { KeySizeRequest } from './key-request.js';
import { requireSecurity } from '../security.js';
import type { Security } from '../security.js';

/** A parameter set by hand. */
export interface CkksLiteral {
  /** log2 of the ring degree N, from 10 to 17. */
  readonly logN: number;
  /** Bits of every level's modulus, q_0 first. Above 49 (q_0: 50) two primes make the level. */
  readonly logQ: readonly number[];
  /** Bits of the key-switching primes, at most 50 each; empty: no products of ciphertexts, no rotations. */
  readonly logP: readonly number[];
  /** log2 of the scale at the top level (of those that users compute at). */
  readonly logScale: number;
  /** log2 of the slots of a ciphertext; all N/2 if absent. */
  readonly logSlots?: number;
  /** No slot that is encrypted is larger, unless said otherwise: predictions of noise rest on it. 1 if absent. */
  readonly magnitude?: number;
  readonly security?: Security;
  /** For Bootstrapper: its levels are the uppermost of `logQ`. */
  readonly bootstrapping?: BootstrappingLiteral;
}

/** A literal with nothing left to defaults; `bootstrapping` is absent where there is none. */
export interface CompleteLiteral extends Required<Omit<CkksLiteral, 'bootstrapping'>> {
  readonly bootstrapping?: Required<BootstrappingLiteral>;
}

/** A parameter set by what it is for. */
export interface CkksIntent {
  /** At least this many values in a ciphertext. */
  readonly slots: number;
  /** Products one after the other. */
  readonly levels: number;
  /** After every product, errors stay below 2^-precisionBits of the magnitude, but with probability 2^-40. */
  readonly precisionBits: number;
  /** No slot is larger, at any time. 1 if absent. */
  readonly magnitude?: number;
  readonly security?: Security;
  /** false: no products of ciphertexts and no rotations, for a larger modulus. */
  readonly keySwitching?: boolean;
}

/** What an intent comes to. */
export interface ParameterChoice {
  readonly literal: CompleteLiteral;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
  readonly precisionBits: number;
}

/** What evaluation keys weigh, in bytes. */
export interface KeySize {
  /** As a file or message. */
  readonly serialized: number;
  /** Expanded in memory. */
  readonly memory: number;
}

const literalNames = [
  'logN',
  'logQ',
  'logP',
  'logScale',
  'logSlots',
  'magnitude',
  'security',
  'bootstrapping',
] as const;
const intentNames = ['slots', 'levels', 'precisionBits', 'magnitude', 'security', 'keySwitching'] as const;

function checkBits(value: unknown, subject: string): readonly number[] {
  if (!Array.isArray(value)) refuse('an array of bit sizes', subject, value);
  return Array.from(value as readonly unknown[], (bits, i) => {
    requireInteger(bits, `${subject}[${i}]`, 1, 200);
    return bits;
  });
}

/**
 * The smallest and cheapest parameter set that gives what was asked for, with its reasons. Makes no tables and no keys.
 * Throws ParameterError when no ring up to N = 2^17 holds it.
 */
export function chooseParameters(intent: CkksIntent): ParameterChoice {
  const {
    slots,
    levels,
    precisionBits,
    magnitude = 1,
    security = 'classical-128',
    keySwitching = true,
  } = checkOptions(intent, intentNames, 'an intent');
  requireInteger(slots, 'slots', 1, 2 ** 31);
  requireInteger(levels, 'levels', 0, 1000);
  requireInteger(precisionBits, 'precisionBits', 1, 100);
  requirePositive(magnitude, 'magnitude');
  requireSecurity(security);
  requireBoolean(keySwitching, 'keySwitching');
  return Object.freeze(
    call(() => native.chooseParameters({ slots, levels, precisionBits, magnitude, security, keySwitching })),
  );
}

/** What an intent comes to; undefined for a set by hand. */
async function choiceOf(
  description: CkksLiteral | CkksIntent | BootstrappingParametersIntent,
): Promise<Pick<ParameterChoice, 'literal' | 'reasons'> | undefined> {
  if (isBootstrappingIntent(description)) {
    const { parameters: literal, reasons } = await planParameters(description);
    return { literal, reasons };
  }
  if ('precisionBits' in description || 'slots' in description || 'levels' in description)
    return chooseParameters(description as CkksIntent);
  return undefined;
}

/**
 * A checked, immutable parameter set with the tables that computing under it needs.
 *
 * @example
 * ```ts
 * const parameters = await CkksParameters.create({ slots: 4096, levels: 3, precisionBits: 20 });
 * console.log(parameters.describe());
 * ```
 */
export class CkksParameters extends Handle<NativeParameters> {
  readonly #about;
  /** Why it looks like this; empty for a set by hand. */
  readonly reasons: readonly string[];

  private constructor(handle: NativeParameters, reasons: readonly string[]) {
    super(handle);
    this.#about = call(() => native.describeParameters(handle));
    this.reasons = reasons;
  }

  /**
   * By hand ({ logN, logQ, logP, logScale }) or by intent: { slots, levels, precisionBits }, or planBootstrapping()'s in
   * `bootstrapping`. Throws ParameterError for a set that cannot work, and with SECURITY_INSUFFICIENT for one past the
   * security table.
   */
  static async create(
    description: CkksLiteral | CkksIntent | BootstrappingParametersIntent,
  ): Promise<CkksParameters> {
    if (typeof description !== 'object' || (description as unknown) === null)
      refuse('an object', 'the parameters', description);
    const choice = await choiceOf(description);
    const {
      logN,
      logQ,
      logP,
      logScale,
      logSlots,
      magnitude = 1,
      security = 'classical-128',
      bootstrapping,
    } = choice?.literal ?? checkOptions(description as CkksLiteral, literalNames, 'CKKS parameters');
    requireInteger(logN, 'logN', 1, 30);
    requireInteger(logScale, 'logScale', 1, 200);
    if (logSlots !== undefined) requireInteger(logSlots, 'logSlots', 0, 30);
    requirePositive(magnitude, 'magnitude');
    requireSecurity(security);
    const literal = {
      logN,
      logQ: checkBits(logQ, 'logQ'),
      logP: checkBits(logP, 'logP'),
      logScale,
      logSlots: logSlots ?? -1,
      magnitude,
      security,
      ...(bootstrapping !== undefined && { bootstrapping: checkBootstrapping(bootstrapping) }),
    };
    const handle = await run(undefined, (watch) => native.createParameters(literal, watch));
    return new CkksParameters(handle, choice?.reasons ?? []);
  }

  /** Throws FormatError for bytes that toBytes() did not write. */
  static async fromBytes(bytes: Uint8Array, options: RunOptions = {}): Promise<CkksParameters> {
    requireBytes(bytes, 'the bytes of parameters');
    const watching = checkRun(
      checkOptions(options, runOptionNames, 'CkksParameters.fromBytes()'),
      'CkksParameters.fromBytes()',
    );
    return new CkksParameters(await run(watching, (watch) => native.parametersFromBytes(bytes, watch)), []);
  }

  /** The primes and all that makes the set what it is. */
  toBytes(): Uint8Array {
    return call(() => native.parametersToBytes(Handle.unwrap(this)));
  }

  /** The set in the sizes that it was made of; create() makes the same set of it. */
  get literal(): CompleteLiteral {
    return this.#about.literal;
  }
  /** log2 of the ring degree N. */
  get logN(): number {
    return this.literal.logN;
  }
  /** Values in a ciphertext. */
  get slots(): number {
    return 2 ** this.literal.logSlots;
  }
  /** The level of fresh and of bootstrapped ciphertexts: how many products one after the other fit. */
  get maxLevel(): number {
    return this.#about.userLevel;
  }
  /** What bootstrapping does under this set; undefined where ciphertexts cannot be bootstrapped. */
  get bootstrapping(): BootstrappingDescription | undefined {
    const { bootstrapping } = this.literal;
    if (bootstrapping === undefined) return undefined;
    const inputLevel = bootstrappingInputLevel(bootstrapping);
    return {
      ...bootstrapping,
      levelsAfter: this.maxLevel - inputLevel,
      inputLevel,
      levels: this.primes.length - 1 - this.maxLevel,
    };
  }
  /**
   * What bootstrapping under this set costs and how exact it is, before keys are made. Throws ParameterError for a set
   * without it.
   */
  async bootstrappingPlan(options: BootstrappingDescriptionOptions = {}): Promise<BootstrappingPlan> {
    return describeBootstrapping(Handle.unwrap(this), options);
  }
  /** log2 of the whole modulus, key-switching primes included: what security depends on. */
  get logQP(): number {
    return this.#about.logQP;
  }
  /** The largest logQP for this N at 128 bits of security; 0 for an N that the table does not list. */
  get maxLogQP(): number {
    return this.#about.maxLogQP;
  }
  /** The primes of every level, one or two each, and above maxLevel those of bootstrapping. */
  get primes(): readonly (readonly bigint[])[] {
    return this.#about.primes;
  }
  /** The key-switching primes. */
  get specialPrimes(): readonly bigint[] {
    return this.#about.specialPrimes;
  }
  /** What the set promises: 'classical-128', or 'none' for tests. */
  get security(): Security {
    return this.literal.security;
  }
  /** No slot that is encrypted is larger, unless said otherwise. */
  get magnitude(): number {
    return this.literal.magnitude;
  }
  /** SHA-256 over all that makes two sets interchangeable, in hexadecimal. */
  get fingerprint(): string {
    return this.#about.fingerprint;
  }
  /** Digits of the gadget decomposition of a ciphertext at a level; 0 without key-switching primes. */
  digitCount(level: number): number {
    requireInteger(level, 'the level', 0, this.maxLevel);
    return this.#about.digitCounts[level]!;
  }
  /** The scale of a level, to double precision. */
  scale(level: number): number {
    requireInteger(level, 'the level', 0, this.maxLevel);
    return this.#about.scales[level]!;
  }
  /** Primes of a ciphertext at a level. */
  limbCount(level: number): number {
    requireInteger(level, 'the level', 0, this.maxLevel);
    return this.#about.limbCounts[level]!;
  }

  /** Bytes of a ciphertext as a file or message. `fresh`: just encrypted under the secret key, so that a seed stands for half of it. */
  ciphertextSize(
    shape: { readonly level?: number; readonly degree?: number; readonly fresh?: boolean } = {},
  ): number {
    const {
      level = this.maxLevel,
      degree = 1,
      fresh = false,
    } = checkOptions(shape, ['level', 'degree', 'fresh'], 'ciphertextSize()');
    requireInteger(level, 'level', 0, this.maxLevel);
    requireInteger(degree, 'degree', 1, 2);
    requireBoolean(fresh, 'fresh');
    return call(() => native.ciphertextSize(Handle.unwrap(this), level, degree, fresh));
  }

  /**
   * Bytes of evaluation keys, before any is made.
   */
  evaluationKeySize(keys: KeySizeRequest): KeySize {
    const { wanted, further } = checkKeySizeRequest(keys, this.maxLevel);
    return call(() => native.evaluationKeysSize(Handle.unwrap(this), ...wanted, further));
  }

  /** The set in a few lines of text. */
  describe(): string {
    const { logQ, logP, logScale } = this.literal;
    const { bootstrapping } = this;
    const limit = this.maxLogQP > 0 ? ` of at most ${this.maxLogQP} at 128 bits of security` : '';
    return [
      `CKKS parameters ${this.fingerprint.slice(0, 16)}`,
      `  N = 2^${this.logN}, ${this.slots} slots, ${this.maxLevel} levels, scale 2^${logScale}`,
      `  log2 Q by level: ${logQ.join(', ')}; log2 P: ${logP.length === 0 ? 'none (no key switching)' : logP.join(', ')}`,
      `  log2 QP = ${this.logQP.toFixed(1)}${limit}${this.security === 'none' ? '; security: none, for tests only' : ''}`,
      ...(bootstrapping
        ? [
            `  bootstrapping: the uppermost ${bootstrapping.levels} levels, from level ${bootstrapping.inputLevel} on, under a secret of weight ${bootstrapping.secretWeight} at level 0`,
          ]
        : []),
      ...this.reasons.map((reason) => `  - ${reason}`),
    ].join('\n');
  }

  /** @internal */
  static native(parameters: CkksParameters): NativeParameters {
    requireInstance(parameters, CkksParameters, 'the parameters');
    return Handle.unwrap(parameters);
  }
}
