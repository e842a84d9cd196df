import { setImmediate as breathe } from 'node:timers/promises';
import { requireGoing } from '../check.js';
import type { BootstrappingPlan } from '../ckks/bootstrapping-plan.js';
import { planBootstrapping } from '../ckks/bootstrapping-plan.js';
import { ParameterError } from '../errors.js';
import type { RunOptions } from '../native.js';
import { roughCosts, secondsOf } from '../nn/plan/cost.js';
import type { MachineProfile } from '../nn/plan/cost.js';
import { geometryOf } from './geometry.js';
import { layoutsOf } from './layouts.js';
import type { NetworkLayout } from './network.js';
import { chooseBootstraps } from './placed.js';
import { derivePlan } from './plan.js';
import type { PlanDecisions } from './plan.js';
import { countsOf } from './program.js';
import type { Program, ProgramNode } from './program.js';
import type { CompleteTask } from './task.js';
import { draftInference, draftTraining } from './training-program.js';
import { countOperations, workOf } from './work.js';

// The candidates for a plan, by predicted time.

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

/** What candidates are looked for with. */
export interface Settings {
  readonly security: 'classical-128' | 'none';
  readonly precisionBits: number;
  readonly levelsAfter: number | undefined;
  readonly slots: number | undefined;
  readonly machine: MachineProfile;
  readonly watch: RunOptions;
}

/** A layout with what was decided about its levels. */
export interface Candidate {
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
    await breathe();
    requireGoing(settings.watch.signal);
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
export async function chooseCandidate(
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
        await breathe();
        requireGoing(settings.watch.signal);
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
