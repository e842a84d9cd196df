import { activationNames, scalarFunction } from '../nn/activations.js';
import type { ActivationName } from '../nn/activations.js';
import { checkOptions, refuse, requireBoolean, requireInteger, requirePositive } from '../check.js';

/** A function that a polynomial stands for during training, and where. */
export interface TrainedActivation {
  readonly function: ActivationName | 'identity';
  /** Degree of the polynomial, 1 to 63: ⌈log2(degree + 1)⌉ levels. 7 if absent; no polynomial for 'identity'. */
  readonly degree?: number;
  /** Sums of the layer are in [-interval, interval] throughout the training: the clear run tells. 8 if absent. */
  readonly interval?: number;
  /**
   * 'exact' (if absent): the derivative of the polynomial itself, so that gradients are those of the network that is
   * computed. 'fitted': a polynomial of its own for the function's derivative, which oscillates less.
   */
  readonly derivative?: 'exact' | 'fitted';
}

/** A dense layer whose weights are trained. */
export interface TrainedLayer {
  readonly units: number;
  readonly activation: TrainedActivation;
  /** Whether sums have a trained constant; it takes the place of one more input. true if absent. */
  readonly bias?: boolean;
  /** No weight becomes larger in magnitude. 8 if absent. */
  readonly weightBound?: number;
  /** No derivative of the loss (of one sample, by an output of the layer) is larger in magnitude. 2 if absent. */
  readonly errorBound?: number;
}

/** A network of dense layers. */
export interface TrainedModel {
  readonly inputs: number;
  /** No feature is larger in magnitude; the owner refuses what is. 8 if absent. */
  readonly inputBound?: number;
  /** 1 to 8, from the inputs on. */
  readonly layers: readonly TrainedLayer[];
}

/** An activation with nothing left to defaults. */
export type CompleteActivation = Required<TrainedActivation>;
/** A layer with nothing left to defaults. */
export interface CompleteLayer extends Required<Omit<TrainedLayer, 'activation'>> {
  readonly activation: CompleteActivation;
}
/** A model with nothing left to defaults. */
export interface CompleteModel {
  readonly inputs: number;
  readonly inputBound: number;
  readonly layers: readonly CompleteLayer[];
}

const kMostUnits = 4096;
const kMostLayers = 8;
const kMostDegree = 63;
const layerNames = ['units', 'activation', 'bias', 'weightBound', 'errorBound'] as const;
const activationOptionNames = ['function', 'degree', 'interval', 'derivative'] as const;

function completeActivation(given: TrainedActivation, subject: string): CompleteActivation {
  if (typeof given !== 'object' || (given as unknown) === null) refuse('an object', subject, given);
  const {
    function: name,
    degree = 7,
    interval = 8,
    derivative = 'exact',
  } = checkOptions(given, activationOptionNames, subject);
  if (name !== 'identity' && !activationNames.includes(name))
    refuse(`'identity' or one of ${activationNames.join(', ')}`, `${subject}.function`, name);
  requireInteger(degree, `${subject}.degree`, 1, kMostDegree);
  requirePositive(interval, `${subject}.interval`);
  if ((derivative as unknown) !== 'exact' && (derivative as unknown) !== 'fitted')
    refuse("'exact' or 'fitted'", `${subject}.derivative`, derivative);
  return Object.freeze({ function: name, degree, interval, derivative });
}

function completeLayer(given: TrainedLayer, subject: string): CompleteLayer {
  if (typeof given !== 'object' || (given as unknown) === null) refuse('an object', subject, given);
  const {
    units,
    activation,
    bias = true,
    weightBound = 8,
    errorBound = 2,
  } = checkOptions(given, layerNames, subject);
  requireInteger(units, `${subject}.units`, 1, kMostUnits);
  requireBoolean(bias, `${subject}.bias`);
  requirePositive(weightBound, `${subject}.weightBound`);
  requirePositive(errorBound, `${subject}.errorBound`);
  const complete = completeActivation(activation, `${subject}.activation`);
  return Object.freeze({ units, activation: complete, bias, weightBound, errorBound });
}

/** The model with its defaults, checked. Throws ArgumentError. */
export function completeModel(given: TrainedModel): CompleteModel {
  if (typeof given !== 'object' || (given as unknown) === null) refuse('an object', 'the model', given);
  const {
    inputs,
    inputBound = 8,
    layers,
  } = checkOptions(given, ['inputs', 'inputBound', 'layers'], 'a model that is trained');
  requireInteger(inputs, 'model.inputs', 1, kMostUnits);
  requirePositive(inputBound, 'model.inputBound');
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > kMostLayers)
    refuse(`an array of 1 to ${kMostLayers} layers`, 'model.layers', layers);
  return Object.freeze({
    inputs,
    inputBound,
    layers: (layers as readonly TrainedLayer[]).map((layer, l) => completeLayer(layer, `model.layers[${l}]`)),
  });
}

/** Values that enter a layer: the units before it, and the constant 1 that its biases are weights of. */
export const inputsOf = ({ inputs, layers }: CompleteModel, layer: number): number =>
  (layer === 0 ? inputs : layers[layer - 1]!.units) + (layers[layer]!.bias ? 1 : 0);

/** Numbers that are trained. */
export const weightCount = (model: CompleteModel): number =>
  model.layers.reduce((sum, { units }, l) => sum + units * inputsOf(model, l), 0);

/** The function of an activation in the clear. */
export const activationFunction = ({ function: name }: CompleteActivation): ((x: number) => number) =>
  name === 'identity' ? (x) => x : scalarFunction(name);
