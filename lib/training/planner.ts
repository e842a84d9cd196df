import { checkOptions, checkRun, requireFinite, requireInteger, runOptionNames } from '../check.js';
import type { BootstrappingPlan } from '../ckks/bootstrapping-plan.js';
import { CkksParameters } from '../ckks/parameters.js';
import { requireSecurity } from '../security.js';
import { info } from '../native.js';
import type { RunOptions } from '../native.js';
import { costShapeOf } from '../nn/plan/candidate.js';
import { assumedMachine, secondsOf } from '../nn/plan/cost.js';
import type { MachineProfile } from '../nn/plan/cost.js';
import { derivePlan, trainingPlanFormat, trainingPlanVersion } from './plan.js';
import type { TrainingKeys, TrainingPlan } from './plan.js';
import { countsOf } from './program.js';
import type { Program } from './program.js';
import { chooseCandidate } from './search.js';
import type { Candidate, Settings } from './search.js';
import { completeTask } from './task.js';
import type { TrainingTask } from './task.js';
import { countOperations, programWork } from './work.js';

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

const optionNames = [
  'security',
  'precisionBits',
  'levelsAfter',
  'slots',
  'machine',
  ...runOptionNames,
] as const;

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

/** The keys of both programs, each at the highest level where it is used. */
function keysOf(
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
  const { training, inference } = derivePlan(decisions);
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
  const state = all[training.results.at(-1)!]!;
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
