import type { Ciphertext } from '../../ckks/ciphertext.js';
import type { Evaluator } from '../../ckks/evaluator.js';
import type { FoldedStep } from './fold.js';

/** How an execution is watched and stopped. */
export interface ExecutionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * Runs the steps on one batch: ciphertext i holds input i of every sample. The given ciphertexts stay the caller's;
 * everything in between is disposed of as soon as it has been used.
 */
export async function executeEncrypted(
  evaluator: Evaluator,
  steps: readonly FoldedStep[],
  inputs: readonly Ciphertext[],
  options: ExecutionOptions = {},
): Promise<Ciphertext[]> {
  const { signal } = options;
  let values: readonly Ciphertext[] = inputs;
  const disposeOf = (spent: readonly Ciphertext[]): void => {
    if (spent !== inputs) for (const ciphertext of spent) ciphertext.dispose();
  };
  for (const [index, step] of steps.entries()) {
    const watch = {
      ...(signal && { signal }),
      onProgress: ({ done, total }: { done: number; total: number }): void => {
        options.onProgress?.({
          done: index * 100 + Math.floor((100 * done) / Math.max(total, 1)),
          total: steps.length * 100,
        });
      },
    };
    const spent = values;
    try {
      values = await execute(evaluator, step, spent, watch);
    } finally {
      disposeOf(spent);
    }
    options.onProgress?.({ done: (index + 1) * 100, total: steps.length * 100 });
  }
  return [...values];
}

function execute(
  evaluator: Evaluator,
  step: FoldedStep,
  values: readonly Ciphertext[],
  watch: { signal?: AbortSignal; onProgress: (progress: { done: number; total: number }) => void },
): Promise<Ciphertext[]> {
  switch (step.kind) {
    case 'dense':
      return evaluator.linearMap(values, step.weights, step.bias, watch);
    case 'square':
      return evaluator.square(values, watch);
    case 'polynomial':
      return evaluator.evaluatePolynomial(values, step.coefficients, watch);
  }
}
