import { fitsOf, seriesAt } from './activation.js';
import type { FittedActivation } from './activation.js';
import { Draft, foldToward, MaskTable, spreadFrom } from './draft.js';
import { samplesIn } from './geometry.js';
import type { Geometry, Group, GroupPlace, LayerGeometry } from './geometry.js';
import { inputsOf } from './model.js';
import type { AxisRuns, Mask } from './mask.js';
import { firstOf, oneOf } from './mask.js';
import type { CompleteTask } from './task.js';

// Forward, backward and update of a network as packed operations. docs/training.md draws the layouts and counts them.

/** How a network is laid out. */
export interface NetworkLayout {
  readonly slots: number;
  /** The size of the first layer's axis of inputs. */
  readonly firstInputs: number;
  /** Whether owners bring features with the copies that the first layer needs: more bytes, one level less. */
  readonly expandedInputs: boolean;
  /** Whether sums of the last layer are brought together: two levels more, fewer ciphertexts for its activation. */
  readonly mergedOutputs: boolean;
}

/** What clear numbers are multiplied by before they are encrypted. */
export interface InputScales {
  readonly features: number;
  readonly labels: number;
}

/** Ciphertexts, of slots `scale` times what they stand for. */
interface Scaled {
  readonly node: number;
  readonly scale: number;
}

/** What the way back needs of a layer. */
interface Traversed {
  /** Inputs with a copy for every output; groups of the layer, block after block. */
  readonly inputs: Scaled;
  readonly weights: number;
  readonly output: Scaled;
  /** Derivative of the activation; undefined: 1. */
  readonly slope: Scaled | undefined;
}

const samplesOf = (layer: LayerGeometry, { samples }: Group): AxisRuns[] =>
  samples === undefined ? [] : [{ ...layer.samples, runs: samples }];

/** Terms that gather groups in the ciphertexts where they lie. */
function gather(
  groups: readonly Group[],
  placeOf: (group: Group) => GroupPlace,
  maskOf: (group: Group) => number,
): (readonly [number, number])[][] {
  const terms: (readonly [number, number])[][] = [];
  for (const [b, group] of groups.entries())
    (terms[placeOf(group).ciphertext] ??= []).push([b, maskOf(group)]);
  return terms;
}

/** Writes the program of one network and layout. */
export class NetworkWriter {
  readonly draft: Draft;
  readonly scales: InputScales;
  readonly #fits: readonly (FittedActivation | undefined)[];

  constructor(
    readonly task: CompleteTask,
    readonly geometry: Geometry,
    readonly layout: NetworkLayout,
  ) {
    this.draft = new Draft(layout.slots);
    this.#fits = fitsOf(task.model);
    const { inputBound, layers } = task.model;
    const last = layers.at(-1)!;
    const asInputs = layout.expandedInputs || this.#copies(0) === 1;
    this.scales = {
      features: asInputs ? this.#inputScale(0) : 1 / inputBound,
      labels: this.#fits.at(-1) === undefined ? 1 / last.activation.interval : 1,
    };
  }

  /** Ciphertexts of the weights of a layer among those of all. */
  get weightSlices(): { readonly first: number; readonly count: number }[] {
    let first = 0;
    return this.geometry.layers.map(({ blocks }) => {
      const slice = { first, count: blocks };
      first += blocks;
      return slice;
    });
  }

  /** Copies of a layer's inputs that lie beside each other. */
  #copies(l: number): number {
    return this.geometry.layers[l]!.outputs.size;
  }

  /** Inputs of a layer times this, times weights as they are stored, are sums in units of their interval. */
  #inputScale(l: number): number {
    const { weightBound, activation } = this.task.model.layers[l]!;
    return weightBound / activation.interval;
  }

  /** Whether sums of a layer stay copied over its axis of inputs. */
  #replicated(l: number): boolean {
    return l === this.geometry.layers.length - 1 && !this.layout.mergedOutputs;
  }

  /** Features of an inner step, with a copy for every output of the first layer. */
  features(step: number): Scaled {
    const { draft, geometry, layout, task } = this;
    const [layer] = geometry.layers as readonly [LayerGeometry];
    const [before] = geometry.interfaces as readonly [Geometry['interfaces'][0]];
    const perBlock = layout.expandedInputs ? layer.groups.length : before.ciphertexts;
    const scale = this.scales.features;
    let node = draft.add({ kind: 'features', step, count: layer.blocks * perBlock });
    if (task.model.layers[0]!.bias) {
      const unit = task.model.inputs;
      const at = oneOf(layer.inputs, unit % layer.inputs.size);
      const constants = Array.from({ length: layer.blocks * perBlock }, (_, i): Mask[] => {
        if (Math.floor(i / perBlock) !== Math.floor(unit / layer.inputs.size)) return [];
        const j = i % perBlock;
        if (layout.expandedInputs)
          return [{ axes: [...at, ...samplesOf(layer, layer.groups[j]!)], factor: scale }];
        const runs = samplesIn(before, j);
        return [{ axes: [...at, ...(runs ? [{ ...before.samples, runs }] : [])], factor: scale }];
      });
      node = draft.add({ kind: 'offset', source: node, constants });
    }
    return layout.expandedInputs ? { node, scale } : this.#copyInputs(0, { node, scale });
  }

  /** Compact inputs of a layer with a copy for every output. */
  #copyInputs(l: number, inputs: Scaled): Scaled {
    const { draft, geometry, task } = this;
    const layer = geometry.layers[l]!;
    if (layer.outputs.size === 1) return inputs;
    const scale = this.#inputScale(l);
    const table = new MaskTable();
    const perBlock = geometry.interfaces[l]!.ciphertexts;
    const width = l === 0 ? layer.inputs.size : inputsOf(task.model, l);
    const terms = Array.from({ length: layer.blocks }, (_, k) =>
      layer.groups.map((group) => {
        const { ciphertext, position } = group.before;
        const axes = [
          ...oneOf(layer.outputs, position),
          ...samplesOf(layer, group),
          ...firstOf(layer.inputs, width),
        ];
        return [[k * perBlock + ciphertext, table.add({ axes, factor: scale / inputs.scale })] as const];
      }),
    ).flat();
    const apart = draft.masked(inputs.node, table, terms);
    const spread = layer.groups.map((group) => spreadFrom(layer.outputs, group.before.position));
    const node = draft.fold(apart, Array.from({ length: layer.blocks }, () => spread).flat());
    return { node, scale };
  }

  /** Sums of a layer, in units of its interval: compact, or as the last layer leaves them. */
  #sums(l: number, inputs: number, weights: number): number {
    const { draft, geometry, task } = this;
    const layer = geometry.layers[l]!;
    const { groups, blocks } = layer;
    const products = draft.add({
      kind: 'product',
      left: inputs,
      right: weights,
      terms: groups.map((_, b) =>
        Array.from({ length: blocks }, (__, k) => [k * groups.length + b, k] as const),
      ),
    });
    const units = firstOf(layer.outputs, task.model.layers[l]!.units);
    if (this.#replicated(l)) {
      const folded = draft.fold(products, [foldToward(layer.inputs, 0)]);
      if (layer.inputsOnTop) {
        draft.refreshable.add(folded);
        return folded;
      }
      const table = new MaskTable();
      const terms = groups.map((group, b) => [
        [
          b,
          table.add({ axes: [...oneOf(layer.inputs, 0), ...samplesOf(layer, group), ...units], factor: 1 }),
        ] as const,
      ]);
      return draft.fold(draft.masked(folded, table, terms, { refreshable: true }), [
        spreadFrom(layer.inputs, 0),
      ]);
    }
    const folded = draft.fold(
      products,
      groups.map(({ after }) => foldToward(layer.inputs, layer.inputsOnTop ? 0 : after.position)),
    );
    const table = new MaskTable();
    const maskOf = (group: Group): number => {
      const axes = [...oneOf(layer.inputs, group.after.position), ...samplesOf(layer, group), ...units];
      return table.add({ axes, factor: 1 });
    };
    return draft.masked(
      folded,
      table,
      gather(groups, ({ after }) => after, maskOf),
      { refreshable: true },
    );
  }

  /** From one interface to the next. */
  layer(l: number, inputs: Scaled, weights: number, training: boolean): Traversed {
    const { draft, geometry, task } = this;
    const { activation } = task.model.layers[l]!;
    const sums = this.#sums(l, inputs.node, weights);
    draft.watched.push({ node: sums, what: 'sums', layer: l, bound: activation.interval });
    const fit = this.#fits[l];
    if (fit === undefined)
      return { inputs, weights, output: { node: sums, scale: 1 / activation.interval }, slope: undefined };
    const next = geometry.layers[l + 1];
    // Where no mask follows, the polynomial brings its values to the scale of the next layer's inputs.
    const scale = next?.outputs.size === 1 ? this.#inputScale(l + 1) : 1;
    const polynomial = (series: readonly number[], refreshable: boolean): number =>
      draft.add({ kind: 'polynomial', source: sums, chebyshev: series }, refreshable);
    const node = polynomial(
      fit.value.map((c) => c * scale),
      scale <= 1,
    );
    const slope = training && (l + 1 < geometry.layers.length || task.loss === 'squared');
    return {
      inputs,
      weights,
      output: { node, scale },
      slope: slope ? { node: polynomial(fit.derivative, true), scale: 1 } : undefined,
    };
  }

  /** Outputs of a layer as inputs of the next one. */
  nextInputs(l: number, { node, scale }: Scaled): Scaled {
    const { draft, geometry, task } = this;
    const next = task.model.layers[l + 1]!;
    const place = geometry.interfaces[l + 1]!;
    let biased = node;
    if (next.bias) {
      // The unit behind the last one has a sum of 0; it becomes 1.
      const fit = this.#fits[l];
      const there = fit === undefined ? 0 : seriesAt(fit.value, 0);
      const constants = Array.from({ length: place.ciphertexts }, (_, q): Mask[] => {
        const runs = samplesIn(place, q);
        const axes = [
          ...oneOf(place.units, task.model.layers[l]!.units),
          ...(runs ? [{ ...place.samples, runs }] : []),
        ];
        return [{ axes, factor: scale * (1 - there) }];
      });
      biased = draft.add({ kind: 'offset', source: node, constants });
    }
    return this.#copyInputs(l + 1, { node: biased, scale });
  }

  /** Outputs less labels, or the derivative of the squared loss: by the last layer's sums. */
  lossErrors(step: number, { output, slope }: Traversed): Scaled {
    const { draft, geometry } = this;
    const last = geometry.layers.length - 1;
    const { groups } = geometry.layers[last]!;
    const count = this.#replicated(last) ? groups.length : geometry.interfaces[last + 1]!.ciphertexts;
    const labels = draft.add({ kind: 'labels', step, count });
    const outputs = this.#replicated(last) ? this.#withoutPadding(output) : output.node;
    const node = draft.sum([outputs, labels], [1, -1], true);
    if (slope === undefined) return { node, scale: output.scale };
    return { node: draft.elementwise(node, slope.node, true), scale: output.scale };
  }

  /** Copied outputs, those where there is no sample or no unit set to 0: their sums are 0. */
  #withoutPadding(output: Scaled): number {
    const last = this.geometry.layers.length - 1;
    const layer = this.geometry.layers[last]!;
    const { units } = this.task.model.layers[last]!;
    const fit = this.#fits[last];
    const there = fit === undefined ? 0 : output.scale * seriesAt(fit.value, 0);
    const real = layer.groups.map((group) => [...samplesOf(layer, group), ...firstOf(layer.outputs, units)]);
    if (there === 0 || real.every((axes) => axes.length === 0)) return output.node;
    const constants = real.map((axes): Mask[] =>
      axes.length === 0
        ? []
        : [
            { axes: [], factor: -there },
            { axes, factor: there },
          ],
    );
    return this.draft.add({ kind: 'offset', source: output.node, constants });
  }

  /** Errors at the outputs of a layer with a copy for every input. */
  copyErrors(l: number, errors: Scaled): Scaled {
    const { draft, geometry, task } = this;
    const layer = geometry.layers[l]!;
    if (this.#replicated(l) || layer.inputs.size === 1) return errors;
    const table = new MaskTable();
    const terms = layer.groups.map((group) => {
      const axes = [
        ...oneOf(layer.inputs, group.after.position),
        ...samplesOf(layer, group),
        ...firstOf(layer.outputs, task.model.layers[l]!.units),
      ];
      return [[group.after.ciphertext, table.add({ axes, factor: 1 })] as const];
    });
    const apart = draft.masked(errors.node, table, terms);
    const node = draft.fold(
      apart,
      layer.groups.map((group) => spreadFrom(layer.inputs, group.after.position)),
    );
    return { node, scale: errors.scale };
  }

  /** The rate of an inner step times the mean gradient of a layer's weights as they are stored, times `factor`. */
  gradient(l: number, inputs: Scaled, errors: Scaled, step: number, factor: number): number {
    const { draft, geometry, task } = this;
    const layer = geometry.layers[l]!;
    const { groups, blocks } = layer;
    const { weightBound, units } = task.model.layers[l]!;
    const products = draft.add({
      kind: 'product',
      left: inputs.node,
      right: errors.node,
      terms: Array.from({ length: blocks }, (_, k) =>
        groups.map((__, b) => [k * groups.length + b, b] as const),
      ),
    });
    const whole = factor / (task.batch * weightBound * inputs.scale * errors.scale);
    if (layer.samples.size === 1) return draft.scale(products, whole, step);
    const folded = draft.fold(products, [foldToward(layer.samples, 0)]);
    const table = new MaskTable();
    const width = inputsOf(task.model, l);
    const terms = Array.from({ length: blocks }, (_, k) => {
      const axes = [
        ...oneOf(layer.samples, 0),
        ...firstOf(layer.inputs, width - k * layer.inputs.size),
        ...firstOf(layer.outputs, units),
      ];
      return [[k, table.add({ axes, factor: whole })] as const];
    });
    return draft.fold(draft.masked(folded, table, terms, { rate: step }), [spreadFrom(layer.samples, 0)]);
  }

  /** Errors at the outputs of the layer before. */
  backward(l: number, errors: Scaled, weights: number, before: Traversed): Scaled {
    const { draft, geometry, task } = this;
    const layer = geometry.layers[l]!;
    const { groups } = layer;
    const { weightBound } = task.model.layers[l]!;
    const { units, errorBound } = task.model.layers[l - 1]!;
    const products = draft.add(
      { kind: 'product', left: errors.node, right: weights, terms: groups.map((_, b) => [[b, 0]]) },
      layer.outputs.size === 1,
    );
    const given = errors.scale / weightBound;
    let sums: Scaled = { node: products, scale: given };
    if (layer.outputs.size > 1) {
      const folded = draft.fold(
        products,
        groups.map((group) => foldToward(layer.outputs, layer.inputsOnTop ? group.before.position : 0)),
      );
      const table = new MaskTable();
      const maskOf = (group: Group): number => {
        const axes = [
          ...oneOf(layer.outputs, group.before.position),
          ...samplesOf(layer, group),
          ...firstOf(layer.inputs, units),
        ];
        return table.add({ axes, factor: 1 / (errorBound * given) });
      };
      const terms = gather(groups, (group) => group.before, maskOf);
      sums = { node: draft.masked(folded, table, terms, { refreshable: true }), scale: 1 / errorBound };
    }
    draft.watched.push({ node: sums.node, what: 'errors', layer: l - 1, bound: 1 / sums.scale });
    if (before.slope === undefined) return sums;
    return {
      node: draft.elementwise(sums.node, before.slope.node, true),
      scale: sums.scale * before.slope.scale,
    };
  }
}
