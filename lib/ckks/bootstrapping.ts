import { checkOptions, refuse, requireBoolean, requireInteger } from '../check.js';
import type { NativeBootstrappingKeys } from '../native.js';

/**
 * How many rotation keys bootstrapping has: `fast` takes the rotations that cost the least time, `small` about a third of them.
 * Evaluation keys serve a Bootstrapper of the same budget.
 */
export type KeyBudget = 'small' | 'fast';

/** What a Bootstrapper and its evaluation keys have in common. */
export interface BootstrappingKeyOptions {
  /** 'fast' if absent. */
  readonly keys?: KeyBudget;
  /**
   * So many ciphertexts are packed into one, bootstrapped together and unpacked: a power of two, at most N/2 over the slots of
   * one. 1 if absent.
   */
  readonly batch?: number;
}

/** Whether the keys of bootstrapping are wanted, and for what. true: the budget 'fast', one ciphertext at a time. */
export type BootstrappingKeys = boolean | BootstrappingKeyOptions;

/**
 * Which transform a bootstrapping begins with. `coefficients-to-slots-first`: ciphertexts are bootstrapped from level 0, whatever
 * their slots. `slots-to-coefficients-first`: the first transform spends levels of the users', where it costs next to nothing,
 * and the errors of the modular reduction are not summed over all slots; for ciphertexts of N/2 slots.
 */
export type BootstrappingOrder = (typeof bootstrappingOrders)[number];

export const bootstrappingOrders = ['coefficients-to-slots-first', 'slots-to-coefficients-first'] as const;

/**
 * What a set by hand adds to be bootstrapped. Its levels are the uppermost of `logQ`, above those that users compute at; with
 * slots to coefficients first, those of that transform are the users' lowest, and the last level of the modular reduction has
 * 2 logScale − (the users' logScale) − logMessageRatio + 2.65 bits.
 */
export interface BootstrappingLiteral {
  /** 'coefficients-to-slots-first' if absent. */
  readonly order?: BootstrappingOrder;
  /** Levels that take a polynomial's coefficients to slots, one a factor of the transform. 3 if absent. */
  readonly coefficientsToSlots?: number;
  /** Levels of the way back. 3 if absent. */
  readonly slotsToCoefficients?: number;
  /** log2 of the scale of the modular reduction at its first level. 66 if absent. */
  readonly logScale?: number;
  /** Degree of the polynomial that stands for the cosine: ⌈log2(degree + 1)⌉ levels. 31 if absent. */
  readonly degree?: number;
  /** Doublings of the angle that follow, a level each. 3 if absent. */
  readonly doubleAngles?: number;
  /** 1 (if absent): the sine is taken for its angle; 3, 5, 7: so many terms of the arcsine's series. */
  readonly arcsineDegree?: number;
  /** log2 of q_0 over what a message of magnitude 1 has: the sine's error falls with it. 12 if absent. */
  readonly logMessageRatio?: number;
  /** Hamming weight of the secret under which the modulus is raised. 32 if absent. */
  readonly secretWeight?: number;
}

/** What bootstrapping does under a parameter set. */
export interface BootstrappingDescription extends Required<BootstrappingLiteral> {
  /** Products one after the other from one bootstrapping to the next: from `parameters.maxLevel` down to `inputLevel`. */
  readonly levelsAfter: number;
  /** The lowest level that a ciphertext can be bootstrapped from. */
  readonly inputLevel: number;
  /** Levels above the users', which bootstrapping spends. */
  readonly levels: number;
}

export const bootstrappingNumbers = [
  'coefficientsToSlots',
  'slotsToCoefficients',
  'logScale',
  'degree',
  'doubleAngles',
  'arcsineDegree',
  'logMessageRatio',
  'secretWeight',
] as const satisfies readonly (keyof BootstrappingLiteral)[];
const bootstrappingNames = ['order', ...bootstrappingNumbers] as const;

/** Refuses what is no literal; the core knows the ranges. */
export function checkBootstrapping(literal: BootstrappingLiteral): BootstrappingLiteral {
  const checked = checkOptions(literal, bootstrappingNames, 'bootstrapping');
  for (const name of bootstrappingNumbers)
    if (checked[name] !== undefined) requireInteger(checked[name], `bootstrapping.${name}`, 0, 2 ** 15);
  if (checked.order !== undefined && !bootstrappingOrders.includes(checked.order))
    refuse(
      bootstrappingOrders.map((order) => `'${order}'`).join(' or '),
      'bootstrapping.order',
      checked.order,
    );
  return checked;
}

/** The lowest level that ciphertexts can be bootstrapped from: the first transform spends those below. */
export const bootstrappingInputLevel = ({ order, slotsToCoefficients = 3 }: BootstrappingLiteral): number =>
  order === 'slots-to-coefficients-first' ? slotsToCoefficients : 0;

export function requireKeyBudget(value: unknown, subject: string): asserts value is KeyBudget {
  if (value !== 'small' && value !== 'fast') refuse("'small' or 'fast'", subject, value);
}

/** With what is absent, and numbers that could be a batch; the core knows what fits the ring. */
export function checkKeyOptions(
  { keys = 'fast', batch = 1 }: { readonly keys?: unknown; readonly batch?: unknown },
  prefix = '',
): NativeBootstrappingKeys {
  requireKeyBudget(keys, `${prefix}keys`);
  requireBatch(batch, `${prefix}batch`);
  return { keys, batch };
}

/** Refuses what is a power of two in no ring. */
export function requireBatch(value: unknown, subject: string): asserts value is number {
  requireInteger(value, subject, 1, 2 ** 15);
  if (!Number.isInteger(Math.log2(value)))
    refuse('a power of two (so many ciphertexts are packed into one; 1 for none)', subject, value, { value });
}

/** What a request for evaluation keys asks of bootstrapping's; undefined: none. */
export function bootstrappingKeysOf(request: BootstrappingKeys): NativeBootstrappingKeys | undefined {
  const subject = 'bootstrapping';
  if (typeof request === 'object' && (request as unknown) !== null)
    return checkKeyOptions(checkOptions(request, ['keys', 'batch'], subject), `${subject}.`);
  requireBoolean(request, subject);
  return request ? { keys: 'fast', batch: 1 } : undefined;
}
