import { refuse, refuseReceived, requireInstance } from '../check.js';
import { add, layerKinds } from './layers.js';
import type { Layer } from './layers.js';
import { resultShape } from './result-shape.js';
import { requireShape, sizeOf } from './shape.js';
import type { Shape } from './shape.js';

/** A layer at its place in a network. */
export interface Node {
  readonly layer: Layer;
  /** What it reads: indices of earlier nodes, -1 for the input. */
  readonly from: readonly number[];
  /** The shape of what it gives. */
  readonly shape: Shape;
}

/** A network with checked shapes; see {@link sequential} and {@link graph}. The last node gives the outputs. */
export interface Model {
  /** Numbers of one sample. */
  readonly inputs: number;
  readonly outputs: number;
  readonly inputShape: Shape;
  readonly nodes: readonly Node[];
}

/** Layers whose result is added to what enters them (or to what `shortcut` makes of it). */
export interface Residual {
  readonly kind: 'residual';
  readonly layers: readonly SequentialLayer[];
  readonly shortcut: readonly SequentialLayer[];
}

/** A link of a chain: a layer, or a residual connection around several. */
export type SequentialLayer = Layer | Residual;

/** What {@link sequential} cannot know from the layers. */
export interface SequentialOptions {
  /** The shape of one input. Needed unless the first layer is dense. */
  readonly inputShape?: Shape;
}

/** A value in a network that is being built; see {@link graph}. */
export class Tensor {
  /** @internal */
  constructor(
    private readonly graph: Node[],
    private readonly index: number,
    readonly shape: Shape,
  ) {}

  /** What the layer makes of this value, and of others where it takes more than one. */
  apply(layer: Layer, ...others: readonly Tensor[]): Tensor {
    const checked = requireLayer(layer, this.graph.length);
    const inputs = [this, ...others];
    for (const input of others) {
      requireInstance(input, Tensor, 'an operand of a layer');
      if (input.graph !== this.graph)
        refuseReceived('a value of this network', 'an operand of a layer', 'one of another');
    }
    const shape = resultShape(
      checked,
      inputs.map((input) => input.shape),
      `layer ${this.graph.length} of a model`,
    );
    this.graph.push(
      Object.freeze({ layer: checked, from: Object.freeze(inputs.map((input) => input.index)), shape }),
    );
    return new Tensor(this.graph, this.graph.length - 1, shape);
  }

  /** @internal */
  static output(nodes: readonly Node[], tensor: Tensor): number {
    requireInstance(tensor, Tensor, 'the output of a model');
    if (tensor.graph !== nodes || tensor.index < 0)
      refuseReceived('what a layer gives', 'the output of a model', 'something else');
    return tensor.index;
  }
}

/** Keeps what the output depends on, in order; the output is then the last. */
function reachable(nodes: readonly Node[], output: number): Node[] {
  const needed = new Set([output]);
  for (let index = output; index >= 0; --index)
    if (needed.has(index)) for (const from of nodes[index]!.from) needed.add(from);
  const kept = nodes.flatMap((_, index) => (needed.has(index) ? [index] : []));
  const place = new Map(kept.map((index, at) => [index, at]));
  return kept.map((index) => {
    const node = nodes[index]!;
    return Object.freeze({ ...node, from: Object.freeze(node.from.map((from) => place.get(from) ?? -1)) });
  });
}

/**
 * A network of any form without cycles: `build` applies layers to the input and gives the output.
 *
 * @example
 * ```ts
 * const model = graph([4], (x) => {
 *   const hidden = x.apply(dense({ inputs: 4, units: 4, weights })).apply(activation('silu'));
 *   return hidden.apply(add(), x).apply(last); // a residual connection
 * });
 * ```
 */
export function graph(inputShape: Shape, build: (input: Tensor) => Tensor): Model {
  const shape = requireShape(inputShape, 'the input of a model');
  if (typeof build !== 'function') refuse('a function', 'the build of a model', build);
  const nodes: Node[] = [];
  const output = Tensor.output(nodes, build(new Tensor(nodes, -1, shape)));
  const kept = reachable(nodes, output);
  return Object.freeze({
    inputs: sizeOf(shape),
    outputs: sizeOf(nodes[output]!.shape),
    inputShape: shape,
    nodes: Object.freeze(kept),
  });
}

/** Layers whose result is added to what enters them; `shortcut` brings that to the same shape where they change it. */
export function residual(
  layers: readonly SequentialLayer[],
  options: { readonly shortcut?: readonly SequentialLayer[] } = {},
): Residual {
  if (!Array.isArray(layers) || layers.length === 0)
    refuse('at least one layer', 'a residual connection', layers);
  return Object.freeze({
    kind: 'residual',
    layers: Object.freeze([...(layers as SequentialLayer[])]),
    shortcut: Object.freeze([...(options.shortcut ?? [])]),
  });
}

const chain = (input: Tensor, layers: readonly SequentialLayer[]): Tensor =>
  layers.reduce((value, layer) => {
    if ((layer as { kind?: unknown } | null | undefined)?.kind !== 'residual')
      return value.apply(layer as Layer);
    const { layers: inner, shortcut } = layer as Residual;
    return chain(value, inner).apply(add(), chain(value, shortcut));
  }, input);

/**
 * A chain of layers, checked to fit each other.
 *
 * @example
 * ```ts
 * const model = sequential([
 *   dense({ inputs: 2, units: 3, weights: Float64Array.of(1, 0, 0, 1, 1, 1) }),
 *   activation('silu'),
 *   dense({ inputs: 3, units: 1, weights: Float64Array.of(1, -1, 0.5), bias: Float64Array.of(0.25) }),
 * ]);
 * ```
 */
export function sequential(layers: readonly SequentialLayer[], options: SequentialOptions = {}): Model {
  if (!Array.isArray(layers) || layers.length === 0) refuse('at least one layer', 'a model', layers);
  const first = layers[0] as { kind?: unknown; inputs?: unknown } | null | undefined;
  const inputShape = options.inputShape ?? (first?.kind === 'dense' ? [first.inputs as number] : undefined);
  if (inputShape === undefined) {
    requireLayerOrResidual(first, 0);
    refuseReceived(
      'a dense layer, or the option inputShape',
      'layer 0 of a model',
      `${String(first?.kind)} without a shape`,
    );
  }
  return graph(inputShape, (input) => chain(input, layers as readonly SequentialLayer[]));
}

/** The same network with other layers, each of the same inputs and result. */
export function mapLayers(model: Model, change: (layer: Layer, index: number) => Layer): Model {
  const nodes = model.nodes.map((node, index) =>
    Object.freeze({ ...node, layer: change(node.layer, index) }),
  );
  return Object.freeze({ ...model, nodes: Object.freeze(nodes) });
}

/** What comes from JavaScript, or through a cast, need not be a layer. */
function requireLayer(layer: unknown, index: number): Layer {
  const kind = (layer as { kind?: unknown } | null | undefined)?.kind;
  if (!(layerKinds as readonly unknown[]).includes(kind))
    refuse('dense(…), conv2d(…), activation(…) or another layer', `layer ${index} of a model`, layer);
  return layer as Layer;
}

function requireLayerOrResidual(layer: unknown, index: number): void {
  if ((layer as { kind?: unknown } | null | undefined)?.kind !== 'residual') requireLayer(layer, index);
}
