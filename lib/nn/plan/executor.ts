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

/** What one packing makes of a plan. */
export interface PlanExecutor {
  readonly step: StepExecutor;
  /** At which each step begins. */
  readonly levels: readonly number[];
  /** The values that are bootstrapped, by what makes fresh ciphertexts of theirs. */
  readonly bootstraps: ReadonlyMap<
    number,
    (ciphertexts: readonly Ciphertext[], watch: Watch) => Promise<Ciphertext[]>
  >;
}

/**
 * Runs the steps one after another, and the bootstraps between them. The given ciphertexts stay the caller's; everything in
 * between is disposed of when its last reader has been, whatever happens.
 */
export async function executeSteps(
  evaluator: Evaluator,
  steps: readonly FoldedStep[],
  inputs: readonly Ciphertext[],
  executor: PlanExecutor,
  options: ExecutionOptions = {},
): Promise<Ciphertext[]> {
  const { signal } = options;
  const { bootstraps } = executor;
  const values: (readonly Ciphertext[] | undefined)[] = [inputs];
  const release = (value: number): void => {
    if (value > 0) dispose(values[value] ?? []);
    values[value] = undefined;
  };
  const total = 100 * (steps.length + bootstraps.size);
  let finished = 0;
  const watch: Watch = {
    ...(signal && { signal }),
    onProgress: (part) => {
      const done = 100 * finished + Math.floor((100 * part.done) / Math.max(part.total, 1));
      options.onProgress?.({ done, total });
    },
  };
  const finish = (): void => {
    ++finished;
    options.onProgress?.({ done: 100 * finished, total });
  };
  try {
    for (const [index, step] of steps.entries()) {
      const { sources, lowered } = await bringDown(
        evaluator,
        step.sources.map((source) => values[source]!),
        executor.levels[index]!,
        watch,
      );
      try {
        values.push(await executor.step(evaluator, index, sources, watch));
      } finally {
        dispose(lowered);
      }
      for (const source of step.sources)
        if (!steps.slice(index + 1).some((later) => later.sources.includes(source))) release(source);
      finish();
      const bootstrap = bootstraps.get(index + 1);
      if (bootstrap === undefined) continue;
      const fresh = await bootstrap(values[index + 1]!, watch);
      release(index + 1);
      values[index + 1] = fresh;
      finish();
    }
    const [result] = values.splice(steps.length, 1);
    return [...result!];
  } finally {
    for (let value = 1; value < values.length; ++value) release(value);
  }
}

const dispose = (ciphertexts: readonly Ciphertext[]): void => {
  for (const ciphertext of ciphertexts) ciphertext.dispose();
};

/** Sources at the level of their step: those that are higher, for the sake of others, dropped to it. */
async function bringDown(
  evaluator: Evaluator,
  given: readonly (readonly Ciphertext[])[],
  level: number,
  { signal }: Watch,
): Promise<{ readonly sources: (readonly Ciphertext[])[]; readonly lowered: Ciphertext[] }> {
  const lowered: Ciphertext[] = [];
  const sources: (readonly Ciphertext[])[] = [];
  try {
    for (const source of given) {
      if (source.every((ciphertext) => ciphertext.level <= level)) {
        sources.push(source);
        continue;
      }
      const low = await evaluator.dropToLevel(source, level, { signal });
      lowered.push(...low);
      sources.push(low);
    }
    return { sources, lowered };
  } catch (error) {
    dispose(lowered);
    throw error;
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
