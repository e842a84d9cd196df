import { CkksParameters } from '../../ckks/parameters.js';
import type { KeySize } from '../../ckks/parameters.js';
import { ParameterError } from '../../errors.js';
import type { Shape } from '../shape.js';
import { sizeOf } from '../shape.js';
import {
  chooseSet,
  costShapeOf,
  fastestPlan,
  keySizeOf,
  planOf,
  planSteps,
  promisedError,
  unreachable,
} from './candidate.js';
import type { ChosenSet, Decisions, PlannerOptions, SetRequest } from './candidate.js';
import { cheapest, LevelCosts, nonlinearWork, secondsOf, sumOfWork, timesWork } from './cost.js';
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
import { highestNonlinearLevel, placeLevels } from './plan.js';
import type { Plan, PlanKeys, RotationKey, TransformStep } from './plan.js';
import { rowEntriesOf } from './step-shape.js';
import type { LinearShape, StepShape } from './step-shape.js';
import { DiagonalMap, diagonalsOf, foldsOf, splitsOf } from './transform-plan.js';
import type { Split } from './transform-plan.js';

// Interleaved packing: a ciphertext is all features of a few samples, linear steps are transforms of its slots.

/** What is planned. */
interface Task {
  readonly shapes: readonly StepShape[];
  /** At which each step begins. */
  readonly levels: readonly number[];
  readonly inputShape: Shape;
  /** Slots of a sample. */
  readonly length: number;
  readonly options: PlannerOptions;
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
interface LinearPlan {
  readonly layout: Layout;
  /** One a source. */
  readonly transforms: readonly { readonly diagonals: number; readonly split: Split }[];
  readonly folds: readonly number[];
  readonly work: Work;
}

/** Where every value lies, and how every linear step gets it there. */
interface Arrangement {
  readonly input: Layout;
  readonly linear: ReadonlyMap<number, LinearPlan>;
  /** Server time of the linear steps, and what their keys are held to cost. */
  readonly seconds: number;
}

/** What splits are chosen by: seconds of work, and what one more key is held to cost. */
interface Weights {
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
  const folding = timesWork(folds.length, new LevelCosts(costs, level - 1).keySwitch);
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
  { shapes, levels, length }: Task,
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
function arrange(task: Task, weights: Weights): Arrangement | undefined {
  const arrangements = [rasterLayout(task.inputShape), paddedLayout(task.inputShape)]
    .map((input) => arrangeFrom(input, task, weights))
    .filter((arrangement) => arrangement !== undefined);
  return cheapest(arrangements, ({ seconds }) => seconds);
}

function noisySteps(shapes: readonly StepShape[], { linear }: Arrangement): NoisyStep[] {
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
function rotationKeys({ linear }: Arrangement, levels: readonly number[], samples: number): RotationKey[] {
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

/** A key's weight starts at a fraction of a step's time and doubles until the keys fit their budget. */
const kFirstSecondsPerKey = 1e-6;
const kDoublings = 24;

interface Budgeted {
  readonly arrangement: Arrangement;
  readonly keys: PlanKeys;
  readonly keySizes: KeySize;
}

/** The cheapest arrangement under a parameter set whose keys fit their budget. */
function arrangeInBudget(task: Task, parameters: CkksParameters): Budgeted {
  const { shapes, levels, length, options } = task;
  const costs = costShapeOf(parameters);
  let secondsPerKey = 0;
  for (let attempt = 0; ; ++attempt) {
    const weights = { costs, machine: options.machine, secondsPerKey };
    const arrangement = arrange(task, weights)!;
    const keys = {
      relinearization: highestNonlinearLevel(shapes, levels),
      conjugation: null,
      rotations: rotationKeys(arrangement, levels, parameters.slots / length),
    };
    const keySizes = keySizeOf(parameters, keys);
    if (keySizes.memory <= options.keyBytes) return { arrangement, keys, keySizes };
    if (attempt === kDoublings)
      throw new ParameterError(
        'PARAMETERS_INVALID',
        `The evaluation keys take at least ${keySizes.memory} bytes in memory; keyBytes allows ${options.keyBytes}. Raise keyBytes, or use packing: 'samples'.`,
        { keyBytes: options.keyBytes, needed: keySizes.memory },
      );
    secondsPerKey = secondsPerKey === 0 ? kFirstSecondsPerKey : 2 * secondsPerKey;
  }
}

/** Arrangements of one set hardly differ in their errors from those of the set before: the first round is nearly always the last. */
const kMostRounds = 8;

/** The plan, or undefined where a sample needs more slots. */
async function planWithLength(task: Task): Promise<Plan | undefined> {
  const { shapes, levels, length, options } = task;
  const top = Math.max(...levels);
  // Costs need a set, a set needs the errors, errors need the arrangement: begin with a set that errors did not choose.
  const rough: CostShape = {
    logN: Math.log2(length) + 1,
    limbs: Array.from({ length: top + 1 }, (_, level) => level + 1),
    specialLimbs: 1,
    digits: Array.from({ length: top + 1 }, (_, level) => level + 1),
  };
  const first = arrange(task, { costs: rough, machine: options.machine, secondsPerKey: 0 });
  if (first === undefined) return undefined;
  const request = (arrangement: Arrangement): SetRequest => ({
    levels: top,
    slots: length,
    keySwitching: true,
    pairs: false,
    steps: noisySteps(shapes, arrangement),
  });
  let { maxError } = options;
  let before = first;
  for (let round = 0; round < kMostRounds; ++round) {
    const set = chooseSet(request(before), { ...options, maxError });
    using parameters = await CkksParameters.create(set.literal);
    const budgeted = arrangeInBudget(task, parameters);
    const promised = promisedError(request(budgeted.arrangement), set.literal, options);
    if (promised.sharedError <= options.maxError)
      return assemble(task, budgeted, { ...set, ...promised }, parameters);
    before = budgeted.arrangement;
    maxError /= 2;
  }
  throw unreachable(options.maxError, maxError);
}

function assemble(
  { shapes, levels, inputShape, length, options }: Task,
  { arrangement, keys, keySizes }: Budgeted,
  set: ChosenSet,
  parameters: CkksParameters,
): Plan {
  const costs = costShapeOf(parameters);
  const samples = parameters.slots / length;
  const inputs = sizeOf(inputShape);
  const steps = planSteps(shapes, levels, inputs, (index): TransformStep => {
    const { layout, transforms } = arrangement.linear.get(index)!;
    return { layout, babySteps: transforms.map((part) => part.split.babySteps) };
  });
  const seconds = steps.map((step, index) =>
    secondsOf(
      step.kind === 'linear' ? arrangement.linear.get(index)!.work : nonlinearWork(step, costs),
      costs.logN,
      options.machine,
    ),
  );
  const diagonals = [...arrangement.linear.values()].map((plan) =>
    plan.transforms.map((part) => String(part.diagonals)).join(' + '),
  );
  const decisions: Decisions = {
    packing: { kind: 'interleaved', length, samples, input: arrangement.input },
    inputs,
    steps,
    keys,
    keySizes,
    seconds,
    reasons: [
      `interleaved packing: a ciphertext holds all ${inputs} features of ${samples} samples, ${length} slots each; linear layers are transforms of the slots by ${diagonals.join(', ')} diagonals`,
      `${keys.rotations.length} rotation keys, each up to the level where it is used`,
    ],
  };
  return planOf(decisions, set, parameters, options);
}

/** The cheapest plan of a network of this shape with all features of a sample in one ciphertext; undefined if it is too wide. */
export async function planInterleaved(
  shapes: readonly StepShape[],
  inputShape: Shape,
  options: PlannerOptions,
): Promise<Plan | undefined> {
  const widest = Math.max(
    sizeOf(inputShape),
    ...shapes.map((step) => (step.kind === 'linear' ? sizeOf(step.shape) : 1)),
  );
  const levels = placeLevels(shapes);
  // Room beyond the widest value lets convolutions leave their results in place; the shortest length needs the least, so
  // that its failure is the one to tell.
  const least = powerAbove(widest);
  const lengths = [least, 2 * least, 4 * least].filter((length) => length <= 2 ** 16);
  return fastestPlan(
    lengths.map((length) => () => planWithLength({ shapes, levels, inputShape, length, options })),
    options.samples,
  );
}
