import { checkOptions, checkRun, refuse, requireBoolean, requireInteger, runOptionNames } from '../check.js';
import type { NativeKeyRequest, RunOptions } from '../native.js';
import { bootstrappingKeysOf } from './bootstrapping.js';
import type { BootstrappingKeys } from './bootstrapping.js';

/** Which evaluation keys to make. Ask for no more than is used: they are large. */
export interface EvaluationKeyRequest extends RunOptions {
  /** For products of ciphertexts: true, or only up to a level. */
  readonly relinearization?: boolean | { readonly level: number };
  /** Steps to the left (negative: to the right), each for the common level or up to one of its own. */
  readonly rotations?: readonly (number | { readonly steps: number; readonly level: number })[];
  readonly conjugation?: boolean | { readonly level: number };
  /**
   * Every key that a Bootstrapper needs, each at the highest level where it is used. true: for the budget 'fast', one ciphertext
   * at a time.
   * The levels of the others concern only what they are asked for.
   */
  readonly bootstrapping?: BootstrappingKeys;
  /** The highest level at which the keys are used; the set's highest if absent. Lower ones are smaller and faster. */
  readonly level?: number;
}

const requestNames = [
  'relinearization',
  'rotations',
  'conjugation',
  'bootstrapping',
  'level',
  ...runOptionNames,
] as const;

/** What evaluation keys are to be weighed. */
export interface KeySizeRequest {
  /** The level, or true for the common one. */
  readonly relinearization?: boolean | number;
  readonly conjugation?: boolean | number;
  /**
   * How many at the common level, or for each its level, or its steps and its level. Those without steps are keys of their
   * own; what is wanted twice by its steps, or by `bootstrapping` too, is one key.
   */
  readonly rotations?: number | readonly (number | Turn)[];
  readonly bootstrapping?: BootstrappingKeys;
  /** The common level; the set's highest if absent. */
  readonly level?: number;
}

interface Turn {
  readonly steps: number;
  readonly level: number;
}

const sizeNames = ['relinearization', 'conjugation', 'rotations', 'bootstrapping', 'level'] as const;
const mostSteps = 2 ** 31 - 1;

function checkTurn(entry: unknown, name: string, maxLevel: number): Turn {
  const { steps, level } = checkOptions(entry as Turn, ['steps', 'level'], name);
  requireInteger(steps, name, -mostSteps, mostSteps);
  requireInteger(level, `${name}.level`, 0, maxLevel);
  return { steps, level };
}

const nativeRequest = (
  relinearization: number,
  turns: readonly Turn[],
  conjugation: number,
  bootstrapping: BootstrappingKeys,
): NativeKeyRequest => [
  relinearization,
  Int32Array.from(turns, ({ steps }) => steps),
  Int32Array.from(turns, ({ level }) => level),
  conjugation,
  bootstrappingKeysOf(bootstrapping),
];

/** What KeyGenerator is asked for, as the core takes it. */
export function checkKeyRequest(
  request: EvaluationKeyRequest,
  maxLevel: number,
  subject: string,
): { wanted: NativeKeyRequest; watching: RunOptions } {
  const {
    relinearization = false,
    rotations = [],
    conjugation = false,
    bootstrapping = false,
    level = maxLevel,
    ...rest
  } = checkOptions(request, requestNames, subject);
  requireInteger(level, 'level', 0, maxLevel);
  const levelOf = (value: unknown, name: string): number => {
    if (typeof value === 'object' && value !== null) {
      const own = checkOptions(value as { level: number }, ['level'], name).level;
      requireInteger(own, `${name}.level`, 0, maxLevel);
      return own;
    }
    requireBoolean(value, name);
    return value ? level : -1;
  };
  if (!Array.isArray(rotations)) refuse('an array of steps', 'rotations', rotations);
  const turns = Array.from(rotations as readonly unknown[], (entry, i) =>
    checkTurn(
      typeof entry === 'object' && entry !== null ? entry : { steps: entry, level },
      `rotations[${i}]`,
      maxLevel,
    ),
  );
  const wanted = nativeRequest(
    levelOf(relinearization, 'relinearization'),
    turns,
    levelOf(conjugation, 'conjugation'),
    bootstrapping,
  );
  return { wanted, watching: checkRun(rest, subject) };
}

/** The same for sizes: `further` are the levels of keys without steps. */
export function checkKeySizeRequest(
  request: KeySizeRequest,
  maxLevel: number,
): { wanted: NativeKeyRequest; further: Int32Array } {
  const {
    relinearization = false,
    conjugation = false,
    rotations = 0,
    bootstrapping = false,
    level = maxLevel,
  } = checkOptions(request, sizeNames, 'evaluationKeySize()');
  requireInteger(level, 'level', 0, maxLevel);
  const levelOf = (value: unknown, name: string): number => {
    if (typeof value === 'boolean') return value ? level : -1;
    requireInteger(value, name, -1, maxLevel);
    return value;
  };
  const turns: Turn[] = [];
  const further: number[] = [];
  if (Array.isArray(rotations)) {
    for (const [i, entry] of (rotations as readonly unknown[]).entries()) {
      const name = `rotations[${i}]`;
      if (typeof entry === 'object' && entry !== null) {
        turns.push(checkTurn(entry, name, maxLevel));
      } else {
        requireInteger(entry, name, 0, maxLevel);
        further.push(entry);
      }
    }
  } else {
    requireInteger(rotations, 'rotations', 0, 2 ** 17);
    further.push(...Array<number>(rotations).fill(level));
  }
  const wanted = nativeRequest(
    levelOf(relinearization, 'relinearization'),
    turns,
    levelOf(conjugation, 'conjugation'),
    bootstrapping,
  );
  return { wanted, further: Int32Array.from(further) };
}
