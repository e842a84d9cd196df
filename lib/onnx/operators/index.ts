import { activations } from './activations.js';
import { elementwise } from './elementwise.js';
import { moves } from './moves.js';
import type { Operator } from './operator.js';
import { products } from './products.js';
import { windows } from './windows.js';

/** By the name of the operator: what a node that depends on the input becomes. */
export const operators: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...activations,
  ...products,
  ...windows,
  ...moves,
};

/** The operators of ONNX that can be read where they depend on the input. */
export const onnxOperators: readonly string[] = Object.freeze(
  Object.keys(operators)
    .filter((name) => /^[A-Z]/.test(name))
    .toSorted(),
);
