import { checkOptions, refuse, requireBytes } from '../check.js';
import { CiphernetError, FormatError } from '../errors.js';
import { reshape } from '../nn/layers.js';
import { graph as buildModel } from '../nn/model.js';
import type { Model, Tensor } from '../nn/model.js';
import type { Shape } from '../nn/shape.js';
import { Operands } from './attributes.js';
import { elementsOf, readTensor } from './constants.js';
import type { Constant } from './constants.js';
import { malformed, quoted, tooLarge, unsupported } from './errors.js';
import { foldNode } from './folding.js';
import { budgetFor } from './budget.js';
import type { Budget } from './budget.js';
import { fuseActivations } from './fusion.js';
import { orderedNodes, readGraph } from './graph.js';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { outputName, sampleShape, soleInput } from './interface.js';
import { operators } from './operators/index.js';
import { remedyFor } from './operators/remedies.js';
import { modelSchema } from './schema.js';
import type { TensorMessage } from './schema.js';
import { checkSize } from './values.js';
import type { Value } from './values.js';
import { decodeMessage } from './wire.js';

export interface ReadOnnxOptions {
  /** The shape of one input, without the batch. Needed where the file leaves sizes open; else it must say the same. */
  readonly inputShape?: Shape;
  /** The tensor that the model is to give. Needed where the graph has several outputs; any that a node makes may be named. */
  readonly output?: string;
}

/**
 * Reads a network from an ONNX file; docs/models.md lists the operators and what each becomes.
 *
 * The first axis of the input is the batch where its size is open or 1; the model has the shape of one sample. Weights keep
 * the precision of the file.
 *
 * @param bytes - the whole file, its weights included; below 2^31 bytes.
 * @throws FormatError with the code ONNX_UNSUPPORTED for what has no encrypted counterpart, naming the node and what to do;
 * with FORMAT_TRUNCATED, FORMAT_CORRUPT or FORMAT_TOO_LARGE for bytes that are no sound model, naming the node or field.
 *
 * @example
 * ```ts
 * const model = readOnnx(await readFile('model.onnx'));
 * const { plan, serverModel } = await compile(model, { calibration });
 * ```
 */
export function readOnnx(bytes: Uint8Array, options: ReadOnnxOptions = {}): Model {
  requireBytes(bytes, 'an ONNX file');
  const { inputShape, output } = checkOptions(options, ['inputShape', 'output'], 'readOnnx()');
  if (output !== undefined && typeof output !== 'string') refuse('a string', 'the option output', output);
  if (bytes.length >= 2 ** 31)
    throw tooLarge('The ONNX file', `has ${bytes.length} bytes; 2^31 - 1 are read`);
  const read = readGraph(decodeMessage(modelSchema, bytes));
  const weights = new Weights(read, budgetFor(bytes));
  const graph = fuseActivations(read, (name) => weights.scalar(name));
  const wanted = outputName(graph, output);
  const input = soleInput(graph.message);
  const { batch, shape } = sampleShape(input, inputShape);
  const nodes = orderedNodes(graph, wanted);
  return buildModel(shape.length === 0 ? [1] : shape, (tensor) => {
    const made = new Map<string, Value>([[input.name ?? '', { kind: 'traced', batch, shape, tensor }]]);
    for (const node of nodes) runNode(node, made, weights);
    return result(made, wanted, tensor);
  });
}

/** The constants of the file, read where they are used. */
class Weights {
  readonly #messages: ReadonlyMap<string, TensorMessage>;
  readonly #values = new Map<string, Constant>();

  constructor(
    private readonly graph: OnnxGraph,
    readonly budget: Budget,
  ) {
    this.#messages = new Map(graph.message.initializer.map((tensor) => [tensor.name ?? '', tensor]));
  }

  get(name: string): Constant | undefined {
    const message = this.#messages.get(name);
    let value = this.#values.get(name);
    if (message !== undefined && value === undefined) {
      const subject = `The tensor ${quoted(name)}`;
      value = readTensor(message, subject);
      this.budget.spend(value.values.length, subject);
      this.#values.set(name, value);
    }
    return value;
  }

  /** A constant of one number that the file holds as such. */
  scalar(name: string): Constant | undefined {
    const message = this.#messages.get(name);
    if (message !== undefined) return elementsOf(message.dims) === 1 ? this.get(name) : undefined;
    const producer = this.graph.producers.get(name);
    if (producer?.operator !== 'Constant') return undefined;
    const dims = producer.attributes.get('value')?.t?.dims;
    if (dims !== undefined && elementsOf(dims) !== 1) return undefined;
    return foldNode(new Operands(producer, []), true, this.budget);
  }
}

function runNode(node: OnnxNode, made: Map<string, Value>, weights: Weights): void {
  const values = node.inputs.map((name) => {
    if (name === '') return undefined;
    const value = made.get(name) ?? weights.get(name);
    if (value === undefined) throw missing(node, name);
    return value;
  });
  const operands = new Operands(node, values);
  const [output] = node.outputs;
  if (output === undefined || output === '') throw malformed(node.subject, 'has no output');
  made.set(
    output,
    naming(node, () => {
      const known = values.every((value) => value?.kind !== 'traced');
      const folded = foldNode(operands, known, weights.budget);
      if (folded !== undefined) return folded;
      if (!Object.hasOwn(operators, node.operator))
        throw unsupported(node.subject, 'is not supported', remedyFor(node.operator), {
          operator: node.operator,
        });
      if (known) {
        throw unsupported(
          node.subject,
          'has constants only and is not folded',
          'Let the exporter fold constants (do_constant_folding=True, or onnxsim).',
          { operator: node.operator },
        );
      }
      const value = operators[node.operator]!(operands, weights.budget);
      checkSize(value.shape, node.subject);
      return value;
    }),
  );
}

/** A tensor that is not there: nobody makes it, or it is an output of an operator beyond the first. */
function missing(node: OnnxNode, name: string): FormatError {
  return malformed(
    node.subject,
    `reads the tensor ${quoted(name)}, which is not there or a second output of a node`,
  );
}

/** What layers refuse is a mistake of the node. */
function naming<T>(node: OnnxNode, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof CiphernetError) || error instanceof FormatError) throw error;
    throw new FormatError('FORMAT_CORRUPT', `${node.subject}: ${error.message}`, {
      subject: node.subject,
      ...error.details,
    });
  }
}

/** The layer that gives the output. */
function result(made: ReadonlyMap<string, Value>, name: string, input: Tensor): Tensor {
  const value = made.get(name);
  if (value?.kind !== 'traced')
    throw malformed('The graph', `has an output ${quoted(name)} that does not depend on the input`);
  return value.tensor === input ? input.apply(reshape(input.shape)) : value.tensor;
}
