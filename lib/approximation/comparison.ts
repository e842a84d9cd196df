import { checkOptions, refuse, requirePositive } from '../check.js';
import { evaluateChebyshev } from './chebyshev.js';
import { makeComposite } from './composite.js';
import type { Composite, CompositeStep } from './composite.js';
import { largestMagnitude } from './extrema.js';
import { requireInterval } from './interval.js';
import { signStages } from './sign.js';
import type { SignStages } from './sign.js';

// Functions that turn on a comparison: the sign's stages, then a product.

/** Domain and error of a sign. */
export interface SignOptions {
  /** The largest error, below 1. */
  readonly error: number;
  /** How near to 0 the sign (or to each other the two operands) may be: nearer, the value is anything between. */
  readonly gap: number;
  /** No operand is larger in magnitude. 1 if absent; any other costs a level. */
  readonly bound?: number;
}

/** Domain and error of a function of one operand around 0. */
export interface BoundedOptions {
  /** The largest error. */
  readonly error: number;
  /** No operand is larger in magnitude. 1 if absent; any other costs a level. */
  readonly bound?: number;
}

/** Domain and error of a function of two operands. */
export interface PairOptions {
  /** The largest error. */
  readonly error: number;
  /** The operands lie in here. [0, 1] if absent; a length other than 1 costs a level. */
  readonly interval?: readonly [lower: number, upper: number];
}

/** Domain and error of a comparison. */
export type ComparisonOptions = PairOptions & Pick<SignOptions, 'gap'>;

const kCurve = 4096;

/** Steps of the stages on [-bound, bound]; the last one's value v becomes factor · v + constant. */
function stageSteps(
  { stages, error }: Pick<SignStages, 'stages' | 'error'>,
  input: number,
  bound: number,
  factor: number,
  constant: number,
): CompositeStep[] {
  return stages.map(({ chebyshev }, i) => {
    const last = i === stages.length - 1;
    const series = last ? chebyshev.map((c, k) => factor * c + (k === 0 ? constant : 0)) : chebyshev;
    return {
      kind: 'polynomial',
      input: input + i,
      chebyshev: series,
      interval: i === 0 ? [-bound, bound] : [-1, 1],
      magnitude: last ? Math.abs(constant) + Math.abs(factor) * (1 + error) : 1,
    };
  });
}

/** The same for two operands, whose difference comes first. */
function ofDifference(
  stages: SignStages,
  [lower, upper]: readonly [number, number],
  factor: number,
  constant: number,
): CompositeStep[] {
  const bound = upper - lower;
  const difference: CompositeStep = {
    kind: 'sum',
    inputs: [0, 1],
    signs: [1, -1],
    constant: 0,
    magnitude: bound,
  };
  return [difference, ...stageSteps(stages, 2, bound, factor, constant)];
}

function requireGap(gap: unknown, bound: number): asserts gap is number {
  requirePositive(gap, 'gap');
  if (gap >= bound) refuse(`a number below ${bound}, the furthest from 0,`, 'gap', gap);
}

function pairInterval({ interval = [0, 1] }: Pick<PairOptions, 'interval'>): readonly [number, number] {
  requireInterval(interval, 'the operands');
  return interval;
}

/**
 * The sign of x for gap ≤ |x| ≤ bound; for smaller |x| a value between about -1 and 1.
 *
 * @example
 * ```ts
 * const sign = composites.sign({ gap: 1 / 64, error: 0.01 });
 * const s = await evaluator.evaluateComposite(x, sign);
 * ```
 */
export function sign(options: SignOptions): Composite {
  const { error, gap, bound = 1 } = checkOptions(options, ['error', 'gap', 'bound'], 'sign()');
  requirePositive(bound, 'bound');
  requireGap(gap, bound);
  const stages = signStages(gap / bound, error);
  return makeComposite({
    name: 'sign',
    operands: 1,
    domain: { interval: [-bound, bound], gap },
    error: stages.error,
    errorKind: 'absolute',
    steps: stageSteps(stages, 0, bound, 1, 0),
  });
}

/** 1 where a > b, 0 where a < b, for a and b at least `gap` apart; nearer, a value between. */
export function comparison(options: ComparisonOptions): Composite {
  const { error, gap, ...rest } = checkOptions(options, ['error', 'gap', 'interval'], 'comparison()');
  requirePositive(error, 'error');
  const interval = pairInterval(rest);
  requireGap(gap, interval[1] - interval[0]);
  const stages = signStages(gap / (interval[1] - interval[0]), Math.min(2 * error, 0.99));
  return makeComposite({
    name: 'comparison',
    operands: 2,
    domain: { interval, gap },
    error: stages.error / 2,
    errorKind: 'absolute',
    steps: ofDifference(stages, interval, 0.5, 0.5),
  });
}

/** The largest x · |1 − s(x)| for 0 ≤ x ≤ gap, where s are the stages. */
function errorInGap(stages: SignStages['stages'], gap: number): number {
  const value = (x: number): number =>
    stages.reduce((v, { chebyshev }) => evaluateChebyshev(chebyshev, [-1, 1], v), x);
  return largestMagnitude((x) => x * (1 - value(x)), [[0, gap]], kCurve);
}

/** Tries at a gap; each comes nearer to the largest that keeps to the error. */
const kGaps = 6;

/**
 * Stages s for |x| ≈ x · s(x) on [-1, 1]. Beyond the gap the error is that of the sign, within it that of a curve below
 * 1, which grows with the gap: the largest gap is the cheapest.
 */
function magnitudeStages(error: number): SignStages {
  if (error >= 1) refuse('a number below the bound of the operands', 'error', error);
  let gap = Math.min(0.9, 4 * error);
  let found: (SignStages & { readonly levels: number; readonly products: number }) | undefined;
  for (let i = 0; i < kGaps; ++i) {
    const { stages, levels, products, error: beyond } = signStages(gap, error);
    const within = errorInGap(stages, gap);
    const cheaper =
      found === undefined || levels < found.levels || (levels === found.levels && products < found.products);
    if (within <= error && cheaper) found = { stages, levels, products, error: Math.max(beyond, within) };
    gap = Math.min(0.9, gap * 0.98 * (error / within));
  }
  return found ?? refuse('an error that can be reached', 'error', error);
}

/** |x| for |x| ≤ bound. */
export function absolute(options: BoundedOptions): Composite {
  const { error, bound = 1 } = checkOptions(options, ['error', 'bound'], 'absolute()');
  requirePositive(error, 'error');
  requirePositive(bound, 'bound');
  const stages = magnitudeStages(error / bound);
  const steps = stageSteps(stages, 0, bound, 1, 0);
  return makeComposite({
    name: 'absolute',
    operands: 1,
    domain: { interval: [-bound, bound] },
    error: bound * stages.error,
    errorKind: 'absolute',
    steps: [...steps, { kind: 'product', inputs: [0, steps.length], magnitude: bound * (1 + stages.error) }],
  });
}

/** max(x, 0) for |x| ≤ bound. */
export function relu(options: BoundedOptions): Composite {
  const { error, bound = 1 } = checkOptions(options, ['error', 'bound'], 'relu()');
  requirePositive(error, 'error');
  requirePositive(bound, 'bound');
  const stages = magnitudeStages(Math.min(0.99, (2 * error) / bound));
  const steps = stageSteps(stages, 0, bound, 0.5, 0.5);
  return makeComposite({
    name: 'relu',
    operands: 1,
    domain: { interval: [-bound, bound] },
    error: (bound * stages.error) / 2,
    errorKind: 'absolute',
    steps: [...steps, { kind: 'product', inputs: [0, steps.length], magnitude: bound * (1 + stages.error) }],
  });
}

/** b + relu(a − b) or a − relu(a − b). */
function extreme(name: 'maximum' | 'minimum', options: PairOptions): Composite {
  const { error, ...rest } = checkOptions(options, ['error', 'interval'], `${name}()`);
  requirePositive(error, 'error');
  const interval = pairInterval(rest);
  const bound = interval[1] - interval[0];
  const stages = magnitudeStages(Math.min(0.99, (2 * error) / bound));
  const steps = ofDifference(stages, interval, 0.5, 0.5);
  const product = steps.length + 2;
  const reached = (bound * stages.error) / 2;
  const largest = Math.max(Math.abs(interval[0]), Math.abs(interval[1])) + reached;
  return makeComposite({
    name,
    operands: 2,
    domain: { interval },
    error: reached,
    errorKind: 'absolute',
    steps: [
      ...steps,
      { kind: 'product', inputs: [2, product - 1], magnitude: bound + reached },
      name === 'maximum'
        ? { kind: 'sum', inputs: [1, product], signs: [1, 1], constant: 0, magnitude: largest }
        : { kind: 'sum', inputs: [0, product], signs: [1, -1], constant: 0, magnitude: largest },
    ],
  });
}

/** The larger of two operands. */
export const maximum = (options: PairOptions): Composite => extreme('maximum', options);

/** The smaller of two operands. */
export const minimum = (options: PairOptions): Composite => extreme('minimum', options);
