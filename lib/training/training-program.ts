import type { Draft } from './draft.js';
import { NetworkWriter } from './network.js';
import type { NetworkLayout } from './network.js';
import type { Geometry } from './geometry.js';
import type { CompleteTask } from './task.js';

// Whole programs before bootstraps are placed: a few training steps, and inference.

/** How an optimizer moves the state (w, u): u ← carry · u − g, w ← w + follow · u − g, with g = gain · rate · gradient. */
interface Motion {
  readonly gain: number;
  readonly carry: number;
  readonly follow: number;
}

/**
 * Velocities are kept so that weights and velocities take the same multiple of the gradient, which is then one ciphertext. For
 * Nesterov, w + μ u' − r g = w + μ² u − (1 + μ) r g: kept is (1 + μ) u.
 */
function motionOf({ optimizer }: CompleteTask): Motion | undefined {
  switch (optimizer.kind) {
    case 'gradientDescent':
      return undefined;
    case 'momentum':
      return { gain: 1, carry: optimizer.momentum, follow: optimizer.momentum };
    case 'nesterov': {
      const { momentum } = optimizer;
      return { gain: 1 + momentum, carry: momentum, follow: momentum ** 2 / (1 + momentum) };
    }
  }
}

/** Ciphertexts of weights, and of weights and velocities. */
export function stateCounts(task: CompleteTask, geometry: Geometry): { weights: number; state: number } {
  const weights = geometry.layers.reduce((sum, { blocks }) => sum + blocks, 0);
  return { weights, state: motionOf(task) === undefined ? weights : 2 * weights };
}

/** Whether two ciphertexts of the state are bootstrapped as one. */
export const joinsState = (task: CompleteTask, geometry: Geometry): boolean =>
  stateCounts(task, geometry).state > 1;

/** One step: the state before it to the state after it, times `half` if that is bootstrapped in pairs. */
function writeStep(writer: NetworkWriter, state: number, step: number, half: number): number {
  const { draft, task, geometry } = writer;
  const { layers } = geometry;
  const { weights: count, state: whole } = stateCounts(task, geometry);
  const slices = writer.weightSlices.map((slice) =>
    whole === slice.count ? state : draft.add({ kind: 'slice', source: state, ...slice }),
  );
  const traversed: ReturnType<NetworkWriter['layer']>[] = [];
  let inputs = writer.features(step);
  for (const l of layers.keys()) {
    if (l > 0) inputs = writer.nextInputs(l - 1, traversed[l - 1]!.output);
    traversed.push(writer.layer(l, inputs, slices[l]!, true));
  }
  const motion = motionOf(task);
  const gradients: number[] = [];
  let errors = writer.lossErrors(step, traversed.at(-1)!);
  for (let l = layers.length - 1; l >= 0; --l) {
    const copied = writer.copyErrors(l, errors);
    gradients[l] = writer.gradient(l, traversed[l]!.inputs, copied, step, half * (motion?.gain ?? 1));
    if (l > 0) errors = writer.backward(l, copied, slices[l]!, traversed[l - 1]!);
  }
  const moved = gradients.length === 1 ? gradients[0]! : draft.add({ kind: 'concat', sources: gradients });
  if (motion === undefined) return draft.sum([draft.scale(state, half), moved], [1, -1]);
  const weights = draft.add({ kind: 'slice', source: state, first: 0, count });
  const velocities = draft.add({ kind: 'slice', source: state, first: count, count });
  const next = [
    draft.sum([draft.scale(weights, half), draft.scale(velocities, half * motion.follow), moved], [1, 1, -1]),
    draft.sum([draft.scale(velocities, half * motion.carry), moved], [1, -1]),
  ];
  return draft.add({ kind: 'concat', sources: next });
}

/** So many training steps from one bootstrap of the state to the next. The last result is still to be bootstrapped. */
export function draftTraining(
  task: CompleteTask,
  geometry: Geometry,
  layout: NetworkLayout,
  steps: number,
): { readonly draft: Draft; readonly writer: NetworkWriter } {
  const writer = new NetworkWriter(task, geometry, layout);
  const { draft } = writer;
  const joined = joinsState(task, geometry);
  let state = draft.add({ kind: 'state', count: stateCounts(task, geometry).state });
  for (let step = 0; step < steps; ++step) {
    state = writeStep(writer, state, step, joined && step + 1 === steps ? 0.5 : 1);
    draft.results.push(state);
  }
  return { draft, writer };
}

/** Outputs for a batch, with the weights of a state. */
export function draftInference(task: CompleteTask, geometry: Geometry, layout: NetworkLayout): Draft {
  const writer = new NetworkWriter(task, geometry, layout);
  const { draft } = writer;
  const state = draft.add({ kind: 'state', count: stateCounts(task, geometry).state });
  let output = { node: -1, scale: 1 };
  for (const [l, slice] of writer.weightSlices.entries()) {
    const inputs = l === 0 ? writer.features(0) : writer.nextInputs(l - 1, output);
    const weights = draft.add({ kind: 'slice', source: state, ...slice });
    ({ output } = writer.layer(l, inputs, weights, false));
  }
  draft.results.push(output.node);
  return draft;
}
