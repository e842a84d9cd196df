import type { Bootstrapper } from '../ckks/bootstrapper.js';
import type { Ciphertext } from '../ckks/ciphertext.js';
import type { EvaluationKeys } from '../ckks/evaluation-keys.js';
import type { Evaluator } from '../ckks/evaluator.js';
import type { Plaintext } from '../ckks/plaintext.js';
import { bootstrapValue } from '../nn/plan/bootstrap-value.js';
import type { Watch } from '../nn/plan/executor.js';
import { maskValues } from './mask.js';
import type { Mask } from './mask.js';
import { sourcesOf } from './program.js';
import type { FoldNode, MaskedNode, OffsetNode, ProductNode, Program, SumNode } from './program.js';

// One node of a program on ciphertexts. Results are new ciphertexts but for slices and lists put together.

/** Who computes, and where the levels of a program begin. */
export interface EncryptedContext {
  readonly evaluator: Evaluator;
  readonly bootstrapper: Bootstrapper;
  readonly keys: EvaluationKeys;
  /** The level that a bootstrap takes: level 0 of the program. */
  readonly inputLevel: number;
  /** What a bootstrap adds to a slot. */
  readonly bootstrapDeviation: number;
  readonly slots: number;
}

/** So many ciphertexts at a time: enough to keep the threads busy, few enough for memory. */
const kTogether = 8;

const disposeAll = (list: readonly Ciphertext[]): void => {
  for (const ciphertext of list) ciphertext.dispose();
};

/** What a computation makes on its way, disposed of at its end. */
class Scratch implements Disposable {
  readonly #made: Ciphertext[] = [];

  keep<T extends readonly Ciphertext[]>(list: T): T {
    this.#made.push(...list);
    return list;
  }
  [Symbol.dispose](): void {
    disposeAll(this.#made);
  }
}

/** Numbers from 0 to count - 1, in groups. */
function* groupsOf(count: number): Generator<readonly [first: number, end: number]> {
  for (let first = 0; first < count; first += kTogether) yield [first, Math.min(count, first + kTogether)];
}

/** Results of groups of a list, one after another; those that were made are disposed of when a later group fails. */
async function inGroups(
  count: number,
  run: (indices: readonly number[], scratch: Scratch) => Promise<readonly Ciphertext[]>,
): Promise<Ciphertext[]> {
  const results: Ciphertext[] = [];
  try {
    for (const [first, end] of groupsOf(count)) {
      using scratch = new Scratch();
      const indices = Array.from({ length: end - first }, (_, i) => first + i);
      results.push(...(await run(indices, scratch)));
    }
    return results;
  } catch (error) {
    disposeAll(results);
    throw error;
  }
}

/** Operations on lists at the level of one node. */
export class NodeExecutor {
  readonly #watch: Watch;

  constructor(
    readonly context: EncryptedContext,
    /** Of ciphertexts, at which the node begins. */
    readonly level: number,
    signal: AbortSignal | undefined,
  ) {
    this.#watch = { ...(signal && { signal }), onProgress: () => undefined };
  }

  /** The list at the node's level; what is higher is dropped to it, into the scratch. */
  async #lowered(list: readonly Ciphertext[], scratch: Scratch): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    const high = list.filter(({ level }) => level > this.level);
    if (high.length === 0) return [...list];
    const low = scratch.keep(await evaluator.dropToLevel(high, this.level, this.#signal));
    let next = 0;
    return list.map((ciphertext) => (ciphertext.level > this.level ? low[next++]! : ciphertext));
  }

  get #signal(): { readonly signal?: AbortSignal } {
    const { signal } = this.#watch;
    return signal === undefined ? {} : { signal };
  }

  async sum(node: SumNode, sources: readonly (readonly Ciphertext[])[]): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    const count = Math.max(...sources.map(({ length }) => length));
    return inGroups(count, async (indices, scratch) => {
      let sum: Ciphertext[] | undefined;
      for (const [k, list] of sources.entries()) {
        const part = await this.#lowered(
          indices.map((i) => list[list.length === 1 ? 0 : i]!),
          scratch,
        );
        if (sum === undefined) {
          sum = part;
          continue;
        }
        const last = k + 1 === sources.length;
        const next: Ciphertext[] =
          node.signs[k] === 1
            ? await evaluator.add(sum, part, this.#signal)
            : await evaluator.subtract(sum, part, this.#signal);
        sum = last ? next : scratch.keep(next);
      }
      return sum!;
    });
  }

  async offset(node: OffsetNode, source: readonly Ciphertext[]): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    return inGroups(source.length, async (indices, scratch) => {
      const low = await this.#lowered(
        indices.map((i) => source[i]!),
        scratch,
      );
      const plaintexts = await this.#encode(
        indices.map((i) => node.constants[i]!),
        low[0]!.level,
      );
      try {
        return await evaluator.add(low, plaintexts, this.#signal);
      } finally {
        for (const plaintext of plaintexts) plaintext.dispose();
      }
    });
  }

  async #encode(vectors: readonly (readonly Mask[])[], level: number, factor = 1): Promise<Plaintext[]> {
    const values = vectors.map((masks) =>
      maskValues(
        masks.map((mask) => ({ ...mask, factor: mask.factor * factor })),
        this.context.slots,
      ),
    );
    return this.context.evaluator.encode(values, { level, ...this.#signal });
  }

  /** Sums of terms, each made by `multiply` without a division, which follows once a sum. */
  async #sums(
    terms: readonly (readonly (readonly [number, number])[])[],
    multiply: (pairs: readonly (readonly [number, number])[], scratch: Scratch) => Promise<Ciphertext[]>,
    divide: (sums: readonly Ciphertext[], scratch: Scratch) => Promise<Ciphertext[]>,
  ): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    return inGroups(terms.length, async (indices, scratch) => {
      const pairs = indices.flatMap((r) => terms[r]!.map((pair) => [r, pair] as const));
      const sums = new Map<number, Ciphertext>();
      try {
        for (const [first, end] of groupsOf(pairs.length)) {
          const part = pairs.slice(first, end);
          using inner = new Scratch();
          const products = await multiply(
            part.map(([, pair]) => pair),
            inner,
          );
          for (const [k, product] of products.entries()) {
            const r = part[k]![0];
            const sum = sums.get(r);
            if (sum === undefined) {
              sums.set(r, product);
              continue;
            }
            inner.keep([sum, product]);
            sums.set(r, await evaluator.add(sum, product, this.#signal));
          }
        }
        return await divide(
          indices.map((r) => sums.get(r)!),
          scratch,
        );
      } finally {
        disposeAll([...sums.values()]);
      }
    });
  }

  async product(
    node: ProductNode,
    left: readonly Ciphertext[],
    right: readonly Ciphertext[],
  ): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    const operands = async (
      pairs: readonly (readonly [number, number])[],
      scratch: Scratch,
    ): Promise<readonly [Ciphertext[], Ciphertext[]]> => [
      await this.#lowered(
        pairs.map(([i]) => left[i]!),
        scratch,
      ),
      await this.#lowered(
        pairs.map(([, k]) => right[k]!),
        scratch,
      ),
    ];
    if (node.terms.every((terms) => terms.length === 1))
      return inGroups(node.terms.length, async (indices, scratch) => {
        const [a, b] = await operands(
          indices.map((r) => node.terms[r]![0]!),
          scratch,
        );
        return evaluator.multiply(a, b, this.#signal);
      });
    return this.#sums(
      node.terms,
      async (pairs, scratch) => {
        const [a, b] = await operands(pairs, scratch);
        return evaluator.multiply(a, b, { relinearize: false, rescale: false, ...this.#signal });
      },
      async (sums, scratch) => {
        const closed = scratch.keep(await evaluator.relinearize(sums, this.#signal));
        return evaluator.rescale(closed, this.#signal);
      },
    );
  }

  async masked(node: MaskedNode, source: readonly Ciphertext[], factor: number): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    return this.#sums(
      node.terms,
      async (pairs, scratch) => {
        const low = await this.#lowered(
          pairs.map(([i]) => source[i]!),
          scratch,
        );
        const plaintexts = await this.#encode(
          pairs.map(([, m]) => [node.masks[m]!]),
          low[0]!.level,
          factor,
        );
        try {
          return await evaluator.multiply(low, plaintexts, { rescale: false, ...this.#signal });
        } finally {
          for (const plaintext of plaintexts) plaintext.dispose();
        }
      },
      (sums) => evaluator.rescale(sums, this.#signal),
    );
  }

  async fold(node: FoldNode, source: readonly Ciphertext[]): Promise<Ciphertext[]> {
    const { evaluator } = this.context;
    return inGroups(source.length, async (indices, scratch) => {
      let sums = await this.#lowered(
        indices.map((i) => source[i]!),
        scratch,
      );
      for (const [s, stage] of node.stages.entries()) {
        const steps = indices.map((i) => (stage.length === 1 ? stage[0]! : stage[i]!));
        const turned: Ciphertext[] = [...sums];
        for (const by of new Set(steps)) {
          const places = steps.flatMap((step, place) => (step === by ? [place] : []));
          const list = places.map((place) => sums[place]!);
          const rotated = scratch.keep(await evaluator.rotate(list, by, this.#signal));
          for (const [k, place] of places.entries()) turned[place] = rotated[k]!;
        }
        const next = await evaluator.add(sums, turned, this.#signal);
        sums = s + 1 === node.stages.length ? next : scratch.keep(next);
      }
      return sums;
    });
  }

  async scale(source: readonly Ciphertext[], factor: number): Promise<Ciphertext[]> {
    return inGroups(source.length, async (indices, scratch) => {
      const low = await this.#lowered(
        indices.map((i) => source[i]!),
        scratch,
      );
      return this.context.evaluator.multiply(low, factor, this.#signal);
    });
  }

  async polynomial(chebyshev: readonly number[], source: readonly Ciphertext[]): Promise<Ciphertext[]> {
    return inGroups(source.length, async (indices, scratch) => {
      const low = await this.#lowered(
        indices.map((i) => source[i]!),
        scratch,
      );
      return this.context.evaluator.evaluatePolynomial(low, { chebyshev }, this.#signal);
    });
  }

  /** At the level of whoever reads it. */
  async bootstrap(source: readonly Ciphertext[], joined: boolean, level: number): Promise<Ciphertext[]> {
    const { bootstrapDeviation: deviation } = this.context;
    const fresh = await bootstrapValue(this.context, { joined, level, magnitude: 1 }, source, this.#watch);
    try {
      return fresh.map((ciphertext) => ciphertext.declareNoise({ deviation, magnitude: 1 }));
    } finally {
      disposeAll(fresh);
    }
  }
}

/** The highest level at which a node's result is read; the highest of all for a result. */
export function readingLevels({ nodes, levels, results }: Program, top: number): number[] {
  const reading = nodes.map(() => 0);
  for (const [i, node] of nodes.entries())
    for (const source of sourcesOf(node)) {
      // Lists that are taken apart or put together are read by their readers.
      reading[source] = Math.max(reading[source]!, levels[i]!);
    }
  for (const result of results) reading[result] = top;
  return reading;
}
