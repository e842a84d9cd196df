import type { Ciphertext } from '../../ckks/ciphertext.js';
import type { Evaluator } from '../../ckks/evaluator.js';
import type { FoldedStep } from './fold.js';

/** How an execution is watched and stopped. */
export interface ExecutionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface Watch {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The watch of call `index` among `count` calls that make up a step. */
export const portion = (watch: Watch, index: number, count: number): Watch => ({
  ...watch,
  onProgress: ({ done, total }) => {
    watch.onProgress({ done: index + done / Math.max(total, 1), total: count });
  },
});

/** What one packing makes of one step: the ciphertexts of its result from those of its sources. */
export type StepExecutor = (
  evaluator: Evaluator,
  index: number,
  sources: readonly (readonly Ciphertext[])[],
  watch: Watch,
) => Promise<Ciphertext[]>;

/**
 * Runs the steps one after another. The given ciphertexts stay the caller's; everything in between is disposed of when
 * its last reader has been, whatever happens.
 */
export async function executeSteps(
  evaluator: Evaluator,
  steps: readonly FoldedStep[],
  inputs: readonly Ciphertext[],
  execute: StepExecutor,
  options: ExecutionOptions = {},
): Promise<Ciphertext[]> {
  const { signal } = options;
  const values: (readonly Ciphertext[] | undefined)[] = [inputs];
  const release = (value: number): void => {
    if (value > 0) for (const ciphertext of values[value] ?? []) ciphertext.dispose();
    values[value] = undefined;
  };
  try {
    for (const [index, step] of steps.entries()) {
      const watch: Watch = {
        ...(signal && { signal }),
        onProgress: ({ done, total }) => {
          options.onProgress?.({
            done: index * 100 + Math.floor((100 * done) / Math.max(total, 1)),
            total: steps.length * 100,
          });
        },
      };
      const sources = step.sources.map((source) => values[source]!);
      values.push(await execute(evaluator, index, sources, watch));
      for (const source of step.sources)
        if (!steps.slice(index + 1).some((later) => later.sources.includes(source))) release(source);
      options.onProgress?.({ done: (index + 1) * 100, total: steps.length * 100 });
    }
    const [result] = values.splice(steps.length, 1);
    return [...result!];
  } finally {
    for (let value = 1; value < values.length; ++value) release(value);
  }
}

/** The same for every packing: a step that is no linear one, on every ciphertext. */
export function executeNonlinear(
  evaluator: Evaluator,
  step: Exclude<FoldedStep, { kind: 'linear' }>,
  sources: readonly (readonly Ciphertext[])[],
  watch: Watch,
): Promise<Ciphertext[]> {
  const [first, second] = sources as [readonly Ciphertext[], (readonly Ciphertext[])?];
  switch (step.kind) {
    case 'square':
      return evaluator.square(first, watch);
    case 'product':
      return evaluator.multiply(first, second!, watch);
    case 'polynomial':
      return evaluator.evaluatePolynomial(first, { chebyshev: step.chebyshev }, watch);
  }
}
