import { checkOptions, refuse, requireFinite, requireInteger, requirePositive } from '../check.js';

/**
 * What is done with a gradient g. Gradient descent: w ← w − r g. Momentum: u ← μ u − r g, w ← w + u. Nesterov: the same
 * velocity, w ← w + μ u − r g, weights being those where the gradient is taken (Sutskever, Martens, Dahl, Hinton, "On the
 * importance of initialization and momentum in deep learning", 2013).
 */
export type Optimizer =
  | { readonly kind: 'gradientDescent' }
  | { readonly kind: 'momentum'; readonly momentum: number }
  | { readonly kind: 'nesterov'; readonly momentum: number };

/**
 * The rate r of step t = 0, 1, …: a number; `initial · factor^⌊t / every⌋`; or half a cosine from `initial` down to `final`
 * over `steps`, and `final` from then on. It is a clear number: it never changes what is planned.
 */
export type LearningRate =
  | number
  | {
      readonly kind: 'exponential';
      readonly initial: number;
      readonly factor: number;
      readonly every?: number;
    }
  | { readonly kind: 'cosine'; readonly initial: number; readonly final?: number; readonly steps: number };

/** The rate of a step. */
export function rateAt(schedule: LearningRate, step: number): number {
  if (typeof schedule === 'number') return schedule;
  if (schedule.kind === 'exponential')
    return schedule.initial * schedule.factor ** Math.floor(step / (schedule.every ?? 1));
  const { initial, final = 0, steps } = schedule;
  return final + ((initial - final) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
}

/** Refuses what is no optimizer. */
export function checkOptimizer(given: Optimizer): Optimizer {
  if (typeof given !== 'object' || (given as unknown) === null) refuse('an object', 'the optimizer', given);
  switch (given.kind) {
    case 'gradientDescent':
      return checkOptions(given, ['kind'], 'gradient descent');
    case 'momentum':
    case 'nesterov': {
      const { kind, momentum } = checkOptions(given, ['kind', 'momentum'], `the optimizer ${given.kind}`);
      requireFinite(momentum, 'optimizer.momentum');
      if (momentum <= 0 || momentum >= 1)
        refuse('a number above 0 and below 1', 'optimizer.momentum', momentum, { value: momentum });
      return { kind, momentum };
    }
    default:
      return refuse(
        "'gradientDescent', 'momentum' or 'nesterov'",
        'optimizer.kind',
        (given as { kind: unknown }).kind,
      );
  }
}

/** Refuses what is no schedule of positive rates. */
export function checkLearningRate(given: LearningRate): LearningRate {
  const subject = 'learningRate';
  if (typeof given === 'number') {
    requirePositive(given, subject);
    return given;
  }
  if (typeof given !== 'object' || (given as unknown) === null)
    refuse('a number or a schedule', subject, given);
  switch (given.kind) {
    case 'exponential': {
      const { every = 1 } = checkOptions(given, ['kind', 'initial', 'factor', 'every'], subject);
      requirePositive(given.initial, `${subject}.initial`);
      requirePositive(given.factor, `${subject}.factor`);
      requireInteger(every, `${subject}.every`, 1);
      return given;
    }
    case 'cosine': {
      const { final = 0, steps } = checkOptions(given, ['kind', 'initial', 'final', 'steps'], subject);
      requirePositive(given.initial, `${subject}.initial`);
      requireFinite(final, `${subject}.final`);
      if (final < 0 || final > given.initial)
        refuse('a number from 0 to the initial rate', `${subject}.final`, final, { value: final });
      requireInteger(steps, `${subject}.steps`, 1);
      return given;
    }
    default:
      return refuse("'exponential' or 'cosine'", `${subject}.kind`, (given as { kind: unknown }).kind);
  }
}
