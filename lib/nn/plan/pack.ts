import type { ComplexSlots, SlotValues } from '../../ckks/slots.js';
import { places } from './layout.js';
import type { Layout } from './layout.js';
import { hasPairs } from './plan.js';
import type { InterleavedPacking, Plan } from './plan.js';

// Samples into slots and back: what a client does before encryption and after decryption.

/** Ciphertexts of one batch of inputs and of outputs. */
export const ciphertextsPerBatch = ({
  packing,
  inputs,
  outputs,
}: Pick<Plan, 'packing' | 'inputs' | 'outputs'>): { readonly up: number; readonly down: number } =>
  packing.kind === 'samples' ? { up: inputs, down: outputs } : { up: 1, down: 1 };

/** Batches that so many samples fill. */
export const batchCount = (plan: Plan, samples: number): number => Math.ceil(samples / plan.samplesPerBatch);

/** Samples in the real parts of a batch; with pairs as many are in the imaginary ones. */
const samplesPerPart = ({ packing, samplesPerBatch }: Plan): number =>
  hasPairs(packing) ? samplesPerBatch / 2 : samplesPerBatch;

/** Slots of one sample: each element at its place, and again after every period. */
function spread(
  packing: InterleavedPacking,
  layout: Layout,
  element: (index: number, slot: number) => void,
): void {
  places(layout).forEach((place, index) => {
    for (let slot = place; slot < packing.length; slot += layout.period) element(index, slot);
  });
}

/** A vector of elements laid into `length` slots for every sample of a ciphertext alike. */
export function spreadVector(
  packing: InterleavedPacking,
  layout: Layout,
  values: Float64Array,
): Float64Array {
  const slots = new Float64Array(packing.length * packing.samples);
  spread(packing, layout, (index, slot) => {
    slots.fill(values[index]!, slot * packing.samples, (slot + 1) * packing.samples);
  });
  return slots;
}

/** The slots of every ciphertext of a request, batch after batch. */
export function packRows(plan: Plan, rows: Float64Array): SlotValues[] {
  const { inputs, packing, samplesPerBatch } = plan;
  const samples = rows.length / inputs;
  const perPart = samplesPerPart(plan);
  const packed: SlotValues[] = [];
  for (let start = 0; start < samples; start += samplesPerBatch) {
    const count = Math.min(samplesPerBatch, samples - start);
    if (packing.kind === 'interleaved') {
      const slots = new Float64Array(packing.length * packing.samples);
      spread(packing, packing.input, (input, slot) => {
        for (let s = 0; s < count; ++s)
          slots[slot * packing.samples + s] = rows[(start + s) * inputs + input]!;
      });
      packed.push(slots);
      continue;
    }
    const part = (input: number, first: number): Float64Array =>
      Float64Array.from(
        { length: Math.max(0, Math.min(perPart, count - first)) },
        (_, k) => rows[(start + first + k) * inputs + input]!,
      );
    for (let input = 0; input < inputs; ++input) {
      const re = part(input, 0);
      if (!packing.pairs) packed.push(re);
      else {
        const im = new Float64Array(re.length);
        im.set(part(input, perPart));
        packed.push({ re, im });
      }
    }
  }
  return packed;
}

/** The outputs in the slots of a response, row after row. */
export function unpackRows(plan: Plan, slots: readonly ComplexSlots[], samples: number): Float64Array {
  const { outputs, packing, samplesPerBatch, steps } = plan;
  const rows = new Float64Array(samples * outputs);
  const last = steps.at(-1)!;
  const layout = last.kind === 'linear' ? last.transform?.layout : undefined;
  const at = layout === undefined ? undefined : places(layout);
  const perPart = samplesPerPart(plan);
  for (let sample = 0; sample < samples; ++sample) {
    const batch = Math.floor(sample / samplesPerBatch);
    const inBatch = sample % samplesPerBatch;
    for (let output = 0; output < outputs; ++output) {
      let value: number;
      if (packing.kind === 'interleaved') value = slots[batch]!.re[at![output]! * packing.samples + inBatch]!;
      else {
        const { re, im } = slots[batch * outputs + output]!;
        value = inBatch < perPart ? re[inBatch]! : im[inBatch - perPart]!;
      }
      rows[sample * outputs + output] = value;
    }
  }
  return rows;
}
