import type { Constant } from './constants.js';
import { malformed, quoted, unsupported } from './errors.js';
import type { OnnxNode } from './graph.js';
import type { AttributeMessage } from './schema.js';
import type { Traced, Value } from './values.js';

// What operators ask of their node: attributes and inputs with their types.

const kinds = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

function attributeOf(node: OnnxNode, name: string, kind: keyof typeof kinds): AttributeMessage | undefined {
  const attribute = node.attributes.get(name);
  if (attribute?.type !== undefined && attribute.type !== kinds[kind])
    throw malformed(
      node.subject,
      `has an attribute ${quoted(name)} of type ${attribute.type} instead of ${kinds[kind]}`,
    );
  return attribute;
}

export const floatAttribute = (node: OnnxNode, name: string, fallback: number): number =>
  attributeOf(node, name, 'float')?.f ?? fallback;

/** An integer; one without a fallback must be there. */
export function intAttribute(node: OnnxNode, name: string, fallback?: number): number {
  const value = attributeOf(node, name, 'int')?.i ?? fallback;
  if (value === undefined) throw malformed(node.subject, `lacks the attribute ${quoted(name)}`);
  if (!Number.isSafeInteger(value))
    throw malformed(node.subject, `has the attribute ${quoted(name)} = ${value}`);
  return value;
}

export const stringAttribute = (node: OnnxNode, name: string, fallback: string): string =>
  attributeOf(node, name, 'string')?.s ?? fallback;

export const intsAttribute = (node: OnnxNode, name: string): readonly number[] | undefined =>
  attributeOf(node, name, 'ints')?.ints;

/** A list of exactly so many integers in a range, all `fallback` if absent. */
export function sizesAttribute(
  node: OnnxNode,
  name: string,
  length: number,
  fallback: number,
  least: number,
): readonly number[] {
  const list = intsAttribute(node, name);
  if (list === undefined || list.length === 0) return Array<number>(length).fill(fallback);
  if (list.length !== length || list.some((value) => !Number.isSafeInteger(value) || value < least))
    throw malformed(
      node.subject,
      `has the attribute ${quoted(name)} = [${list.slice(0, 8).join(', ')}] instead of ${length} integers of at least ${least}`,
    );
  return list;
}

/** The inputs of a node as operators take them. */
export class Operands {
  constructor(
    readonly node: OnnxNode,
    private readonly values: readonly (Value | undefined)[],
  ) {}

  get count(): number {
    return this.values.length;
  }

  /** The names under which the inputs go in the file. */
  get names(): readonly string[] {
    return this.node.inputs;
  }

  optional(index: number): Value | undefined {
    return this.values[index];
  }

  value(index: number): Value {
    const value = this.values[index];
    if (value === undefined) throw malformed(this.node.subject, `lacks input ${index}`);
    return value;
  }

  /** An input that depends on the network's input. (Nodes without one are folded before.) */
  traced(
    index: number,
    what: string,
    remedy = 'Make it depend on the input, or fold it when exporting.',
  ): Traced {
    const value = this.value(index);
    if (value.kind === 'constant') throw unsupported(this.node.subject, `has a constant as ${what}`, remedy);
    return value;
  }

  /** An input that must be known when the model is read. */
  constant(index: number, what: string): Constant {
    const value = this.value(index);
    if (value.kind !== 'constant')
      throw unsupported(
        this.node.subject,
        `has ${what} that depends on the input`,
        'Only constants (initializers) can be read there: a product of two encrypted tensors is Mul, element by element.',
      );
    return value;
  }

  optionalConstant(index: number, what: string): Constant | undefined {
    return this.optional(index) === undefined ? undefined : this.constant(index, what);
  }

  /** Integers from input `index`, or from an attribute where older versions of the operator have it. */
  integers(index: number, attribute: string): readonly number[] | undefined {
    const input = this.optionalConstant(index, attribute);
    if (input === undefined) return intsAttribute(this.node, attribute);
    if (!input.integer || input.batch !== undefined)
      throw malformed(this.node.subject, `has no plain integers as ${attribute}`);
    return [...input.values];
  }

  /** The same where it must be there. */
  requiredIntegers(index: number, attribute: string): readonly number[] {
    const list = this.integers(index, attribute);
    if (list === undefined) throw malformed(this.node.subject, `lacks its ${attribute}`);
    return list;
  }

  /** A single number. */
  scalar(index: number, what: string): number | undefined {
    const input = this.optionalConstant(index, what);
    if (input === undefined) return undefined;
    if (input.values.length !== 1 || input.batch !== undefined)
      throw malformed(this.node.subject, `has ${input.values.length} numbers as ${what} instead of one`);
    return input.values[0]!;
  }
}
