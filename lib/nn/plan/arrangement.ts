import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import { cheapest, LevelCosts, secondsOf, sumOfWork, timesWork } from './cost.js';
import type { CostShape, MachineProfile, Work } from './cost.js';
import {
  extent,
  longestPeriod,
  multiplexedLayout,
  paddedLayout,
  powerAbove,
  rasterLayout,
} from './layout.js';
import type { Layout } from './layout.js';
import type { NoisyStep } from './noise.js';
import type { RotationKey } from './plan.js';
import { rowEntriesOf } from './step-shape.js';
import type { LinearShape, StepShape } from './step-shape.js';
import { DiagonalMap, diagonalsOf, foldsOf, splitsOf } from './transform-plan.js';
import type { Split } from './transform-plan.js';

// Where values lie in the slots of a sample, and how linear steps get them there.

/** What is arranged. */
export interface ArrangementTask {
  readonly shapes: readonly StepShape[];
  /** At which each step begins. */
  readonly levels: readonly number[];
  readonly inputShape: Shape;
  /** Slots of a sample. */
  readonly length: number;
}

/** A linear step that is to be planned, and what is there before it. */
interface LinearTask {
  readonly step: LinearShape;
  readonly level: number;
  readonly sources: readonly Layout[];
  /** Rotations whose keys are there anyway. */
  readonly held: ReadonlySet<number>;
}

/** How a linear step is done on one ciphertext. */
export interface LinearPlan {
  readonly layout: Layout;
  /** One a source. */
  readonly transforms: readonly { readonly diagonals: number; readonly split: Split }[];
  readonly folds: readonly number[];
  readonly work: Work;
}

/** Where every value lies, and how every linear step gets it there. */
export interface Arrangement {
  readonly input: Layout;
  readonly linear: ReadonlyMap<number, LinearPlan>;
  /** Server time of the linear steps, and what their keys are held to cost. */
  readonly seconds: number;
}

/** What splits are chosen by: seconds of work, and what one more key is held to cost. */
export interface Weights {
  readonly costs: CostShape;
  readonly machine: MachineProfile;
  readonly secondsPerKey: number;
}

/** Layouts that the result of a linear step could have in `length` slots. */
function candidateLayouts(shape: Shape, sources: readonly Layout[], length: number): Layout[] {
  const candidates: Layout[] = [];
  for (let period = powerAbove(sizeOf(shape)); period <= length; period *= 2)
    candidates.push(rasterLayout(shape, period));
  const near = multiplexedLayout(shape, sources[0]!, length);
  if (near !== undefined) candidates.push(near);
  return candidates;
}

const foldingWork = (folds: readonly number[], level: number, costs: CostShape): Work =>
  timesWork(folds.length, new LevelCosts(costs, level - 1).keySwitch);

/** The same step where it begins at another level. */
export function linearWork({ transforms, folds }: LinearPlan, level: number, costs: CostShape): Work {
  const at = new LevelCosts(costs, level);
  return sumOfWork([
    ...transforms.map(({ diagonals, split }) =>
      at.transform(diagonals, split.babies.length, split.giants.length),
    ),
    foldingWork(folds, level, costs),
  ]);
}

/** The cheapest way to do a linear step with its result laid out so. */
function planLinear(
  { step, level, sources, held }: LinearTask,
  layout: Layout,
  weights: Weights,
): LinearPlan & { readonly seconds: number } {
  const { costs, machine, secondsPerKey } = weights;
  const at = new LevelCosts(costs, level);
  const period = longestPeriod(sources);
  const folds = foldsOf(period, layout.period);
  const keys = new Set([...held, ...folds]);
  const price = (done: Work, rotations: readonly number[]): number =>
    secondsOf(done, costs.logN, machine) +
    rotations.filter((rotation) => !keys.has(rotation)).length * secondsPerKey;
  const folding = foldingWork(folds, level, costs);
  let seconds =
    secondsOf(folding, costs.logN, machine) + folds.filter((fold) => !held.has(fold)).length * secondsPerKey;
  const parts = step.structures.map((structure, k) => {
    const map = new DiagonalMap(sources[k]!, layout, period);
    const diagonals = diagonalsOf(structure, map);
    const candidates = splitsOf(diagonals, map.modulus).map((split) => {
      const done = at.transform(diagonals.length, split.babies.length, split.giants.length);
      return { split, done, seconds: price(done, [...split.babies, ...split.giants]) };
    });
    const best = cheapest(candidates, ({ seconds }) => seconds)!;
    for (const rotation of [...best.split.babies, ...best.split.giants]) keys.add(rotation);
    seconds += best.seconds;
    return { diagonals: diagonals.length, ...best };
  });
  return {
    layout,
    transforms: parts.map(({ diagonals, split }) => ({ diagonals, split })),
    folds,
    work: sumOfWork([...parts.map((part) => part.done), folding]),
    seconds,
  };
}

/** Lays every value into `length` slots, step by step the cheapest way; undefined where a value is too large for them. */
function arrangeFrom(
  input: Layout,
  { shapes, levels, length }: ArrangementTask,
  weights: Weights,
): Arrangement | undefined {
  if (input.period > length || extent(input) > length) return undefined;
  const layouts: Layout[] = [input];
  const linear = new Map<number, LinearPlan>();
  const held = new Set<number>();
  let seconds = 0;
  for (const [index, step] of shapes.entries()) {
    const sources = step.sources.map((source) => layouts[source]!);
    if (step.kind !== 'linear') {
      layouts.push(sources[0]!);
      continue;
    }
    // Both operands of a product have to lie alike.
    const partner = shapes
      .filter((reader) => reader.kind === 'product' && reader.sources.includes(index + 1))
      .flatMap((reader) => reader.sources)
      .map((value) => layouts[value])
      .find((layout) => layout !== undefined);
    const candidates = partner === undefined ? candidateLayouts(step.shape, sources, length) : [partner];
    const linearTask = { step, level: levels[index]!, sources, held };
    const best = cheapest(
      candidates.map((layout) => planLinear(linearTask, layout, weights)),
      (plan) => plan.seconds,
    );
    if (best === undefined) return undefined;
    for (const { split } of best.transforms)
      for (const rotation of [...split.babies, ...split.giants]) held.add(rotation);
    for (const fold of best.folds) held.add(fold);
    seconds += best.seconds;
    linear.set(index, best);
    layouts.push(best.layout);
  }
  return { input, linear, seconds };
}

/** The cheapest arrangement over the layouts that the input could have. */
export function arrange(task: ArrangementTask, weights: Weights): Arrangement | undefined {
  const arrangements = [rasterLayout(task.inputShape), paddedLayout(task.inputShape)]
    .map((input) => arrangeFrom(input, task, weights))
    .filter((arrangement) => arrangement !== undefined);
  return cheapest(arrangements, ({ seconds }) => seconds);
}

export function noisySteps(shapes: readonly StepShape[], { linear }: Arrangement): NoisyStep[] {
  return shapes.map((step, index): NoisyStep => {
    if (step.kind !== 'linear') return step;
    const { transforms, folds } = linear.get(index)!;
    return {
      kind: 'linear',
      sources: step.sources,
      rowEntries: rowEntriesOf(step),
      transform: {
        diagonals: transforms.reduce((sum, part) => sum + part.diagonals, 0),
        giants: transforms.reduce((sum, part) => sum + part.split.giants.length, 0),
        folds: folds.length,
      },
    };
  });
}

/** The rotations of all linear steps on ciphertexts of so many samples, each at the highest level where it is used. */
export function rotationKeys(
  { linear }: Arrangement,
  levels: readonly number[],
  samples: number,
): RotationKey[] {
  const highest = new Map<number, number>();
  const need = (steps: number, level: number): void => {
    highest.set(steps * samples, Math.max(level, highest.get(steps * samples) ?? 0));
  };
  for (const [index, { transforms, folds }] of linear) {
    const level = levels[index]!;
    for (const { split } of transforms) for (const k of [...split.babies, ...split.giants]) need(k, level);
    for (const fold of folds) need(fold, level - 1);
  }
  return [...highest].map(([steps, level]) => ({ steps, level })).sort((a, b) => a.steps - b.steps);
}
