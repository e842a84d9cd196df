/** Networks in the clear: description, evaluation, calibration and polynomial activations. */
export type { ActivationFunction, ActivationName, PolynomialActivation } from './activations.js';
export { activationNames, evaluatePolynomial } from './activations.js';
export type { ActivationRange, Calibration, CalibrationOptions, ValueRange } from './calibrate.js';
export { calibrate } from './calibrate.js';
export type { LayerVisitor } from './evaluate.js';
export { argmaxRows, evaluate } from './evaluate.js';
export type { FitOptions, PolynomialFit } from './fit.js';
export { evaluateChebyshev, fitPolynomial } from './fit.js';
export type {
  ActivationLayer,
  AddLayer,
  AffineLayer,
  AffineOptions,
  AveragePool2dLayer,
  AveragePool2dOptions,
  BatchNormOptions,
  ConcatLayer,
  Conv2dLayer,
  Conv2dOptions,
  DenseLayer,
  DenseOptions,
  GlobalAveragePoolLayer,
  Layer,
  Padding,
  PadLayer,
  ProductLayer,
  ReshapeLayer,
  TransposeLayer,
  Window,
} from './layers.js';
export {
  activation,
  add,
  affine,
  averagePool2d,
  batchNorm,
  concat,
  conv2d,
  dense,
  flatten,
  globalAveragePool,
  pad,
  product,
  reshape,
  transpose,
} from './layers.js';
export type { Model, Node, Residual, SequentialLayer, SequentialOptions } from './model.js';
export { graph, residual, sequential, Tensor } from './model.js';
export type { Shape } from './shape.js';
export type { ActivationFit, PolynomialModel, PolynomialModelOptions } from './polynomial-model.js';
export { toPolynomialModel } from './polynomial-model.js';
export { compile } from './plan/compile.js';
export type { Compiled, CompileOptions, CompileReport } from './plan/compile.js';
export type { BootstrappingChoice } from './plan/chosen-set.js';
export { executeInClear } from './plan/clear.js';
export type { MachineProfile } from './plan/cost.js';
export { requestSeconds } from './plan/cost.js';
export { measureMachine } from './plan/measure.js';
export type { FoldedLinear, FoldedPolynomial, FoldedProduct, FoldedSquare, FoldedStep } from './plan/fold.js';
export type { Layout } from './plan/layout.js';
export type {
  InterleavedPacking,
  LinearStep,
  Packing,
  Plan,
  PlanBootstrap,
  PlanBootstrapping,
  PlanBounds,
  PlanKeys,
  PlanPrediction,
  PlanStep,
  PolynomialStep,
  ProductStep,
  RotationKey,
  SamplesPacking,
  SquareStep,
  TransformStep,
} from './plan/plan.js';
export { PreparedNetwork } from './plan/prepared.js';
export { ServerModel } from './plan/server-model.js';
export { modelFromBytes, modelToBytes } from './model-json.js';
