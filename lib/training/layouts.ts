import { geometryOf } from './geometry.js';
import { inputsOf } from './model.js';
import type { NetworkLayout } from './network.js';
import type { CompleteTask } from './task.js';
import { ArgumentError } from '../errors.js';

// The layouts that a planner compares.

const kMostSlots = 2 ** 15;
const kLeastSlots = 2 ** 4;
/** Sizes of the first layer's axis of inputs, each half of the one before. */
const kSizes = 4;
/** Sizes of ciphertexts, likewise. */
const kSlotSizes = 3;
/** More ciphertexts of features than this are not sent for the sake of a level. */
const kMostFeatures = 256;

const powerAbove = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)));

/** Every layout of a task that is worth comparing, in ciphertexts of `slots` or of several sizes. */
export function layoutsOf(task: CompleteTask, slots?: number): NetworkLayout[] {
  const { model, batch } = task;
  const width = powerAbove(inputsOf(model, 0));
  const outputs = powerAbove(model.layers[0]!.units);
  // No more than the products of a batch fill.
  const most = Math.min(kMostSlots, Math.max(kLeastSlots, width * outputs * powerAbove(batch)));
  const sizes =
    slots === undefined
      ? Array.from({ length: kSlotSizes }, (_, k) => most / 2 ** k).filter((size) => size >= kLeastSlots)
      : [slots];
  const layouts: NetworkLayout[] = [];
  for (const size of sizes)
    for (let k = 0; k < kSizes && width / 2 ** k >= 1; ++k) {
      const firstInputs = width / 2 ** k;
      const geometry = tryGeometry(task, size, firstInputs);
      if (geometry === undefined) continue;
      const [first] = geometry.layers;
      const features = first!.blocks * first!.groups.length;
      const expanded = first!.outputs.size > 1 && features <= kMostFeatures ? [false, true] : [false];
      // Where units of the last layer are copied without a mask, absent samples must have no inputs.
      const last = geometry.layers.at(-1)!;
      const canStay = geometry.layers.length === 1 || !last.inputsOnTop || last.outputs.size > 1;
      for (const expandedInputs of expanded)
        for (const mergedOutputs of canStay ? [true, false] : [true])
          layouts.push({ slots: size, firstInputs, expandedInputs, mergedOutputs });
    }
  return layouts;
}

function tryGeometry(
  { model, batch }: CompleteTask,
  slots: number,
  firstInputs: number,
): ReturnType<typeof geometryOf> | undefined {
  try {
    return geometryOf(model, batch, slots, firstInputs);
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}
