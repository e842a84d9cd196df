import { scalarFunction } from '../nn/activations.js';
import type { ActivationName } from '../nn/activations.js';
import { floatAttribute } from './attributes.js';
import type { Constant } from './constants.js';
import type { OnnxGraph, OnnxNode } from './graph.js';

// Exporters write one function as several operators: Gelu as Div, Erf, Add, Mul, Mul, SiLU as Sigmoid, Mul. As one activation
// it takes one polynomial instead of two and a product. Such a chain is recognised by its values, not by its form: whatever
// the order of its operators, it is a function of one tensor, and agrees with a known one at enough points.

const known = ['gelu', 'geluTanh', 'silu', 'hardSwish', 'mish'] as const satisfies readonly ActivationName[];

/** Under this operator handlers find what was recognised. */
export const fusedOperator = (name: ActivationName): string => `activation ${name}`;

/** No two of the known functions agree here to the tolerance, which leaves room for constants in single precision. */
const points = [-6.5, -3.3, -2.1, -1, -0.4, 0.3, 1.2, 2.6, 3.4, 7];
const tolerance = 1e-5;

/** The longest chain that is known (Gelu by tanh) has nine operators. */
const mostOperators = 16;

const number = (name: ActivationName): ((operands: readonly number[]) => number) => {
  const f = scalarFunction(name);
  return ([x]) => f(x!);
};

/** Operators on single numbers. An absent operand is NaN. */
const operators: Readonly<Record<string, (operands: readonly number[], node: OnnxNode) => number>> = {
  Add: ([x, y]) => x! + y!,
  Sub: ([x, y]) => x! - y!,
  Mul: ([x, y]) => x! * y!,
  Div: ([x, y]) => x! / y!,
  Pow: ([x, y]) => x! ** y!,
  Neg: ([x]) => -x!,
  Identity: ([x]) => x!,
  Erf: number('erf'),
  Tanh: number('tanh'),
  Sigmoid: number('sigmoid'),
  Softplus: number('softplus'),
  Relu: number('relu'),
  HardSigmoid: ([x], node) =>
    Math.min(Math.max(floatAttribute(node, 'alpha', 0.2) * x! + floatAttribute(node, 'beta', 0.5), 0), 1),
  Clip: ([x, least = NaN, most = NaN], node) => {
    const [a, b] = [
      Number.isNaN(least) ? floatAttribute(node, 'min', -Infinity) : least,
      Number.isNaN(most) ? floatAttribute(node, 'max', Infinity) : most,
    ];
    return Math.min(Math.max(x!, a), b);
  },
};

/** Whether the node is an operator on numbers, of as many as such operators take. */
const isNumeric = (node: OnnxNode): boolean =>
  Object.hasOwn(operators, node.operator) && node.inputs.length <= 3;

/** The operators above this node, up to tensors that other operators make; no more than a chain can have. */
function regionOf(graph: OnnxGraph, last: OnnxNode): ReadonlySet<OnnxNode> {
  const region = new Set([last]);
  for (const node of region) {
    for (const name of node.inputs) {
      const producer = graph.producers.get(name);
      if (producer !== undefined && isNumeric(producer) && region.size < mostOperators) region.add(producer);
    }
  }
  return region;
}

/** What the node gives where the tensor `variable` is x; undefined if it depends on another. */
function valueAt(
  graph: OnnxGraph,
  region: ReadonlySet<OnnxNode>,
  last: OnnxNode,
  scalar: (name: string) => number | undefined,
  variable: string,
  x: number,
): number | undefined {
  const found = new Map<string, number | undefined>([
    [variable, x],
    ['', NaN],
  ]);
  const evaluate = (name: string): number | undefined => {
    if (found.has(name)) return found.get(name);
    const value = scalar(name);
    if (value !== undefined) return value;
    const producer = graph.producers.get(name);
    const result = producer !== undefined && region.has(producer) ? evaluateNode(producer) : undefined;
    found.set(name, result);
    return result;
  };
  const evaluateNode = (node: OnnxNode): number | undefined => {
    found.set(node.outputs[0] ?? '', undefined); // A cycle ends here.
    const operands = node.inputs.map(evaluate);
    return operands.includes(undefined) ? undefined : operators[node.operator]!(operands as number[], node);
  };
  return evaluateNode(last);
}

function recognise(
  graph: OnnxGraph,
  last: OnnxNode,
  scalar: (name: string) => number | undefined,
): OnnxNode | undefined {
  const region = regionOf(graph, last);
  const variables = new Set([...region].flatMap((node) => node.inputs.filter((name) => name !== '')));
  for (const variable of variables) {
    if (scalar(variable) !== undefined) continue;
    const at = (x: number): number | undefined => valueAt(graph, region, last, scalar, variable, x);
    const first = at(points[0]!);
    if (first === undefined) continue;
    const name = known.find((candidate) => {
      const f = scalarFunction(candidate);
      const agrees = (x: number, y: number | undefined): boolean =>
        y !== undefined && Math.abs(y - f(x)) <= tolerance * Math.max(1, Math.abs(f(x)));
      return agrees(points[0]!, first) && points.every((x) => agrees(x, at(x)));
    });
    if (name !== undefined)
      return { ...last, operator: fusedOperator(name), inputs: [variable], attributes: new Map() };
  }
  return undefined;
}

/**
 * The graph with chains of operators that are one known activation made one node.
 *
 * @param constantOf - the constant of this name, if the file holds it as such.
 */
export function fuseActivations(
  graph: OnnxGraph,
  constantOf: (name: string) => Constant | undefined,
): OnnxGraph {
  const scalars = new Map<string, number | undefined>();
  const scalar = (name: string): number | undefined => {
    if (!scalars.has(name)) {
      const values = constantOf(name)?.values;
      scalars.set(name, values?.length === 1 ? values[0] : undefined);
    }
    return scalars.get(name);
  };
  const producers = new Map(graph.producers);
  for (const node of graph.nodes) {
    if ((node.operator !== 'Mul' && node.operator !== 'Div') || !isNumeric(node)) continue;
    const fused = recognise(graph, node, scalar);
    if (fused !== undefined) producers.set(node.outputs[0]!, fused);
  }
  return { ...graph, producers };
}
