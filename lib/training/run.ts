import { requireGoing } from '../check.js';
import type { Ciphertext } from '../ckks/ciphertext.js';
import { lastReaders } from './clear.js';
import { NodeExecutor, readingLevels } from './encrypted.js';
import type { EncryptedContext } from './encrypted.js';
import { sourcesOf, spentBy } from './program.js';
import type { Program, ProgramNode } from './program.js';

// A program on ciphertexts, result after result.

/** What a program is run on; all of it stays the caller's. */
export interface EncryptedInputs {
  readonly state: readonly Ciphertext[];
  readonly features: (step: number) => readonly Ciphertext[];
  readonly labels: (step: number) => readonly Ciphertext[];
  readonly rate: (step: number) => number;
}

/** How it is run. */
export interface ProgramRunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after every node with how much of the program is done, from 0 to 1. */
  readonly onNode?: ((part: number) => void) | undefined;
  /** The level after a bootstrap, counted as the program counts. */
  readonly top: number;
  /** Begins behind the result of this number, which `state` is; from the start if absent. */
  readonly after?: number;
  /** Values that depend on features alone and are kept for later runs on the same. */
  readonly prepared?: PreparedFeatures | undefined;
}

/** What a bootstrap weighs in progress, in nodes of other kinds. */
const kBootstrapWeight = 5;

/** Features as the first layer reads them, kept from step to step of full-batch training. */
export class PreparedFeatures {
  #features: readonly Ciphertext[] | undefined;
  #prepared: readonly Ciphertext[] = [];

  /** Those of the same features, if they are at this level or above. */
  get(features: readonly Ciphertext[], level: number): readonly Ciphertext[] | undefined {
    const serves = this.#features === features && this.#prepared.every((c) => c.level >= level);
    return serves ? this.#prepared : undefined;
  }

  /** Keeps what was prepared and owns it from now on. */
  set(features: readonly Ciphertext[], prepared: readonly Ciphertext[]): void {
    this.dispose();
    this.#features = features;
    this.#prepared = prepared;
  }

  dispose(): void {
    for (const ciphertext of this.#prepared) ciphertext.dispose();
    this.#features = undefined;
    this.#prepared = [];
  }
}

/** Lists by node, which may share ciphertexts: those that nobody holds any more are disposed of. */
class Shelf {
  readonly #lists: (readonly Ciphertext[] | undefined)[] = [];
  readonly #holders = new Map<Ciphertext, number>();

  /** `given`: the caller's, never disposed of here. */
  put(node: number, list: readonly Ciphertext[], given = false): void {
    this.#lists[node] = list;
    for (const ciphertext of list) {
      const holders = this.#holders.get(ciphertext);
      if (holders !== undefined) this.#holders.set(ciphertext, holders + 1);
      else this.#holders.set(ciphertext, given ? Infinity : 1);
    }
  }

  get(node: number): readonly Ciphertext[] {
    return this.#lists[node]!;
  }

  release(node: number): void {
    for (const ciphertext of this.#lists[node] ?? []) {
      const left = this.#holders.get(ciphertext)! - 1;
      this.#holders.set(ciphertext, left);
      if (left > 0) continue;
      this.#holders.delete(ciphertext);
      ciphertext.dispose();
    }
    this.#lists[node] = undefined;
  }

  /** The receiver is the owner from now on. */
  give(node: number): readonly Ciphertext[] {
    const list = this.get(node);
    for (const ciphertext of list) this.#holders.set(ciphertext, Infinity);
    return list;
  }

  releaseAll(): void {
    for (const node of this.#lists.keys()) this.release(node);
  }
}

/** By the steps of a program: the nodes that depend on its features alone, the last of which the others read. */
export function featureChains({ nodes }: Pick<Program, 'nodes'>): Map<number, number[]> {
  const steps: (number | undefined)[] = [];
  const chains = new Map<number, number[]>();
  for (const [i, node] of nodes.entries()) {
    const sources = sourcesOf(node);
    const step = node.kind === 'features' ? node.step : sources.length === 1 ? steps[sources[0]!] : undefined;
    steps.push(step);
    if (step !== undefined) chains.set(step, [...(chains.get(step) ?? []), i]);
  }
  return chains;
}

async function perform(
  executor: NodeExecutor,
  node: ProgramNode,
  list: (index: number) => readonly Ciphertext[],
  inputs: EncryptedInputs,
  readAt: number,
): Promise<readonly Ciphertext[]> {
  const rate = (step: number | undefined): number => (step === undefined ? 1 : inputs.rate(step));
  switch (node.kind) {
    case 'features':
      return inputs.features(node.step);
    case 'labels':
      return inputs.labels(node.step);
    case 'state':
      return inputs.state;
    case 'slice':
      return list(node.source).slice(node.first, node.first + node.count);
    case 'concat':
      return node.sources.flatMap((source) => [...list(source)]);
    case 'sum':
      return executor.sum(node, node.sources.map(list));
    case 'offset':
      return executor.offset(node, list(node.source));
    case 'product':
      return executor.product(node, list(node.left), list(node.right));
    case 'masked':
      return executor.masked(node, list(node.source), rate(node.rate));
    case 'fold':
      return executor.fold(node, list(node.source));
    case 'scale':
      return executor.scale(list(node.source), node.factor * rate(node.rate));
    case 'polynomial':
      return executor.polynomial(node.chebyshev, list(node.source));
    case 'bootstrap':
      return executor.bootstrap(list(node.source), node.joined, readAt);
  }
}

/**
 * Runs a program and yields each of its results, which is the receiver's to dispose of: when it has the next one, since the
 * program goes on from it. Whatever else was made is disposed of when its last reader has been, or when the receiver stops.
 */
export async function* runEncrypted(
  program: Program,
  context: EncryptedContext,
  inputs: EncryptedInputs,
  options: ProgramRunOptions,
): AsyncGenerator<readonly Ciphertext[], void, void> {
  const { signal, onNode, top, after, prepared } = options;
  const { nodes, levels, results } = program;
  const { inputLevel } = context;
  const last = lastReaders(program);
  const readAt = readingLevels(program, top);
  const chains = prepared === undefined ? new Map<number, number[]>() : featureChains(program);
  const begin = after === undefined ? 0 : results[after]! + 1;
  const weightOf = (node: ProgramNode): number => (node.kind === 'bootstrap' ? kBootstrapWeight : 1);
  const total = nodes.slice(begin).reduce((sum, node) => sum + weightOf(node), 0);
  let done = 0;
  const shelf = new Shelf();
  const skipped = new Set<number>();
  const toKeep = new Map<number, readonly Ciphertext[]>();
  if (after !== undefined) shelf.put(results[after]!, inputs.state, true);
  try {
    for (let i = begin; i < nodes.length; ++i) {
      requireGoing(signal);
      const node = nodes[i]!;
      const chain = node.kind === 'features' ? chains.get(node.step) : undefined;
      if (chain !== undefined && chain.length > 1 && node.kind === 'features') {
        const features = inputs.features(node.step);
        const end = chain.at(-1)!;
        const known = prepared!.get(features, inputLevel + levels[end]! - spentBy(nodes[end]!));
        if (known === undefined) toKeep.set(end, features);
        else {
          shelf.put(end, known, true);
          for (const index of chain) skipped.add(index);
        }
      }
      if (!skipped.has(i)) {
        const executor = new NodeExecutor(context, inputLevel + levels[i]!, signal);
        const list = await perform(
          executor,
          node,
          (index) => shelf.get(index),
          inputs,
          inputLevel + readAt[i]!,
        );
        const features = toKeep.get(i);
        if (features !== undefined) prepared!.set(features, list);
        const given = node.kind === 'features' || node.kind === 'labels' || node.kind === 'state';
        shelf.put(i, list, given || features !== undefined);
        for (const source of sourcesOf(node)) if (last[source] === i) shelf.release(source);
      }
      done += weightOf(node);
      onNode?.(done / total);
      if (results.includes(i)) yield shelf.give(i);
    }
  } finally {
    shelf.releaseAll();
  }
}
