import { placeBootstraps } from '../nn/plan/placement.js';
import { placeLevels } from '../nn/plan/plan.js';
import type { Draft } from './draft.js';
import { countsOf, sourcesOf, spentBy } from './program.js';
import type { Program, ProgramNode } from './program.js';
import { bootstrapsOf } from './work.js';

// Bootstraps among the nodes of a draft: lib/nn's placement, and the nodes renumbered around them.

/** What placement goes by. */
export interface PlacingOptions {
  /** Levels between what a bootstrap gives and what it takes. */
  readonly levels: number;
  /** Seconds of a node that begins at a level, on a list of so many ciphertexts. */
  readonly secondsOf: (node: ProgramNode, count: number, level: number) => number;
}

/** More than any program has: a value that must not be bootstrapped. */
const kForbidden = 2 ** 24;

/** Whether the node can put a half into what it makes, for free. */
const canHalve = (node: ProgramNode): node is ProgramNode & { kind: 'polynomial' | 'masked' } =>
  node.kind === 'polynomial' || node.kind === 'masked';

/** Whether ciphertexts of a value are bootstrapped in pairs. */
const joins = (node: ProgramNode, count: number): boolean => count > 1 && canHalve(node);

function halved(node: ProgramNode): ProgramNode {
  if (node.kind === 'polynomial') return { ...node, chebyshev: node.chebyshev.map((c) => c / 2) };
  if (node.kind === 'masked')
    return { ...node, masks: node.masks.map((mask) => ({ ...mask, factor: mask.factor / 2 })) };
  return node;
}

/**
 * The nodes to bootstrap: the fewest bootstraps, then the least time. undefined where a node spends more levels than there are,
 * or no placement has only values that may be bootstrapped.
 */
export function chooseBootstraps(draft: Draft, options: PlacingOptions): readonly number[] | undefined {
  const { nodes, refreshable } = draft;
  const { levels: top, secondsOf } = options;
  if (nodes.some((node) => spentBy(node) > top)) return undefined;
  const counts = countsOf(nodes);
  const { values, bootstraps } = placeBootstraps({
    steps: leveled(nodes),
    levelsAfter: top,
    bootstrapsOf: (value) => {
      const [node, count] = [nodes[value - 1]!, counts[value - 1]!];
      return refreshable.has(value - 1) ? bootstrapsOf(count, joins(node, count)) : kForbidden;
    },
    secondsOf: (index, level) => secondsOf(nodes[index]!, counts[index]!, level),
  });
  return bootstraps < kForbidden ? values.map((value) => value - 1) : undefined;
}

/** As lib/nn's placement takes them. Its value 0 stands for nothing here: every input is a node of its own. */
const leveled = (
  nodes: readonly ProgramNode[],
): { readonly kind: 'node'; readonly levels: number; readonly sources: readonly number[] }[] =>
  nodes.map((node) => ({
    kind: 'node',
    levels: spentBy(node),
    sources: sourcesOf(node).map((source) => source + 1),
  }));

/** The draft with these bootstraps, and the last result bootstrapped (in pairs) if that is wanted. */
export function placeProgram(
  draft: Draft,
  bootstrapped: readonly number[],
  refreshResult?: { readonly joined: boolean },
): Program {
  const { nodes } = draft;
  const chosen = new Set(bootstrapped);
  const begin = placeLevels(leveled(nodes), {
    bootstrapped: new Set(bootstrapped.map((node) => node + 1)),
    lowest: 0,
  });
  const counts = countsOf(nodes);
  const result: ProgramNode[] = [];
  const levels: number[] = [];
  const renamed: number[] = [];
  for (const [i, node] of nodes.entries()) {
    const joined = chosen.has(i) && joins(node, counts[i]!);
    renamed.push(result.push(withSources(joined ? halved(node) : node, renamed)) - 1);
    levels.push(begin[i]!);
    if (!chosen.has(i)) continue;
    renamed[i] = result.push({ kind: 'bootstrap', source: renamed[i]!, joined }) - 1;
    levels.push(0);
  }
  const results = draft.results.map((node) => renamed[node]!);
  if (refreshResult !== undefined) {
    const source = results.pop()!;
    results.push(result.push({ kind: 'bootstrap', source, joined: refreshResult.joined }) - 1);
    levels.push(0);
  }
  return {
    slots: draft.slots,
    nodes: result,
    levels,
    results,
    watched: draft.watched.map((point) => ({ ...point, node: renamed[point.node]! })),
  };
}

function withSources(node: ProgramNode, renamed: readonly number[]): ProgramNode {
  switch (node.kind) {
    case 'features':
    case 'labels':
    case 'state':
      return node;
    case 'concat':
    case 'sum':
      return { ...node, sources: node.sources.map((source) => renamed[source]!) };
    case 'product':
      return { ...node, left: renamed[node.left]!, right: renamed[node.right]! };
    default:
      return { ...node, source: renamed[node.source]! };
  }
}
