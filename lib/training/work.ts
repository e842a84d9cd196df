import { LevelCosts, sumOfWork, timesWork } from '../nn/plan/cost.js';
import type { CostShape, Work } from '../nn/plan/cost.js';
import { polynomialProducts } from '../approximation/cost.js';
import { countsOf } from './program.js';
import type { Program, ProgramNode } from './program.js';

// What a program costs: operations counted, and the work of each node at its level.

/** Operations of a program on ciphertexts. */
export interface OperationCounts {
  /** Rotations, and conjugations. */
  readonly rotations: number;
  /** Of two ciphertexts; those of polynomials among them. */
  readonly products: number;
  /** With clear vectors and numbers. */
  readonly plainProducts: number;
  readonly bootstraps: number;
}

const termsOf = (node: { readonly terms: readonly (readonly unknown[])[] }): number =>
  node.terms.reduce((sum, terms) => sum + terms.length, 0);

/** Bootstraps of so many ciphertexts. */
export const bootstrapsOf = (count: number, joined: boolean): number =>
  joined ? Math.ceil(count / 2) : count;

/** What one node does, on lists of so many ciphertexts. */
function operationsOf(node: ProgramNode, count: number): OperationCounts {
  const none = { rotations: 0, products: 0, plainProducts: 0, bootstraps: 0 };
  switch (node.kind) {
    case 'product':
      return { ...none, products: termsOf(node) };
    case 'masked':
      return { ...none, plainProducts: termsOf(node) };
    case 'scale':
      return { ...none, plainProducts: count };
    case 'fold':
      return { ...none, rotations: node.stages.length * count };
    case 'polynomial':
      return { ...none, products: count * polynomialProducts(node.chebyshev.length - 1) };
    case 'bootstrap':
      return {
        ...none,
        bootstraps: bootstrapsOf(count, node.joined),
        rotations: node.joined ? Math.floor(count / 2) : 0,
      };
    default:
      return none;
  }
}

const addCounts = (a: OperationCounts, b: OperationCounts): OperationCounts => ({
  rotations: a.rotations + b.rotations,
  products: a.products + b.products,
  plainProducts: a.plainProducts + b.plainProducts,
  bootstraps: a.bootstraps + b.bootstraps,
});

/** Operations of all nodes, or of those that are asked for. */
export function countOperations(
  nodes: readonly ProgramNode[],
  wanted: (index: number) => boolean = () => true,
): OperationCounts {
  const counts = countsOf(nodes);
  return nodes.reduce<OperationCounts>(
    (sum, node, i) => (wanted(i) ? addCounts(sum, operationsOf(node, counts[i]!)) : sum),
    { rotations: 0, products: 0, plainProducts: 0, bootstraps: 0 },
  );
}

const nothing: Work = { transforms: 0, streamedProducts: 0, scalarProducts: 0 };

/** Work of a node that begins at a level, on a list of so many ciphertexts; that of bootstraps is not in it. */
export function workOf(node: ProgramNode, count: number, shape: CostShape, level: number): Work {
  const at = new LevelCosts(shape, level);
  switch (node.kind) {
    case 'product': {
      // Sums are relinearized and divided once; the first of its products is in that.
      return sumOfWork([
        timesWork(count, at.product),
        timesWork(termsOf(node) - count, sumOfWork([at.tensor, timesWork(1.5, at.sum)])),
      ]);
    }
    case 'masked': {
      const pairs = termsOf(node);
      return sumOfWork([
        timesWork(count, at.rescale),
        timesWork(pairs, sumOfWork([at.encoding, at.plainProduct])),
        timesWork(pairs - count, at.sum),
      ]);
    }
    case 'scale':
      return timesWork(count, at.linear(1, 1));
    case 'fold':
      return timesWork(node.stages.length * count, sumOfWork([at.keySwitch, at.sum]));
    case 'sum':
      return timesWork(count * (node.signs.length - 1), at.sum);
    case 'offset':
      return timesWork(count, sumOfWork([at.encoding, at.sum]));
    case 'polynomial': {
      // Most products are at the first levels.
      return timesWork(count * polynomialProducts(node.chebyshev.length - 1), at.product);
    }
    default:
      return nothing;
  }
}

/** Work of a program, bootstraps left out; `offset` is the level of what a bootstrap takes. */
export function programWork(
  { nodes, levels }: Pick<Program, 'nodes' | 'levels'>,
  shape: CostShape,
  offset: number,
): Work {
  const counts = countsOf(nodes);
  return sumOfWork(nodes.map((node, i) => workOf(node, counts[i]!, shape, offset + levels[i]!)));
}
