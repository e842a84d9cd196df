import { checkComposite, inputsOf, levelsOf } from '../approximation/composite.js';
import type { Composite, CompositeStep } from '../approximation/composite.js';
import { checkOptions, checkRun, refuse, requireInstance, runOptionNames } from '../check.js';
import { OperationError } from '../errors.js';
import type { RunOptions } from '../native.js';
import { Ciphertext } from './ciphertext.js';
import type { Evaluator } from './evaluator.js';

/** What progress counts a level of a step as. */
const kParts = 100;

/** Levels that products can still spend: a ciphertext that is due for a rescale has one less. */
const available = (ciphertext: Ciphertext): number => ciphertext.level - (ciphertext.scaleDegree - 1);

/** Refuses operands that a step would leave without a level, before any work. */
function requireLevels(composite: Composite, operands: readonly Ciphertext[]): void {
  const levels = operands.map(available);
  const left = Math.min(...levels);
  for (const step of composite.steps)
    levels.push(Math.min(...inputsOf(step).map((i) => levels[i]!)) - levelsOf(step));
  const lowest = Math.min(...levels);
  if (lowest < 0)
    throw new OperationError(
      'LEVEL_EXHAUSTED',
      `The composite ${composite.name} spends ${left - lowest} levels; the ciphertext has ${left}.`,
      { needed: left - lowest, left },
    );
}

/** Signed values and a constant: sums of what is positive, less what is negative. */
async function sum(
  evaluator: Evaluator,
  step: CompositeStep & { readonly kind: 'sum' },
  values: readonly (Ciphertext | undefined)[],
  options: RunOptions,
): Promise<Ciphertext> {
  const [first, ...rest] = step.inputs.map((from, i) => ({ value: values[from]!, sign: step.signs[i]! }));
  const { value, sign } = first!;
  let result =
    sign === 1 ? await evaluator.add(value, step.constant, options) : await evaluator.negate(value, options);
  const replace = (next: Ciphertext): void => {
    result.dispose();
    result = next;
  };
  try {
    if (sign === -1 && step.constant !== 0) replace(await evaluator.add(result, step.constant, options));
    for (const other of rest)
      replace(
        other.sign === 1
          ? await evaluator.add(result, other.value, options)
          : await evaluator.subtract(result, other.value, options),
      );
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  }
}

/** One step; what its inputs are known to be bounds its value. */
async function perform(
  evaluator: Evaluator,
  step: CompositeStep,
  values: readonly (Ciphertext | undefined)[],
  options: RunOptions,
): Promise<Ciphertext> {
  switch (step.kind) {
    case 'polynomial':
      return evaluator.evaluatePolynomial(values[step.input]!, step, options);
    case 'product': {
      const [a, b] = step.inputs;
      return a === b
        ? evaluator.square(values[a]!, options)
        : evaluator.multiply(values[a]!, values[b]!, options);
    }
    case 'scale':
      return evaluator.multiply(values[step.input]!, step.factor, options);
    case 'sum':
      return sum(evaluator, step, values, options);
  }
}

/**
 * A composite of every slot: see Evaluator.evaluateComposite().
 *
 * @internal
 */
export async function evaluateComposite(
  evaluator: Evaluator,
  operands: Ciphertext | readonly Ciphertext[],
  composite: Composite,
  options: RunOptions,
): Promise<Ciphertext> {
  checkComposite(composite);
  const subject = 'evaluateComposite()';
  const { signal, onProgress } = checkRun(checkOptions(options, runOptionNames, subject), subject);
  const list = Array.isArray(operands)
    ? Array.from(operands as readonly Ciphertext[])
    : [operands as Ciphertext];
  if (list.length !== composite.operands)
    refuse(`${composite.operands} ciphertexts`, `the operands of ${composite.name}`, operands);
  list.forEach((operand, i) => {
    requireInstance(operand, Ciphertext, `operand ${i}`);
  });
  requireLevels(composite, list);

  const { steps } = composite;
  const values: (Ciphertext | undefined)[] = [...list];
  /** The last step that reads a value. */
  const lastUse = new Map<number, number>();
  steps.forEach((step, i) => {
    for (const input of inputsOf(step)) lastUse.set(input, i);
  });
  const total = steps.reduce((parts, step) => parts + kParts * Math.max(1, levelsOf(step)), 0);
  let done = 0;
  let told = 0; // an operation inside a step counts for itself; what is told only rises
  try {
    for (const [i, step] of steps.entries()) {
      const parts = kParts * Math.max(1, levelsOf(step));
      const value = await perform(evaluator, step, values, {
        signal,
        onProgress:
          onProgress === undefined || step.kind === 'sum'
            ? undefined
            : (progress) => {
                const part = Math.floor((parts * progress.done) / progress.total);
                // The last of all comes with the result.
                if (part >= parts || done + part < told) return;
                told = done + part;
                onProgress({ done: told, total });
              },
      });
      values.push(value.declareNoise({ magnitude: step.magnitude }));
      value.dispose();
      done += parts;
      for (const input of new Set(inputsOf(step))) {
        if (input < list.length || lastUse.get(input) !== i) continue;
        values[input]!.dispose();
        values[input] = undefined;
      }
    }
    onProgress?.({ done: total, total });
    return values.pop()!;
  } finally {
    for (const value of values.slice(list.length)) value?.dispose();
  }
}
