import { refuse, requireFinite, requireInteger, requirePositive } from '../check.js';
import { evaluateChebyshev } from './chebyshev.js';
import { polynomialLevels, polynomialProducts } from './cost.js';
import { requireInterval } from './interval.js';
import type { Interval } from './interval.js';

// A function as a short program of polynomials and products: plain data, which can be stored, sent and run in the clear
// or on ciphertexts. Value 0 (and 1, of two operands) is what the function is taken of; every step adds a value.

/** A Chebyshev series of an earlier value. */
export interface PolynomialStep {
  readonly kind: 'polynomial';
  readonly input: number;
  readonly chebyshev: readonly number[];
  readonly interval: Interval;
  /** No value of the step is larger in magnitude, on the domain of the composite. */
  readonly magnitude: number;
}

/** The product of two earlier values, or the square of one. Spends one level. */
export interface ProductStep {
  readonly kind: 'product';
  readonly inputs: readonly [number, number];
  readonly magnitude: number;
}

/** A number times an earlier value. Spends one level. */
export interface ScaleStep {
  readonly kind: 'scale';
  readonly input: number;
  readonly factor: number;
  readonly magnitude: number;
}

/** Earlier values, each with its sign, and a constant. Spends no level. */
export interface SumStep {
  readonly kind: 'sum';
  readonly inputs: readonly number[];
  readonly signs: readonly (1 | -1)[];
  readonly constant: number;
  readonly magnitude: number;
}

/** A step of a composite; it adds one value to those that later steps can read. */
export type CompositeStep = PolynomialStep | ProductStep | ScaleStep | SumStep;

/** Where the error of a composite holds. */
export interface CompositeDomain {
  /** Each operand is in here. */
  readonly interval: Interval;
  /** The operand, or the difference of the two, is at least so far from 0; if absent, anything. */
  readonly gap?: number;
}

/** A function as polynomials and products. The last step is its value. */
export interface Composite {
  readonly name: string;
  /** How many operands the function has. */
  readonly operands: 1 | 2;
  readonly domain: CompositeDomain;
  /** The largest error on the domain; as a part of the function's value where it is relative. */
  readonly error: number;
  readonly errorKind: 'absolute' | 'relative';
  readonly steps: readonly CompositeStep[];
  /** Levels that an encrypted evaluation spends. */
  readonly levels: number;
  /** About how many products of ciphertexts it takes. */
  readonly products: number;
}

/** The indices of the values that a step reads. */
export const inputsOf = (step: CompositeStep): readonly number[] =>
  'inputs' in step ? step.inputs : [step.input];

/** Levels that a step spends below the lowest of its inputs. */
export function levelsOf(step: CompositeStep): number {
  if (step.kind === 'polynomial') return polynomialLevels(step.chebyshev.length - 1, step.interval);
  return step.kind === 'sum' ? 0 : 1;
}

function productsOf(step: CompositeStep): number {
  if (step.kind === 'polynomial') return polynomialProducts(step.chebyshev.length - 1);
  return step.kind === 'product' ? 1 : 0;
}

/** The levels spent once each step is done, and those of all. */
export function depthsOf(composite: Pick<Composite, 'operands' | 'steps'>): number[] {
  const depths = new Array<number>(composite.operands).fill(0);
  for (const step of composite.steps)
    depths.push(Math.max(...inputsOf(step).map((i) => depths[i]!)) + levelsOf(step));
  return depths;
}

function freezeStep(step: CompositeStep): CompositeStep {
  for (const value of Object.values(step)) if (typeof value === 'object') Object.freeze(value);
  return Object.freeze({ ...step });
}

/** A composite with its levels and products counted, frozen through. */
export function makeComposite(parts: Omit<Composite, 'levels' | 'products'>): Composite {
  const { interval } = parts.domain;
  return Object.freeze({
    ...parts,
    domain: Object.freeze({ ...parts.domain, interval: Object.freeze([interval[0], interval[1]] as const) }),
    steps: Object.freeze(parts.steps.map(freezeStep)),
    levels: Math.max(...depthsOf(parts)),
    products: parts.steps.reduce((sum, step) => sum + productsOf(step), 0),
  });
}

/** The composite with the fewest levels, and of those with the fewest products. */
export const cheapest = (composites: readonly Composite[]): Composite | undefined =>
  composites.toSorted((a, b) => a.levels - b.levels || a.products - b.products)[0];

/** Refuses what is no composite: they are data, and may have come from anywhere. */
export function checkComposite(composite: unknown): asserts composite is Composite {
  if (typeof composite !== 'object' || composite === null) refuse('a composite', 'the composite', composite);
  const { operands, steps } = composite as Composite;
  requireInteger(operands, 'the operands of a composite', 1, 2);
  if (!Array.isArray(steps) || steps.length === 0)
    refuse('at least one step', 'the steps of a composite', steps);
  (steps as readonly CompositeStep[]).forEach((step, i) => {
    const subject = `step ${i} of a composite`;
    if (typeof step !== 'object' || (step as unknown) === null) refuse('an object', subject, step);
    if (!['polynomial', 'product', 'scale', 'sum'].includes(step.kind))
      refuse('polynomial, product, scale or sum', `the kind of ${subject}`, step.kind);
    const inputs: unknown = inputsOf(step);
    if (!Array.isArray(inputs) || inputs.length === 0 || (step.kind === 'product' && inputs.length !== 2))
      refuse('earlier values', `the inputs of ${subject}`, inputs);
    for (const input of inputs as readonly unknown[])
      requireInteger(input, `an input of ${subject}`, 0, operands + i - 1);
    requirePositive(step.magnitude, `the magnitude of ${subject}`);
    if (step.kind === 'polynomial') {
      requireInterval(step.interval, subject);
      if (!Array.isArray(step.chebyshev))
        refuse('an array of numbers', `the series of ${subject}`, step.chebyshev);
      for (const c of step.chebyshev as readonly unknown[]) requireFinite(c, `a coefficient of ${subject}`);
      if (step.chebyshev.slice(1).every((c) => c === 0))
        refuse('a series of degree 1 or more', subject, step.chebyshev);
    } else if (step.kind === 'scale') {
      requireFinite(step.factor, `the factor of ${subject}`);
    } else if (step.kind === 'sum') {
      requireFinite(step.constant, `the constant of ${subject}`);
      if (!Array.isArray(step.signs) || step.signs.length !== step.inputs.length)
        refuse('a sign for every input', `the signs of ${subject}`, step.signs);
      for (const sign of step.signs as readonly unknown[])
        if (sign !== 1 && sign !== -1) refuse('1 or -1', `a sign of ${subject}`, sign);
    }
  });
}

/**
 * The value of a composite in the clear.
 *
 * @example
 * ```ts
 * evaluateComposite(composites.maximum({ error: 0.01 }), 0.25, 0.75); // about 0.75
 * ```
 */
export function evaluateComposite(composite: Composite, ...operands: readonly number[]): number {
  checkComposite(composite);
  if (operands.length !== composite.operands)
    refuse(`${composite.operands} numbers`, 'the operands of a composite', operands);
  operands.forEach((x, i) => {
    requireFinite(x, `operand ${i}`);
  });
  return valuesOf(composite.steps, operands).at(-1)!;
}

/** Operands and the value of every step. */
export function valuesOf(steps: readonly CompositeStep[], operands: readonly number[]): number[] {
  const values = [...operands];
  for (const step of steps) {
    switch (step.kind) {
      case 'polynomial':
        values.push(evaluateChebyshev(step.chebyshev, step.interval, values[step.input]!));
        break;
      case 'product':
        values.push(values[step.inputs[0]]! * values[step.inputs[1]]!);
        break;
      case 'scale':
        values.push(step.factor * values[step.input]!);
        break;
      case 'sum':
        values.push(
          step.inputs.reduce((sum, from, i) => sum + step.signs[i]! * values[from]!, step.constant),
        );
    }
  }
  return values;
}
