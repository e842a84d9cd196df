import { CkksParameters } from '../../ckks/parameters.js';
import { chooseSet, costShapeOf, keySizeOf, plainStep, planOf } from './candidate.js';
import type { Decisions, PlannerOptions } from './candidate.js';
import { LevelCosts, nonlinearWork, secondsOf, timesWork } from './cost.js';
import type { NoisyStep } from './noise.js';
import { placeLevels } from './plan.js';
import type { Plan, PlanStep } from './plan.js';
import { entriesOf, rowEntriesOf } from './step-shape.js';
import type { StepShape } from './step-shape.js';

// Packing by samples: a ciphertext is one feature of many samples.

const noisy = (step: StepShape): NoisyStep =>
  step.kind === 'linear' ? { kind: 'linear', sources: step.sources, rowEntries: rowEntriesOf(step) } : step;

/** The plan of a network of this shape with one feature a ciphertext. */
export async function planBySamples(
  shapes: readonly StepShape[],
  inputs: number,
  options: PlannerOptions,
): Promise<Plan> {
  const levels = placeLevels(shapes);
  const products = shapes.some((step) => step.kind !== 'linear');
  const top = Math.max(...levels);
  const set = chooseSet(
    { levels: top, slots: 1, keySwitching: products, pairs: products, steps: shapes.map(noisy) },
    options,
  );
  const pairs = products && options.samples > 2 ** (set.literal.logN - 1);
  // A slot that holds two samples is √2 times as large.
  const magnitude = options.bounds.input * (pairs ? Math.SQRT2 : 1);
  const literal = { ...set.literal, magnitude };
  using parameters = await CkksParameters.create(literal);
  const units: number[] = [inputs];
  const steps = shapes.map((shape, index): PlanStep => {
    const level = levels[index]!;
    if (shape.kind === 'linear') {
      units.push(shape.structures[0]!.rows);
      return {
        kind: 'linear',
        sources: shape.sources,
        units: units.at(-1)!,
        entries: entriesOf(shape.structures),
        level,
      };
    }
    const step = plainStep(shape, units, level);
    units.push(step.units);
    return step;
  });

  const costs = costShapeOf(parameters);
  const seconds = steps.map((step) => {
    const at = new LevelCosts(costs, step.level);
    const done =
      step.kind === 'linear'
        ? at.linear(
            step.units,
            step.entries.reduce((sum, count) => sum + count, 0),
          )
        : timesWork(step.units * (pairs ? 2 : 1), nonlinearWork(step, costs));
    const split = step.kind === 'linear' || !pairs ? 0 : step.sources.length * step.units;
    return (
      secondsOf(done, costs.logN, options.machine) +
      secondsOf(timesWork(split, at.keySwitch), costs.logN, options.machine)
    );
  });
  const nonlinear = steps.filter((step) => step.kind !== 'linear').map((step) => step.level);
  const highest = nonlinear.length === 0 ? null : Math.max(...nonlinear);
  const keys = { relinearization: highest, conjugation: pairs ? highest : null, rotations: [] };
  const samplesPerBatch = parameters.slots * (pairs ? 2 : 1);
  const decisions: Decisions = {
    packing: { kind: 'samples', pairs },
    samplesPerBatch,
    inputs,
    steps,
    keys,
    keySizes: keySizeOf(parameters, keys),
    seconds,
    ciphertexts: { up: inputs, down: steps.at(-1)!.units },
    reasons: [
      `packing by samples: a ciphertext holds one feature of up to ${samplesPerBatch} samples${pairs ? ', two a slot (real and imaginary part),' : ''} so weights are plain numbers and linear layers need no rotation; one sample costs as much as a full batch`,
    ],
  };
  return planOf(decisions, { ...set, literal }, parameters, options);
}
