import { CkksParameters } from '../../ckks/parameters.js';
import { chooseSet, costShapeOf, keySizeOf, planOf, planSteps } from './candidate.js';
import type { Decisions, PlannerOptions } from './candidate.js';
import { LevelCosts, nonlinearWork, secondsOf, sumOfWork, timesWork } from './cost.js';
import type { Work } from './cost.js';
import type { NoisyStep } from './noise.js';
import { highestNonlinearLevel, placeLevels, samplesOf } from './plan.js';
import type { Plan, PlanStep, SamplesPacking } from './plan.js';
import { rowEntriesOf } from './step-shape.js';
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
  const steps = planSteps(shapes, levels, inputs);
  const costs = costShapeOf(parameters);
  const workOf = (step: PlanStep): Work => {
    const at = new LevelCosts(costs, step.level);
    if (step.kind === 'linear')
      return at.linear(
        step.units,
        step.entries.reduce((sum, count) => sum + count, 0),
      );
    const each = nonlinearWork(step, costs);
    if (!pairs) return timesWork(step.units, each);
    // A conjugation a source takes two samples apart.
    return sumOfWork([
      timesWork(2 * step.units, each),
      timesWork(step.sources.length * step.units, at.keySwitch),
    ]);
  };
  const seconds = steps.map((step) => secondsOf(workOf(step), costs.logN, options.machine));
  const highest = highestNonlinearLevel(shapes, levels);
  const keys = { relinearization: highest, conjugation: pairs ? highest : null, rotations: [] };
  const packing: SamplesPacking = { kind: 'samples', pairs };
  const decisions: Decisions = {
    packing,
    inputs,
    steps,
    keys,
    keySizes: keySizeOf(parameters, keys),
    seconds,
    reasons: [
      `packing by samples: a ciphertext holds one feature of up to ${samplesOf(packing, parameters.slots)} samples${pairs ? ', two a slot (real and imaginary part),' : ''} so weights are plain numbers and linear layers need no rotation; one sample costs as much as a full batch`,
    ],
  };
  return planOf(decisions, { ...set, literal }, parameters, options);
}
