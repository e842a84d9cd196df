import { checkOptions, checkRun, requireFinite, requireInteger, runOptionNames } from '../check.js';
import type { BootstrappingPlan } from '../ckks/bootstrapping-plan.js';
import { planBootstrapping } from '../ckks/bootstrapping-plan.js';
import { CkksParameters } from '../ckks/parameters.js';
import { requireSecurity } from '../ckks/security.js';
import { ParameterError } from '../errors.js';
import { info } from '../native.js';
import type { RunOptions } from '../native.js';
import { costShapeOf } from '../nn/plan/candidate.js';
import { assumedMachine, roughCosts, secondsOf } from '../nn/plan/cost.js';
import type { MachineProfile } from '../nn/plan/cost.js';
import { chooseBootstraps } from './placed.js';
import { derivePlan, trainingPlanFormat, trainingPlanVersion } from './plan.js';
import type { PlanDecisions, TrainingKeys, TrainingPlan } from './plan.js';
import { layoutsOf } from './layouts.js';
import type { NetworkLayout } from './network.js';
import { geometryOf } from './geometry.js';
import type { Program, ProgramNode } from './program.js';
import { completeTask } from './task.js';
import type { CompleteTask, TrainingTask } from './task.js';
import { draftInference, draftTraining, joinsState } from './training-program.js';
import { countOperations, programWork, workOf } from './work.js';
import { countsOf } from './program.js';

/** How planTraining() looks for a plan. */
export interface TrainingPlanOptions extends RunOptions {
  /** 'none' for tests, which takes the smallest ring. */
  readonly security?: 'classical-128' | 'none';
  /** Mean bits of a bootstrap; 20 if absent. */
  readonly precisionBits?: number;
  /** Levels between bootstraps; as is cheapest if absent. */
  readonly levelsAfter?: number;
  /** Slots of a ciphertext, a power of two; as is cheapest if absent. */
  readonly slots?: number;
  /** What time is predicted for: measureMachine(); figures of this kind of CPU if absent. */
  readonly machine?: MachineProfile;
}

/** Rings of 2^16 have no more with a usual precision. */
const kMostLevels = 16;
/** Levels that layouts are compared at. */
const kUsualLevels = 12;
const kMostSteps = 4;
/** So many of the layouts are looked at with every number of levels and steps. */
const kFinalists = 3;
/** So many sets are made for the candidates that seem best. */
const kMostSets = 8;
/** Seconds of a bootstrap rise by about this part with every level after it. */
const kLevelShare = 0.06;

const optionNames = [
  'security',
  'precisionBits',
  'levelsAfter',
  'slots',
  'machine',
  ...runOptionNames,
] as const;

interface Settings {
  readonly security: 'classical-128' | 'none';
  readonly precisionBits: number;
  readonly levelsAfter: number | undefined;
  readonly slots: number | undefined;
  readonly machine: MachineProfile;
  readonly watch: RunOptions;
}

function checkSettings(options: TrainingPlanOptions): Settings {
  const subject = 'planTraining()';
  const {
    security = 'classical-128',
    precisionBits = 20,
    levelsAfter,
    slots,
    machine,
    ...rest
  } = checkOptions(options, optionNames, subject);
  requireSecurity(security);
  requireFinite(precisionBits, 'precisionBits');
  if (levelsAfter !== undefined) requireInteger(levelsAfter, 'levelsAfter', 1, 60);
  if (slots !== undefined) requireInteger(slots, 'slots', 2, 2 ** 16);
  const { cpuLevel, threads } = info();
  return {
    security,
    precisionBits,
    levelsAfter,
    slots: slots === undefined ? undefined : 2 ** Math.ceil(Math.log2(slots)),
    machine: machine ?? assumedMachine(cpuLevel, threads),
    watch: checkRun(rest, subject),
  };
}

/** A layout with what was decided about its levels. */
interface Candidate {
  readonly decisions: PlanDecisions;
  readonly levels: number;
  /** Of a step, bootstraps left out, and how many bootstraps it has. */
  readonly seconds: number;
  readonly bootstraps: number;
}

/** Seconds of nodes in the ring of a set, before there are its tables. */
class RoughCosts {
  readonly #shapes = new Map<number, ReturnType<typeof roughCosts>>();
  readonly #logN: number;
  readonly #specialLimbs: number;

  constructor(
    { parameters }: BootstrappingPlan,
    readonly machine: MachineProfile,
  ) {
    this.#logN = parameters.logN;
    this.#specialLimbs = parameters.logP.length;
  }

  secondsOf = (node: ProgramNode, count: number, level: number): number => {
    let shape = this.#shapes.get(level);
    if (shape === undefined) {
      shape = roughCosts(this.#logN, level, this.#specialLimbs);
      this.#shapes.set(level, shape);
    }
    return secondsOf(workOf(node, count, shape, level), shape.logN, this.machine);
  };

  ofProgram({ nodes, levels }: Program): number {
    const counts = countsOf(nodes);
    return nodes.reduce((sum, node, i) => sum + this.secondsOf(node, counts[i]!, levels[i]!), 0);
  }
}

function candidateOf(
  task: CompleteTask,
  layout: NetworkLayout,
  stepsPerRefresh: number,
  levels: number,
  costs: RoughCosts,
): Candidate | undefined {
  const geometry = geometryOf(task.model, task.batch, layout.slots, layout.firstInputs);
  const { draft } = draftTraining(task, geometry, layout, stepsPerRefresh);
  const training = chooseBootstraps(draft, { levels, secondsOf: costs.secondsOf });
  const inference = chooseBootstraps(draftInference(task, geometry, layout), {
    levels,
    secondsOf: costs.secondsOf,
  });
  if (training === undefined || inference === undefined) return undefined;
  const decisions = { task, layout, stepsPerRefresh, bootstrapped: { training, inference } };
  const program = derivePlan(decisions).training;
  return {
    decisions,
    levels,
    seconds: costs.ofProgram(program) / stepsPerRefresh,
    bootstraps: countOperations(program.nodes).bootstraps / stepsPerRefresh,
  };
}

/** The sets that are asked for, each looked for once: that takes a second. */
class Sets {
  readonly #known = new Map<string, Promise<BootstrappingPlan | undefined>>();
  #made = 0;

  constructor(readonly settings: Settings) {}

  get made(): number {
    return this.#made;
  }

  /** undefined: there is none. */
  find(slots: number, levelsAfter: number): Promise<BootstrappingPlan | undefined> {
    const key = `${slots}/${levelsAfter}`;
    let set = this.#known.get(key);
    if (set === undefined) {
      ++this.#made;
      set = this.#plan(slots, levelsAfter);
      this.#known.set(key, set);
    }
    return set;
  }

  async #plan(slots: number, levelsAfter: number): Promise<BootstrappingPlan | undefined> {
    const { security, precisionBits, machine, watch } = this.settings;
    const { signal } = watch;
    try {
      return await planBootstrapping(
        { slots, levelsAfter, precisionBits, security },
        { machine, ...(signal && { signal }) },
      );
    } catch (error) {
      if (error instanceof ParameterError) return undefined;
      throw error;
    }
  }
}

const roughBootstrap = (usual: BootstrappingPlan, levels: number): number =>
  usual.seconds * (1 + kLevelShare * (levels - kUsualLevels));

/** Layouts at a usual number of levels, the cheapest first. */
async function rankLayouts(task: CompleteTask, settings: Settings, sets: Sets): Promise<NetworkLayout[]> {
  const levels = settings.levelsAfter ?? kUsualLevels;
  const ranked: { readonly layout: NetworkLayout; readonly seconds: number }[] = [];
  for (const layout of layoutsOf(task, settings.slots)) {
    settings.watch.signal?.throwIfAborted();
    const set = await sets.find(layout.slots, levels);
    if (set === undefined) continue;
    const candidate = candidateOf(task, layout, 1, levels, new RoughCosts(set, settings.machine));
    if (candidate === undefined) continue;
    ranked.push({ layout, seconds: candidate.seconds + candidate.bootstraps * set.seconds });
  }
  return ranked.sort((a, b) => a.seconds - b.seconds).map(({ layout }) => layout);
}

const noPlan = (settings: Settings): ParameterError =>
  new ParameterError(
    'PARAMETERS_INVALID',
    `No layout of this task fits a parameter set that bootstraps${settings.slots === undefined ? '' : ` with ${settings.slots} slots`}${settings.levelsAfter === undefined ? '' : ` and ${settings.levelsAfter} levels`}. Use narrower layers, lower degrees, or a lower precisionBits.`,
    { slots: settings.slots, levelsAfter: settings.levelsAfter },
  );

/** The candidate of the least predicted time, and its set. */
async function chooseCandidate(
  task: CompleteTask,
  settings: Settings,
): Promise<{ candidate: Candidate; set: BootstrappingPlan }> {
  const sets = new Sets(settings);
  const layouts = (await rankLayouts(task, settings, sets)).slice(0, kFinalists);
  const usual = settings.levelsAfter ?? kUsualLevels;
  const tried: { readonly candidate: Candidate; readonly rough: number }[] = [];
  for (const layout of layouts) {
    const set = (await sets.find(layout.slots, usual))!;
    const costs = new RoughCosts(set, settings.machine);
    const least = settings.levelsAfter ?? 2;
    const most = settings.levelsAfter ?? kMostLevels;
    for (let levels = least; levels <= most; ++levels)
      for (let steps = 1; steps <= kMostSteps; ++steps) {
        settings.watch.signal?.throwIfAborted();
        const candidate = candidateOf(task, layout, steps, levels, costs);
        if (candidate === undefined) break;
        const rough = candidate.seconds + candidate.bootstraps * roughBootstrap(set, levels);
        tried.push({ candidate, rough });
        // Where bootstraps stand inside of steps, more steps do not share one.
        if (candidate.bootstraps * steps > 2) break;
      }
  }
  let best: { candidate: Candidate; set: BootstrappingPlan; seconds: number } | undefined;
  const made = sets.made;
  for (const { candidate, rough } of tried.sort((a, b) => a.rough - b.rough)) {
    if (best !== undefined && (rough > best.seconds || sets.made - made >= kMostSets)) break;
    const { slots } = candidate.decisions.layout;
    const set = await sets.find(slots, candidate.levels);
    if (set === undefined) continue;
    // Larger rings come with more levels.
    const usualSet = (await sets.find(slots, usual))!;
    const growth = 2 ** (set.parameters.logN - usualSet.parameters.logN);
    const seconds = growth * candidate.seconds + candidate.bootstraps * set.seconds;
    if (best === undefined || seconds < best.seconds) best = { candidate, set, seconds };
  }
  if (best === undefined) throw noPlan(settings);
  return best;
}

/** The keys of both programs, each at the highest level where it is used. */
export function keysOf(
  programs: readonly Program[],
  slots: number,
  offset: number,
  top: number,
  budget: 'small' | 'fast',
): TrainingKeys {
  const rotations = new Map<number, number>();
  let products = 0;
  let conjugation = false;
  for (const { nodes, levels } of programs)
    for (const [i, node] of nodes.entries()) {
      const level = offset + levels[i]!;
      if (node.kind === 'product' || node.kind === 'polynomial') products = Math.max(products, level);
      if (node.kind === 'bootstrap' && node.joined) conjugation = true;
      if (node.kind !== 'fold') continue;
      for (const steps of node.stages.flat()) {
        const positive = ((steps % slots) + slots) % slots;
        rotations.set(positive, Math.max(rotations.get(positive) ?? 0, level));
      }
    }
  return {
    relinearization: { level: products },
    conjugation: conjugation ? { level: top } : false,
    rotations: [...rotations].map(([steps, level]) => ({ steps, level })).sort((a, b) => a.steps - b.steps),
    bootstrapping: { keys: budget },
  };
}

function reasonsOf(candidate: Candidate, set: BootstrappingPlan): string[] {
  const { layout, stepsPerRefresh } = candidate.decisions;
  return [
    `${layout.slots} slots, ${candidate.levels} levels between bootstraps: of the layouts and levels that were compared, the least time a step.`,
    `${layout.firstInputs} inputs of the first layer lie beside each other${layout.expandedInputs ? ', features are encrypted with a copy for every output' : ''}; sums of the last layer ${layout.mergedOutputs ? 'are gathered' : 'stay where they are'}.`,
    `Weights are bootstrapped after every ${stepsPerRefresh === 1 ? 'step' : `${stepsPerRefresh} steps`}.`,
    ...set.reasons,
  ];
}

/**
 * The cheapest way to train as the task says, with all that it costs, before a key is made; some seconds of work. Throws
 * ArgumentError for a wrong task and ParameterError where nothing fits.
 *
 * @example
 * ```ts
 * const plan = await planTraining({
 *   model: { inputs: 30, layers: [{ units: 1, activation: { function: 'sigmoid', degree: 7, interval: 10 } }] },
 *   loss: 'crossEntropy',
 *   optimizer: { kind: 'nesterov', momentum: 0.9 },
 *   learningRate: 0.5,
 *   batch: 455,
 * });
 * console.log(plan.predicted);
 * ```
 */
export async function planTraining(
  given: TrainingTask,
  options: TrainingPlanOptions = {},
): Promise<TrainingPlan> {
  const task = completeTask(given);
  const settings = checkSettings(options);
  const { candidate, set } = await chooseCandidate(task, settings);
  const { decisions, levels } = candidate;
  const { training, inference, geometry } = derivePlan(decisions);
  using parameters = await CkksParameters.create(set.parameters);
  // What a bootstrap takes stands above level 0 where slots go to coefficients first.
  const offset = parameters.maxLevel - levels;
  const keys = keysOf([training, inference], decisions.layout.slots, offset, offset + levels, set.keys);
  const size = parameters.evaluationKeySize({
    relinearization: keys.relinearization.level,
    conjugation: keys.conjugation === false ? false : keys.conjugation.level,
    rotations: keys.rotations,
    bootstrapping: keys.bootstrapping,
  });
  const counts = countOperations(training.nodes);
  const steps = decisions.stepsPerRefresh;
  const work = programWork(training, costShapeOf(parameters), offset);
  const seconds = secondsOf(work, parameters.logN, settings.machine) + counts.bootstraps * set.seconds;
  const all = countsOf(training.nodes);
  const inputs = training.nodes.reduce(
    (sum, node, i) =>
      (node.kind === 'features' || node.kind === 'labels') && node.step === 0 ? sum + all[i]! : sum,
    0,
  );
  const state = joinsState(task, geometry) ? all[training.results.at(-1)!]! : 1;
  return Object.freeze({
    format: trainingPlanFormat,
    version: trainingPlanVersion,
    ...decisions,
    levels,
    parameters: set.parameters,
    keys,
    predicted: {
      rotations: counts.rotations / steps,
      products: counts.products / steps,
      plainProducts: counts.plainProducts / steps,
      bootstraps: counts.bootstraps / steps,
      seconds: seconds / steps,
      bootstrapSeconds: set.seconds,
      keyBytes: size.memory,
      keyBytesOnDisk: size.serialized,
      batchBytes: inputs * parameters.ciphertextSize({ fresh: true }),
      stateBytes: state * parameters.ciphertextSize(),
      // Copies of a weight are alike, for which the sine's error counts in full.
      bootstrapDeviation: set.deviation + Math.SQRT2 * 2 ** -set.constantPrecisionBits,
    },
    reasons: reasonsOf(candidate, set),
  });
}
