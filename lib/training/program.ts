import { polynomialLevels } from '../approximation/cost.js';
import type { Mask } from './mask.js';

// A training step as packed operations. Every node has a list of ciphertexts; a node names its sources by their numbers.

/** A number times the learning rate of an inner step, if one is named. */
export interface Factor {
  readonly factor: number;
  /** Which of the steps of the program; its rate multiplies. */
  readonly rate?: number;
}

/** What owners bring. `step` counts the steps of the program, each of which has a batch. */
export interface InputNode {
  readonly kind: 'features' | 'labels';
  readonly step: number;
  readonly count: number;
}

/** Weights, then velocities, as the step before left them. */
export interface StateNode {
  readonly kind: 'state';
  readonly count: number;
}

/** Some ciphertexts of a list. */
export interface SliceNode {
  readonly kind: 'slice';
  readonly source: number;
  readonly first: number;
  readonly count: number;
}

/** Several lists as one. */
export interface ConcatNode {
  readonly kind: 'concat';
  readonly sources: readonly number[];
}

/** Sums and differences, ciphertext by ciphertext; a list of one goes with every ciphertext of the others. */
export interface SumNode {
  readonly kind: 'sum';
  readonly sources: readonly number[];
  readonly signs: readonly (1 | -1)[];
}

/** Clear vectors are added: to each ciphertext those of its list. */
export interface OffsetNode {
  readonly kind: 'offset';
  readonly source: number;
  readonly constants: readonly (readonly Mask[])[];
}

/** Result r is the sum over its terms of ciphertext i of the left source times ciphertext k of the right one. */
export interface ProductNode {
  readonly kind: 'product';
  readonly left: number;
  readonly right: number;
  readonly terms: readonly (readonly (readonly [left: number, right: number])[])[];
}

/** Result r is the sum over its terms of ciphertext i times clear vector m, all times the learning rate if one is named. */
export interface MaskedNode {
  readonly kind: 'masked';
  readonly source: number;
  readonly masks: readonly Mask[];
  readonly terms: readonly (readonly (readonly [ciphertext: number, mask: number])[])[];
  readonly rate?: number;
}

/** Stage after stage, every ciphertext x becomes x + rot(x, steps): one number of steps for all, or one for each. */
export interface FoldNode {
  readonly kind: 'fold';
  readonly source: number;
  readonly stages: readonly (readonly number[])[];
}

/** Times a number. */
export interface ScaleNode extends Factor {
  readonly kind: 'scale';
  readonly source: number;
}

/** A Chebyshev series on [-1, 1], which slots must not leave. */
export interface PolynomialNode {
  readonly kind: 'polynomial';
  readonly source: number;
  readonly chebyshev: readonly number[];
}

/**
 * Levels are given back. `joined`: two ciphertexts go as one complex one, and all come out doubled; what made them has put in
 * a half.
 */
export interface BootstrapNode {
  readonly kind: 'bootstrap';
  readonly source: number;
  readonly joined: boolean;
}

export type ProgramNode =
  | InputNode
  | StateNode
  | SliceNode
  | ConcatNode
  | SumNode
  | OffsetNode
  | ProductNode
  | MaskedNode
  | FoldNode
  | ScaleNode
  | PolynomialNode
  | BootstrapNode;

/** What is to be held below a magnitude: slots of a node, in units of the plan's bounds. */
export interface WatchPoint {
  readonly node: number;
  readonly what: 'sums' | 'errors';
  /** From 0 on. */
  readonly layer: number;
  /** What a slot of 1 stands for. */
  readonly bound: number;
}

/** Operations in the order in which they are done. */
export interface Program {
  readonly slots: number;
  readonly nodes: readonly ProgramNode[];
  /** The level at which each node begins, counted from what a bootstrap takes. */
  readonly levels: readonly number[];
  /** After each step of the program: the number of the node that its state is. For inference: of the outputs. */
  readonly results: readonly number[];
  readonly watched: readonly WatchPoint[];
}

/** The nodes that a node reads. */
export function sourcesOf(node: ProgramNode): readonly number[] {
  switch (node.kind) {
    case 'features':
    case 'labels':
    case 'state':
      return [];
    case 'concat':
    case 'sum':
      return node.sources;
    case 'product':
      return [node.left, node.right];
    default:
      return [node.source];
  }
}

/** Levels that a node spends. */
export function spentBy(node: ProgramNode): number {
  switch (node.kind) {
    case 'product':
    case 'masked':
    case 'scale':
      return 1;
    case 'polynomial':
      return polynomialLevels(node.chebyshev.length - 1, [-1, 1]);
    default:
      return 0;
  }
}

/** Ciphertexts of every node. */
export function countsOf(nodes: readonly ProgramNode[]): number[] {
  const counts: number[] = [];
  for (const node of nodes) {
    switch (node.kind) {
      case 'features':
      case 'labels':
      case 'state':
      case 'slice':
        counts.push(node.count);
        break;
      case 'concat':
        counts.push(node.sources.reduce((sum, source) => sum + counts[source]!, 0));
        break;
      case 'sum':
        counts.push(Math.max(...node.sources.map((source) => counts[source]!)));
        break;
      case 'product':
      case 'masked':
        counts.push(node.terms.length);
        break;
      default:
        counts.push(counts[node.source]!);
    }
  }
  return counts;
}
