/** Networks in the clear: description, evaluation, calibration and polynomial activations. */
export type { ActivationFunction, ActivationName, PolynomialActivation } from './activations.js';
export { activationNames, evaluatePolynomial } from './activations.js';
export type { ActivationRange, Calibration, CalibrationOptions, ValueRange } from './calibrate.js';
export { calibrate } from './calibrate.js';
export type { LayerVisitor } from './evaluate.js';
export { argmaxRows, evaluate } from './evaluate.js';
export type { FitOptions, PolynomialFit } from './fit.js';
export { evaluateChebyshev, fitPolynomial } from './fit.js';
export type { ActivationLayer, DenseLayer, DenseOptions, Layer, Model } from './model.js';
export { activation, dense, sequential } from './model.js';
export type { ActivationFit, PolynomialModel, PolynomialModelOptions } from './polynomial-model.js';
export { toPolynomialModel } from './polynomial-model.js';
export { compile } from './plan/compile.js';
export type { Compiled, CompileOptions, CompileReport } from './plan/compile.js';
export { executeInClear } from './plan/clear.js';
export type { FoldedStep } from './plan/fold.js';
export type {
  DenseStep,
  Plan,
  PlanBounds,
  PlanPrediction,
  PlanStep,
  PolynomialStep,
  SquareStep,
} from './plan/plan.js';
export { ServerModel } from './plan/server-model.js';
