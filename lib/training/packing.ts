import { refuseReceived, requireInteger, requireVector } from '../check.js';
import { ArgumentError } from '../errors.js';
import { ciphertextAt, slotAt } from './geometry.js';
import type { Geometry, InterfaceGeometry, LayerGeometry } from './geometry.js';
import { positionOf } from './mask.js';
import { inputsOf } from './model.js';
import type { InputScales, NetworkLayout } from './network.js';
import type { CompleteTask } from './task.js';

// Clear numbers to slots and back.

/** Weights by layer: units × (inputs + 1 for a bias) numbers, row after row, the bias last in its row. */
export type Weights = readonly Float64Array[];

/** What a batch is packed by. */
export interface PackingPlan {
  readonly task: CompleteTask;
  readonly layout: NetworkLayout;
  readonly geometry: Geometry;
  readonly scales: InputScales;
}

/** Rows in the clear, row after row; either may be absent where another owner has them. */
export interface PartialRows {
  readonly features?: Float64Array;
  readonly labels?: Float64Array;
}

/** Which part of a batch is brought. */
export interface BatchPart {
  /** 0 if absent. */
  readonly firstRow?: number;
  /** All further rows if absent. */
  readonly rows?: number;
  /** Which columns of the features; 0 if absent. */
  readonly firstColumn?: number;
  /** All further columns if absent. */
  readonly columns?: number;
}

/** Slots of a batch. */
export interface PackedBatch {
  readonly features: Float64Array[];
  readonly labels: Float64Array[];
}

const empty = (count: number, slots: number): Float64Array[] =>
  Array.from({ length: count }, () => new Float64Array(slots));

/** The group of every sample of the last or first layer, in the order of its ciphertexts, and its position there. */
function groupPlaces(
  layer: LayerGeometry,
  place: InterfaceGeometry,
  before: boolean,
): readonly [number, number][] {
  const index = new Map(
    layer.groups.map(({ before: b, after: a }, i) => {
      const { ciphertext, position } = before ? b : a;
      return [`${ciphertext}/${position}`, i];
    }),
  );
  const axis = before ? layer.outputs : layer.inputs;
  return place.places.map((p) => {
    const slot = slotAt(place, p, 0);
    const group = index.get(`${ciphertextAt(place, p)}/${positionOf(slot, axis)}`)!;
    return [group, positionOf(slot, layer.samples)];
  });
}

function requireBound(value: number, bound: number, row: number, column: number): void {
  if (Math.abs(value) <= bound) return;
  throw new ArgumentError(
    `Feature ${column} of row ${row} is ${value}, but the plan takes magnitudes up to ${bound}. Standardise or clip it, or plan with a larger model.inputBound.`,
    { row, column, value, bound },
    'VALUE_OUT_OF_RANGE',
  );
}

/** The slots of a batch or of a part of it. Throws ArgumentError for rows of other sizes and for too large features. */
export function packBatch(plan: PackingPlan, rows: PartialRows, part: BatchPart = {}): PackedBatch {
  const { task, geometry } = plan;
  const { inputs, layers } = task.model;
  const { firstRow = 0, firstColumn = 0 } = part;
  requireInteger(firstRow, 'firstRow', 0, task.batch - 1);
  requireInteger(firstColumn, 'firstColumn', 0, inputs - 1);
  const { rows: count = task.batch - firstRow, columns = inputs - firstColumn } = part;
  requireInteger(count, 'rows', 1, task.batch - firstRow);
  requireInteger(columns, 'columns', 1, inputs - firstColumn);
  const outputs = layers.at(-1)!.units;
  if (rows.features !== undefined) requireVector(rows.features, 'features', count * columns);
  if (rows.labels !== undefined) requireVector(rows.labels, 'labels', count * outputs);
  if (rows.features === undefined && rows.labels === undefined)
    refuseReceived('features or labels', 'the rows', 'neither');
  return {
    features: packFeatures(plan, rows.features, { firstRow, firstColumn, count, columns }),
    labels: packLabels(plan, rows.labels, { firstRow, count, outputs, slots: geometry.slots }),
  };
}

function packFeatures(
  { task, layout, geometry, scales }: PackingPlan,
  features: Float64Array | undefined,
  { firstRow, firstColumn, count, columns }: Record<'firstRow' | 'firstColumn' | 'count' | 'columns', number>,
): Float64Array[] {
  const layer = geometry.layers[0]!;
  const place = geometry.interfaces[0]!;
  const perBlock = layout.expandedInputs ? layer.groups.length : place.ciphertexts;
  const lists = empty(layer.blocks * perBlock, geometry.slots);
  if (features === undefined) return lists;
  const groups = groupPlaces(layer, place, true);
  for (let r = 0; r < count; ++r) {
    const n = firstRow + r;
    for (let c = 0; c < columns; ++c) {
      const value = features[r * columns + c]!;
      requireBound(value, task.model.inputBound, n, firstColumn + c);
      const block = Math.floor((firstColumn + c) / layer.inputs.size);
      const unit = (firstColumn + c) % layer.inputs.size;
      if (!layout.expandedInputs) {
        const list = lists[block * perBlock + ciphertextAt(place, place.places[n]!)]!;
        list[slotAt(place, place.places[n]!, unit)] = scales.features * value;
        continue;
      }
      const [group, sample] = groups[n]!;
      const list = lists[block * perBlock + group]!;
      for (let o = 0; o < layer.outputs.size; ++o)
        list[unit * layer.inputs.stride + sample * layer.samples.stride + o * layer.outputs.stride] =
          scales.features * value;
    }
  }
  return lists;
}

function packLabels(
  { layout, geometry, scales }: PackingPlan,
  labels: Float64Array | undefined,
  { firstRow, count, outputs, slots }: Record<'firstRow' | 'count' | 'outputs' | 'slots', number>,
): Float64Array[] {
  const layer = geometry.layers.at(-1)!;
  const place = geometry.interfaces.at(-1)!;
  const lists = empty(layout.mergedOutputs ? place.ciphertexts : layer.groups.length, slots);
  if (labels === undefined) return lists;
  const groups = groupPlaces(layer, place, false);
  for (let r = 0; r < count; ++r) {
    const n = firstRow + r;
    const p = place.places[n]!;
    const [group, sample] = groups[n]!;
    for (let o = 0; o < outputs; ++o) {
      const value = scales.labels * labels[r * outputs + o]!;
      if (layout.mergedOutputs) {
        lists[ciphertextAt(place, p)]![slotAt(place, p, o)] = value;
        continue;
      }
      const at = sample * layer.samples.stride + o * layer.outputs.stride;
      for (let i = 0; i < layer.inputs.size; ++i) lists[group]![at + i * layer.inputs.stride] = value;
    }
  }
  return lists;
}

/** rows × outputs numbers from the slots of inference. */
export function unpackOutputs(
  { task, layout, geometry, scales }: PackingPlan,
  slots: readonly Float64Array[],
  rows: number,
): Float64Array {
  const layer = geometry.layers.at(-1)!;
  const place = geometry.interfaces.at(-1)!;
  const groups = groupPlaces(layer, place, false);
  const { units } = task.model.layers.at(-1)!;
  const result = new Float64Array(rows * units);
  for (let n = 0; n < rows; ++n) {
    const p = place.places[n]!;
    const [group, sample] = groups[n]!;
    for (let o = 0; o < units; ++o) {
      const value = layout.mergedOutputs
        ? slots[ciphertextAt(place, p)]![slotAt(place, p, o)]!
        : slots[group]![sample * layer.samples.stride + o * layer.outputs.stride]!;
      result[n * units + o] = value / scales.labels;
    }
  }
  return result;
}

/** Calls with each weight's number in its layer, its ciphertext and its slot at sample 0. */
function eachWeight(
  { task, geometry }: PackingPlan,
  visit: (layer: number, index: number, ciphertext: number, slot: number) => void,
): void {
  let first = 0;
  for (const [l, layer] of geometry.layers.entries()) {
    const width = inputsOf(task.model, l);
    for (let o = 0; o < task.model.layers[l]!.units; ++o)
      for (let i = 0; i < width; ++i) {
        const slot = (i % layer.inputs.size) * layer.inputs.stride + o * layer.outputs.stride;
        visit(l, o * width + i, first + Math.floor(i / layer.inputs.size), slot);
      }
    first += layer.blocks;
  }
}

/** The slots of weights: a copy for every sample of a ciphertext. Throws ArgumentError for other sizes and too large ones. */
export function packWeights(plan: PackingPlan, weights: Weights): Float64Array[] {
  const { task, geometry } = plan;
  for (const [l, { units }] of task.model.layers.entries())
    requireVector(weights[l], `weights[${l}]`, units * inputsOf(task.model, l));
  const lists = empty(
    geometry.layers.reduce((sum, { blocks }) => sum + blocks, 0),
    geometry.slots,
  );
  eachWeight(plan, (l, index, ciphertext, slot) => {
    const { samples } = geometry.layers[l]!;
    const { weightBound } = task.model.layers[l]!;
    const value = weights[l]![index]!;
    if (Math.abs(value) > weightBound)
      throw new ArgumentError(
        `Weight ${index} of layer ${l + 1} is ${value}, but its weightBound is ${weightBound}. Plan with a larger one, or begin with smaller weights.`,
        { layer: l + 1, index, value, weightBound },
        'VALUE_OUT_OF_RANGE',
      );
    for (let s = 0; s < samples.size; ++s)
      lists[ciphertext]![slot + s * samples.stride] = value / weightBound;
  });
  return lists;
}

/** The weights in the slots of a state: the copy of the first sample. */
export function unpackWeights(plan: PackingPlan, slots: readonly Float64Array[]): Weights {
  const { model } = plan.task;
  const weights = model.layers.map(({ units }, l) => new Float64Array(units * inputsOf(model, l)));
  eachWeight(plan, (l, index, ciphertext, slot) => {
    weights[l]![index] = slots[ciphertext]![slot]! * model.layers[l]!.weightBound;
  });
  return weights;
}
