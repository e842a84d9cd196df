import { malformed, quoted, tooLarge, unsupported } from './errors.js';
import type { AttributeMessage, GraphMessage, ModelMessage, NodeMessage } from './schema.js';

/** The oldest version of the standard operators that is read: before it sums and products broadcast by attributes. */
const oldestOpset = 7;
const mostNodes = 2 ** 16;

/** A node of the graph, with what its operators ask of it. */
export interface OnnxNode {
  readonly operator: string;
  /** Names of tensors; '' for an optional one that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeMessage>;
  /** As messages name it. */
  readonly subject: string;
}

/** A graph whose names are known to be in order: every tensor is made once. */
export interface OnnxGraph {
  readonly message: GraphMessage;
  readonly nodes: readonly OnnxNode[];
  /** The node that makes each tensor. */
  readonly producers: ReadonlyMap<string, OnnxNode>;
}

/** Refuses operators of versions that say other things by the same names. */
function checkOpset(model: ModelMessage): void {
  const found = model.opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx');
  const version = found?.version;
  if (version === undefined)
    throw malformed('The ONNX file', 'does not say which version of the operators it uses');
  if (version < oldestOpset) {
    throw unsupported(
      'The ONNX file',
      `uses version ${version} of the operators; ${oldestOpset} is the oldest that is read`,
      'Convert it with onnx.version_converter.convert_version(model, 17).',
      { version },
    );
  }
}

function readNode(message: NodeMessage, index: number): OnnxNode {
  const { name = '', domain = '' } = message;
  const called = name === '' ? `Node ${index}` : `Node ${quoted(name)}`;
  if (message.operator === undefined) throw malformed(called, 'has no operator');
  // An operator of another domain is another operator, whatever its name.
  const standard = domain === '' || domain === 'ai.onnx';
  const operator = standard ? message.operator : `${domain}.${message.operator}`;
  const subject = `${called} (operator ${quoted(operator)})`;
  const attributes = new Map<string, AttributeMessage>();
  for (const attribute of message.attribute) {
    if (attribute.name === undefined || attributes.has(attribute.name))
      throw malformed(subject, `has an attribute ${quoted(attribute.name ?? '')} twice, or without a name`);
    attributes.set(attribute.name, attribute);
  }
  return { operator, inputs: message.input, outputs: message.output, attributes, subject };
}

/** The nodes by what they make. Refuses a tensor that is made twice, and graphs of too many nodes. */
export function readGraph(model: ModelMessage): OnnxGraph {
  const message = model.graph;
  if (message === undefined)
    throw malformed('The ONNX file', 'holds no graph: these are not the bytes of an ONNX model');
  if (message.node.length > mostNodes)
    throw tooLarge('The graph', `has ${message.node.length} nodes; ${mostNodes} are read`);
  if (message.sparseInitializer.length > 0)
    throw unsupported('The graph', 'has sparse weights', 'Save them as dense tensors.');
  checkOpset(model);
  const nodes = message.node.map(readNode);
  const initialized = new Set<string>();
  for (const { name = '' } of message.initializer) {
    if (name === '' || initialized.has(name))
      throw malformed('The graph', `has the weights ${quoted(name)} twice, or without a name`);
    initialized.add(name);
  }
  const given = new Set(initialized);
  for (const { name = '' } of message.input) given.add(name);
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output) || given.has(output))
        throw malformed(node.subject, `makes the tensor ${quoted(output)}, which exists already`);
      producers.set(output, node);
    }
  }
  return { message, nodes, producers };
}

/**
 * The nodes that the tensor depends on, each after those that it reads. What the output does not need is left out, so it may
 * be unsupported. Refuses cycles.
 */
export function orderedNodes(graph: OnnxGraph, output: string): OnnxNode[] {
  const ordered: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'open' | 'done'>();
  const stack: { readonly node: OnnxNode; next: number }[] = [];
  const enter = (name: string): void => {
    const node = graph.producers.get(name);
    if (node === undefined || state.get(node) === 'done') return;
    if (state.get(node) === 'open') throw malformed(node.subject, 'depends on its own result');
    state.set(node, 'open');
    stack.push({ node, next: 0 });
  };
  enter(output);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const input = top.node.inputs[top.next++];
    if (input !== undefined) enter(input);
    else {
      state.set(top.node, 'done');
      ordered.push(top.node);
      stack.pop();
    }
  }
  return ordered;
}
