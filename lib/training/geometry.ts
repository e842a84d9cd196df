import { ArgumentError } from '../errors.js';
import { inputsOf } from './model.js';
import type { CompleteModel } from './model.js';
import type { Axis, Run } from './mask.js';
import { runsOf } from './mask.js';

// Where samples and units lie. Slots are a tensor of three axes: the inputs of a layer, samples, and its outputs. Of the two
// axes of units one is at the top (its stride times its size is all slots: sums over it are cyclic) and one at the bottom, in
// turn from layer to layer, so that outputs of one layer are where the next one has its inputs.

/** Samples of a layer that share a ciphertext. */
export interface Group {
  /** At the interface before the layer: which ciphertext, and which position on the axis that outputs replace. */
  readonly before: GroupPlace;
  /** At the interface after it: the position is on the axis of the summed inputs. */
  readonly after: GroupPlace;
  /** Positions of its samples on the layer's axis of samples; undefined: all are taken. */
  readonly samples: readonly Run[] | undefined;
}

/** Where a group lies in a compact value. */
export interface GroupPlace {
  readonly ciphertext: number;
  readonly position: number;
}

/** How a layer's products lie. */
export interface LayerGeometry {
  readonly inputs: Axis;
  readonly samples: Axis;
  readonly outputs: Axis;
  /** Whether sums over the inputs are cyclic. */
  readonly inputsOnTop: boolean;
  /** Ciphertexts of weights: inputs beyond the axis go into further ones. */
  readonly blocks: number;
  readonly groups: readonly Group[];
}

/** How the values between two layers lie, without copies: units along one axis, samples along the rest. */
export interface InterfaceGeometry {
  readonly units: Axis;
  readonly samples: Axis;
  /** Ciphertexts, of one block of units each. */
  readonly ciphertexts: number;
  /** For each sample: its ciphertext, times the size of the axis of samples, plus its position. */
  readonly places: readonly number[];
}

/** Slots of a whole network. */
export interface Geometry {
  readonly slots: number;
  readonly layers: readonly LayerGeometry[];
  /** Before each layer, and after the last. */
  readonly interfaces: readonly InterfaceGeometry[];
}

const powerAbove = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)));

type Axes = Pick<LayerGeometry, 'inputs' | 'samples' | 'outputs' | 'inputsOnTop'>;

function axesOf(slots: number, inputs: number, outputs: number, inputsOnTop: boolean): Axes {
  const size = slots / inputs / outputs;
  if (size < 1)
    throw new ArgumentError(
      `A layer of ${inputs} × ${outputs} numbers (powers of two above its units) does not fit ${slots} slots. Use narrower layers, or more slots.`,
      { inputs, outputs, slots },
    );
  const low = inputsOnTop ? outputs : inputs;
  return {
    inputs: { stride: inputsOnTop ? slots / inputs : 1, size: inputs },
    samples: { stride: low, size },
    outputs: { stride: inputsOnTop ? 1 : slots / outputs, size: outputs },
    inputsOnTop,
  };
}

/** The position of a sample of a group on a compact axis: that of the group is next to the end that has no units. */
const compactPosition = (
  groupOnTop: boolean,
  group: number,
  groups: number,
  sample: number,
  samples: number,
): number => (groupOnTop ? group * samples + sample : sample * groups + group);

/** The samples at a compact interface as groups of a layer, those that hold none left out. */
function groupsOf(
  axes: Axes,
  places: readonly number[],
  batch: number,
): { groups: Group[]; of: number[]; at: number[] } {
  const { outputs, inputs, samples, inputsOnTop } = axes;
  const compact = outputs.size * samples.size;
  const members = new Map<number, number[]>();
  const keys: number[] = [];
  const at: number[] = [];
  for (let n = 0; n < batch; ++n) {
    const place = places[n]!;
    const ciphertext = Math.floor(place / compact);
    const p = place % compact;
    // With inputs on top, outputs are low, and so are groups: next to the other end.
    const group = inputsOnTop ? p % outputs.size : Math.floor(p / samples.size);
    const sample = inputsOnTop ? Math.floor(p / outputs.size) : p % samples.size;
    const key = ciphertext * outputs.size + group;
    const list = members.get(key);
    if (list === undefined) members.set(key, [sample]);
    else list.push(sample);
    keys.push(key);
    at.push(sample);
  }
  const order = [...members.keys()].sort((a, b) => a - b);
  const dense = new Map(order.map((key, b) => [key, b]));
  const groups = order.map((key, b): Group => {
    const positions = members.get(key)!.sort((x, y) => x - y);
    return {
      before: { ciphertext: Math.floor(key / outputs.size), position: key % outputs.size },
      after: { ciphertext: Math.floor(b / inputs.size), position: b % inputs.size },
      samples: positions.length === samples.size ? undefined : runsOf(positions),
    };
  });
  return { groups, of: keys.map((key) => dense.get(key)!), at };
}

/**
 * Axes, groups and places for `batch` samples. `firstInputs` is the size of the first layer's axis of inputs; a power of two.
 * Throws ArgumentError for layers that do not fit.
 */
export function geometryOf(
  model: CompleteModel,
  batch: number,
  slots: number,
  firstInputs: number,
): Geometry {
  const { layers } = model;
  // Every interface has room for the constant that biases are weights of.
  const widths = layers.map((_, l) => inputsOf(model, l));
  const outputs = layers.map(({ units }, l) => powerAbove(l + 1 < layers.length ? widths[l + 1]! : units));
  const result: LayerGeometry[] = [];
  const interfaces: InterfaceGeometry[] = [];
  let places: number[] = [];
  for (const l of layers.keys()) {
    const inputsOnTop = l % 2 === 0;
    const inputs = l === 0 ? firstInputs : outputs[l - 1]!;
    const axes = axesOf(slots, inputs, outputs[l]!, inputsOnTop);
    const { samples } = axes;
    if (l === 0) {
      places = Array.from({ length: batch }, (_, n) => {
        const group = Math.floor(n / samples.size);
        const position = compactPosition(
          false,
          group % outputs[0]!,
          outputs[0]!,
          n % samples.size,
          samples.size,
        );
        return Math.floor(group / outputs[0]!) * (slots / inputs) + position;
      });
      interfaces.push(interfaceOf(axes.inputs, true, slots, places));
    }
    const { groups, of, at } = groupsOf(axes, places, batch);
    places = of.map((b, n) => {
      const { ciphertext, position } = groups[b]!.after;
      return (
        ciphertext * (inputs * samples.size) +
        compactPosition(inputsOnTop, position, inputs, at[n]!, samples.size)
      );
    });
    interfaces.push(interfaceOf(axes.outputs, !inputsOnTop, slots, places));
    result.push({ ...axes, blocks: Math.ceil(widths[l]! / inputs), groups });
  }
  return { slots, layers: result, interfaces };
}

function interfaceOf(
  units: Axis,
  unitsOnTop: boolean,
  slots: number,
  places: readonly number[],
): InterfaceGeometry {
  const size = slots / units.size;
  return {
    units,
    samples: { stride: unitsOnTop ? 1 : units.size, size },
    ciphertexts: Math.floor(places.reduce((most, place) => Math.max(most, place), 0) / size) + 1,
    places,
  };
}

/** The slot of a unit of a sample in its compact ciphertext. */
export const slotAt = ({ units, samples }: InterfaceGeometry, place: number, unit: number): number =>
  (place % samples.size) * samples.stride + unit * units.stride;

/** Which ciphertext of a block holds a sample. */
export const ciphertextAt = ({ samples }: InterfaceGeometry, place: number): number =>
  Math.floor(place / samples.size);

/** Positions of the samples that there are in a compact ciphertext; undefined: all. */
export function samplesIn({ samples, places }: InterfaceGeometry, ciphertext: number): Run[] | undefined {
  const positions = places
    .filter((place) => Math.floor(place / samples.size) === ciphertext)
    .map((place) => place % samples.size)
    .sort((a, b) => a - b);
  return positions.length === samples.size ? undefined : runsOf(positions);
}
