import { checkOptions, refuse, requireInteger, requirePositive } from '../../check.js';
import { requireSecurity } from '../../security.js';
import { checkSharing } from '../../ckks/sharing.js';
import type { Sharing } from '../../ckks/sharing.js';
import { ParameterError } from '../../errors.js';
import { info } from '../../native.js';
import { calibrate } from '../calibrate.js';
import type { Calibration } from '../calibrate.js';
import type { Model } from '../model.js';
import { toPolynomialModel } from '../polynomial-model.js';
import type { ActivationFit } from '../polynomial-model.js';
import type { BootstrappingChoice } from './chosen-set.js';
import { amplificationOf, foldModel, steepest, stepNorm } from './fold.js';
import type { FoldedStep } from './fold.js';
import { assumedMachine } from './cost.js';
import type { MachineProfile } from './cost.js';
import { planNetwork } from './planner.js';
import type { Packing, Plan, PlanBounds } from './plan.js';
import { ServerModel } from './server-model.js';
import { shapeOfStep } from './step-shape.js';

/** What {@link compile} decides by. */
export interface CompileOptions {
  /** Rows of inputs that look like those to come (a multiple of the model's inputs), or what calibrate() made of them. */
  readonly calibration: Float64Array | Calibration;
  /** Degree of the polynomials that replace activations; 2 if absent: one level each. */
  readonly degree?: number;
  /** No output may be further from the polynomial network in the clear; 0.001 if absent. */
  readonly maxError?: number;
  /** The public bounds of the plan: `input` 1, `output` 64, `hiddenNorm` 8, `outputNorm` 64, `slope` 4 if absent; no `amplification`. */
  readonly bounds?: Partial<PlanBounds>;
  /** Samples of a typical request, which the packing is chosen for; 1 if absent. */
  readonly samples?: number;
  /** A packing to take whatever it costs; the faster one if absent. */
  readonly packing?: Packing['kind'];
  /** Evaluation keys take at most so many bytes in the server's memory; 256 MB if absent, 8 GB for a plan that bootstraps. */
  readonly keyBytes?: number;
  /**
   * Whether the plan may bootstrap. 'auto' (if absent): where no parameter set has the levels, or where it is predicted to be
   * faster; 'never'; or { levelsAfter }: wherever the network spends more levels, to this many after each.
   */
  readonly bootstrapping?: BootstrappingChoice;
  /**
   * Results that others than the owner of the key are to see (see Client.decryptForSharing()): the plan keeps `maxError`
   * with the noise that hides the key in them. None if absent.
   */
  readonly sharing?: Sharing;
  /** What the server's speed is, for predictions (see measureMachine()); assumed from this machine's instruction set if absent. */
  readonly machine?: MachineProfile;
  /** 'none' is for tests; such a plan is refused by Client and Server. */
  readonly security?: 'classical-128' | 'none';
}

/** What only the owner of the model should see: it depends on the weights. */
export interface CompileReport {
  readonly calibration: Calibration;
  readonly fits: readonly ActivationFit[];
  /** For each step of the plan what its bound is held against: the norm of a linear one, the slope of an activation. */
  readonly norms: readonly number[];
  /** What `bounds.amplification` is held against. */
  readonly amplification: number;
}

/** What {@link compile} gives: for clients, for the server, and for the owner of the model. */
export interface Compiled {
  /** Public: goes to clients. */
  readonly plan: Plan;
  /** Private: goes to the server. */
  readonly serverModel: ServerModel;
  /** Private: for the owner of the model. */
  readonly report: CompileReport;
  /** The network as it will be evaluated, in the clear. Private. */
  readonly polynomialModel: Model;
}

const defaultBounds: PlanBounds = { input: 1, output: 64, hiddenNorm: 8, outputNorm: 64, slope: 4 };

const optionNames = [
  'calibration',
  'degree',
  'maxError',
  'bounds',
  'samples',
  'packing',
  'keyBytes',
  'bootstrapping',
  'sharing',
  'machine',
  'security',
] as const;
const boundNames = [...(Object.keys(defaultBounds) as (keyof PlanBounds)[]), 'amplification'] as const;

/** Refuses a model that does not keep the public bounds, naming the bound to raise. */
function requireBounds(
  steps: readonly FoldedStep[],
  calibration: Calibration,
  bounds: PlanBounds,
): Pick<CompileReport, 'norms' | 'amplification'> {
  const seen = (range: { minimum: number; maximum: number }): number =>
    Math.max(Math.abs(range.minimum), Math.abs(range.maximum));
  const norms = steps.map((step, index) =>
    step.kind === 'linear'
      ? stepNorm(step, index === steps.length - 1)
      : step.kind === 'polynomial'
        ? steepest(step)
        : 0,
  );
  const check = (name: keyof PlanBounds, value: number): void => {
    const limit = bounds[name];
    if (limit === undefined || value <= limit) return;
    throw new ParameterError(
      'PARAMETERS_INVALID',
      `The model reaches ${value.toPrecision(4)} where its public bound ${name} is ${limit}. Pass bounds: { ${name}: ${2 ** Math.ceil(Math.log2(value))} } (bounds are public).`,
      { bound: name, value, limit },
    );
  };
  check('input', seen(calibration.input));
  check('output', seen(calibration.output));
  steps.forEach((step, index) => {
    const linear = index === steps.length - 1 ? 'outputNorm' : 'hiddenNorm';
    check(step.kind === 'linear' ? linear : 'slope', norms[index]!);
  });
  const amplification = amplificationOf(steps);
  check('amplification', amplification);
  return { norms, amplification };
}

function requireBootstrapping(choice: unknown): asserts choice is BootstrappingChoice {
  if (choice === 'auto' || choice === 'never') return;
  const subject = 'bootstrapping';
  if (typeof choice !== 'object' || choice === null)
    refuse("'auto', 'never' or { levelsAfter }", subject, choice);
  const { levelsAfter } = checkOptions(choice as { levelsAfter: number }, ['levelsAfter'], subject);
  requireInteger(levelsAfter, `${subject}.levelsAfter`, 1, 64);
}

/**
 * Turns a float model into an encrypted one: activations become polynomials on their calibrated ranges, scales are
 * folded into the weights, and a plan is made from the shapes alone.
 *
 * Throws ParameterError, naming the remedy, for a model beyond a public bound, an error that cannot be promised, keys above
 * their budget, and depths that no ring has room for; ArgumentError for options and rows that cannot be used.
 *
 * @example
 * ```ts
 * const { plan, serverModel } = await compile(model, { calibration: trainingRows });
 * plan.predicted.seconds.batch; // before any key is made
 * ```
 */
export async function compile(model: Model, options: CompileOptions): Promise<Compiled> {
  checkOptions(options, optionNames, 'compile()');
  const maxError = options.maxError ?? 1e-3;
  requirePositive(maxError, 'maxError');
  const given = checkOptions(options.bounds, boundNames, 'the bounds of compile()');
  const bounds = Object.freeze({ ...defaultBounds, ...given });
  for (const [name, value] of Object.entries(bounds)) requirePositive(value, `bounds.${name}`);
  const security = options.security ?? 'classical-128';
  requireSecurity(security);
  const { samples = 1, packing, keyBytes, bootstrapping = 'auto' } = options;
  requireInteger(samples, 'samples', 1);
  if (keyBytes !== undefined) requirePositive(keyBytes, 'keyBytes');
  if (![undefined, 'samples', 'interleaved'].includes(packing))
    refuse("'samples' or 'interleaved'", 'packing', packing);
  requireBootstrapping(bootstrapping);
  const sharing = options.sharing === undefined ? undefined : checkSharing(options.sharing);
  const { cpuLevel, threads } = info();
  const machine = options.machine ?? assumedMachine(cpuLevel, threads);

  const floatCalibration =
    options.calibration instanceof Float64Array ? calibrate(model, options.calibration) : options.calibration;
  const { model: polynomialModel, fits } = toPolynomialModel(model, floatCalibration, {
    degree: options.degree ?? 2,
  });
  const steps = foldModel(polynomialModel, floatCalibration);
  const held = requireBounds(steps, floatCalibration, bounds);
  const plan = await planNetwork(steps.map(shapeOfStep), model.inputShape, {
    bounds,
    maxError,
    security,
    samples,
    keyBytes,
    sharing,
    packing,
    bootstrapping,
    machine,
  });
  return {
    plan,
    serverModel: new ServerModel(steps),
    report: { calibration: floatCalibration, fits, ...held },
    polynomialModel,
  };
}
