import { checkOptions, requirePositive } from '../../check.js';
import { requireSecurity } from '../../ckks/parameters.js';
import { ParameterError } from '../../errors.js';
import { calibrate } from '../calibrate.js';
import type { Calibration } from '../calibrate.js';
import type { Model } from '../model.js';
import { toPolynomialModel } from '../polynomial-model.js';
import type { ActivationFit } from '../polynomial-model.js';
import { foldModel, rowNorm } from './fold.js';
import type { FoldedDense, FoldedStep } from './fold.js';
import { planNetwork } from './planner.js';
import type { StepShape } from './planner.js';
import type { Plan, PlanBounds } from './plan.js';
import { ServerModel } from './server-model.js';

export interface CompileOptions {
  /** Rows of inputs that look like those to come (a multiple of the model's inputs), or what calibrate() made of them. */
  readonly calibration: Float64Array | Calibration;
  /** Degree of the polynomials that replace activations; 2 if absent: one level each. */
  readonly degree?: number;
  /** No output may be further from the polynomial network in the clear; 0.001 if absent. */
  readonly maxError?: number;
  /** The public bounds of the plan: `input` 1, `output` 64, `hiddenNorm` 64, `outputNorm` 1024 if absent. */
  readonly bounds?: Partial<PlanBounds>;
  /** 'none' is for tests; such a plan is refused by Client and Server. */
  readonly security?: 'classical-128' | 'none';
}

/** What only the owner of the model should see: it depends on the weights. */
export interface CompileReport {
  readonly calibration: Calibration;
  readonly fits: readonly ActivationFit[];
  /** The largest sum of magnitudes of a row of each folded dense step. */
  readonly rowNorms: readonly number[];
}

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

const defaultBounds: PlanBounds = { input: 1, output: 64, hiddenNorm: 64, outputNorm: 1024 };

const optionNames = ['calibration', 'degree', 'maxError', 'bounds', 'security'] as const;
const boundNames = Object.keys(defaultBounds) as (keyof PlanBounds)[];

/** Refuses a model that does not keep the public bounds, naming the bound to raise. */
function requireBounds(steps: readonly FoldedStep[], calibration: Calibration, bounds: PlanBounds): number[] {
  const seen = (range: { minimum: number; maximum: number }): number =>
    Math.max(Math.abs(range.minimum), Math.abs(range.maximum));
  const dense = steps.filter((step): step is FoldedDense => step.kind === 'dense');
  const norms = dense.map(rowNorm);
  const check = (name: keyof PlanBounds, value: number): void => {
    if (value <= bounds[name]) return;
    throw new ParameterError(
      'PARAMETERS_INVALID',
      `The model reaches ${value.toPrecision(4)} where its public bound ${name} is ${bounds[name]}. Pass bounds: { ${name}: ${2 ** Math.ceil(Math.log2(value))} } (bounds are public).`,
      { bound: name, value, limit: bounds[name] },
    );
  };
  check('input', seen(calibration.input));
  check('output', seen(calibration.output));
  norms.forEach((norm, index) => {
    check(index === norms.length - 1 ? 'outputNorm' : 'hiddenNorm', norm);
  });
  return norms;
}

function shapeOf(step: FoldedStep): StepShape {
  if (step.kind === 'dense') return { kind: 'dense', inputs: step.inputs, units: step.units };
  if (step.kind === 'square') return { kind: 'square' };
  return { kind: 'polynomial', degree: step.coefficients.length - 1 };
}

/**
 * Turns a float model into an encrypted one: activations become polynomials on their calibrated ranges, scales are
 * folded into the weights, and a plan is made from the shapes alone.
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

  const floatCalibration =
    options.calibration instanceof Float64Array ? calibrate(model, options.calibration) : options.calibration;
  const { model: polynomialModel, fits } = toPolynomialModel(model, floatCalibration, {
    degree: options.degree ?? 2,
  });
  const steps = foldModel(polynomialModel, floatCalibration);
  const rowNorms = requireBounds(steps, floatCalibration, bounds);
  const plan = await planNetwork(steps.map(shapeOf), { bounds, maxError, security });
  return {
    plan,
    serverModel: new ServerModel(steps),
    report: { calibration: floatCalibration, fits, rowNorms },
    polynomialModel,
  };
}
