import { checkOptions, refuse, requireInstance, requireInteger, requireNonNegative } from '../check.js';
import { Handle } from '../handle.js';
import { call, native, run } from '../native.js';
import type { NativeTfheParameters } from '../native.js';
import { requireSecurity } from '../security.js';
import type { Security } from '../security.js';

/** A signed gadget decomposition: `levels` digits of `baseLog` bits, the most significant first. */
export interface Gadget {
  readonly baseLog: number;
  readonly levels: number;
}

/** A parameter set by hand. Noises are TUniform(b), uniform on [-2^b, 2^b] in units of 2^-64 of the torus. */
export interface TfheLiteral {
  /** Bits of a message, under one bit of padding; from 1 to 8. */
  readonly messageBits: number;
  /** n: bits of the small key, which the bootstrap runs under. */
  readonly lweDimension: number;
  /** b of the key switch's key. */
  readonly lweNoise: number;
  /** k: polynomials of the big key. */
  readonly glweDimension: number;
  /** log2 of the polynomial size N, from 9 to 16. */
  readonly logN: number;
  /** b of ciphertexts and of the bootstrapping key. */
  readonly glweNoise: number;
  readonly bootstrap: Gadget;
  readonly keySwitch: Gadget;
  /** 'classical-128' if absent: 'none' is the only spelling of anything weaker. */
  readonly security?: Security;
}

/**
 * Sets by their message bits, at 128 bits of security. A look-up whose input is a sum of outputs of look-ups with squared
 * weights of 5 (2 bits), 25 (4 bits) or 50 (6 bits) in all fails with a probability below 2^-128: see logFailure().
 */
export const parameterSets: Readonly<Record<2 | 4 | 6, TfheLiteral>> = Object.freeze({
  2: {
    messageBits: 2,
    lweDimension: 879,
    lweNoise: 46,
    glweDimension: 4,
    logN: 9,
    glweNoise: 17,
    bootstrap: { baseLog: 23, levels: 1 },
    keySwitch: { baseLog: 5, levels: 3 },
  },
  4: {
    messageBits: 4,
    lweDimension: 918,
    lweNoise: 45,
    glweDimension: 1,
    logN: 11,
    glweNoise: 17,
    bootstrap: { baseLog: 23, levels: 1 },
    keySwitch: { baseLog: 4, levels: 4 },
  },
  6: {
    messageBits: 6,
    lweDimension: 1077,
    lweNoise: 41,
    glweDimension: 1,
    logN: 13,
    glweNoise: 3,
    bootstrap: { baseLog: 15, levels: 2 },
    keySwitch: { baseLog: 4, levels: 5 },
  },
});

const literalNames = [
  'messageBits',
  'lweDimension',
  'lweNoise',
  'glweDimension',
  'logN',
  'glweNoise',
  'bootstrap',
  'keySwitch',
  'security',
] as const;

function checkGadget(value: unknown, subject: string): Gadget {
  if (typeof value !== 'object' || value === null) refuse('{ baseLog, levels }', subject, value);
  const { baseLog, levels } = checkOptions(value as Gadget, ['baseLog', 'levels'], subject);
  requireInteger(baseLog, `${subject}.baseLog`, 1, 64);
  requireInteger(levels, `${subject}.levels`, 1, 64);
  return { baseLog, levels };
}

/**
 * A checked, immutable parameter set.
 *
 * @example
 * ```ts
 * const parameters = await TfheParameters.create(parameterSets[4]);
 * console.log(parameters.messageCount, parameters.logFailure(25));
 * ```
 */
export class TfheParameters extends Handle<NativeTfheParameters> {
  readonly #about;

  private constructor(handle: NativeTfheParameters) {
    super(handle);
    this.#about = call(() => native.tfheDescribeParameters(handle));
  }

  /**
   * Throws ParameterError for a set that cannot work, and with SECURITY_INSUFFICIENT for one outside the dimensions and
   * noises that are known to give 128 bits of security.
   */
  static async create(literal: TfheLiteral): Promise<TfheParameters> {
    if (typeof literal !== 'object' || (literal as unknown) === null)
      refuse('an object', 'the parameters', literal);
    const {
      bootstrap,
      keySwitch,
      security = 'classical-128',
      ...sizes
    } = checkOptions(literal, literalNames, 'TFHE parameters');
    for (const name of literalNames.slice(0, 6) as readonly (keyof typeof sizes)[])
      requireInteger(sizes[name], name, 0, 2 ** 20);
    requireSecurity(security);
    const complete = {
      ...sizes,
      bootstrap: checkGadget(bootstrap, 'bootstrap'),
      keySwitch: checkGadget(keySwitch, 'keySwitch'),
      security,
    };
    return new TfheParameters(await run(undefined, (watch) => native.tfheCreateParameters(complete, watch)));
  }

  /** The set as it was made; create() makes the same set of it. */
  get literal(): Required<TfheLiteral> {
    return this.#about.literal;
  }
  /** Bits of a message, under one bit of padding. */
  get messageBits(): number {
    return this.literal.messageBits;
  }
  /** Entries of a table: messages are 0 … messageCount - 1. */
  get messageCount(): number {
    return 2 ** this.messageBits;
  }
  /** What the set promises: 'classical-128', or 'none' for tests. */
  get security(): Security {
    return this.literal.security;
  }
  /** Bytes of a ciphertext in memory. */
  get ciphertextBytes(): number {
    return this.#about.ciphertextBytes;
  }
  /** The variance of a fresh ciphertext's noise, as a fraction of the torus squared. */
  get freshVariance(): number {
    return this.#about.freshVariance;
  }
  /** The variance of what a look-up gives. */
  get bootstrapVariance(): number {
    return this.#about.bootstrapVariance;
  }
  /** SHA-256 over all that makes two sets interchangeable, in hexadecimal. */
  get fingerprint(): string {
    return this.#about.fingerprint;
  }

  /**
   * log2 of the probability that a look-up takes a wrong entry, when its input is a linear map of outputs of look-ups
   * whose squared weights add up to `squaredNorm`.
   */
  logFailure(squaredNorm: number): number {
    requireNonNegative(squaredNorm, 'squaredNorm');
    return call(() => native.tfheLogFailure(Handle.unwrap(this), squaredNorm));
  }

  /** @internal */
  static native(parameters: TfheParameters): NativeTfheParameters {
    requireInstance(parameters, TfheParameters, 'the parameters');
    return Handle.unwrap(parameters);
  }
}
