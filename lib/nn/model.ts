import { refuse, refuseReceived, requireFinite, requireInteger, requireVector } from '../check.js';
import { activationNames, scalarFunction } from './activations.js';
import type { ActivationFunction } from './activations.js';

/** A fully connected layer: y = W·x + b, with W stored row by row, one row a unit. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly units: number;
  /** `weights[unit * inputs + input]`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** The same function of one number at every unit of the layer before. */
export interface ActivationLayer {
  readonly kind: 'activation';
  readonly function: ActivationFunction;
}

export type Layer = DenseLayer | ActivationLayer;

/** A chain of layers with checked shapes; see {@link sequential}. */
export interface Model {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly Layer[];
}

export interface DenseOptions {
  readonly inputs: number;
  readonly units: number;
  /** units × inputs values, row by row. */
  readonly weights: Float64Array;
  /** One value a unit; zeros if absent. */
  readonly bias?: Float64Array;
}

/** A fully connected layer. The arrays are copied; NaN and infinities are refused. */
export function dense(options: DenseOptions): DenseLayer {
  const { inputs, units, weights, bias } = options;
  requireInteger(inputs, 'the inputs of a dense layer', 1);
  requireInteger(units, 'the units of a dense layer', 1);
  requireVector(
    weights,
    `the weights of a dense layer with ${units} units of ${inputs} inputs`,
    units * inputs,
  );
  if (bias !== undefined) requireVector(bias, `the bias of a dense layer with ${units} units`, units);
  return Object.freeze({
    kind: 'dense',
    inputs,
    units,
    weights: weights.slice(),
    bias: bias === undefined ? new Float64Array(units) : bias.slice(),
  });
}

/** An activation by name, or a polynomial by its power-basis coefficients (constant first, degree at least 1). */
export function activation(activationFunction: ActivationFunction): ActivationLayer {
  if (typeof activationFunction === 'string') {
    scalarFunction(activationFunction);
    return Object.freeze({ kind: 'activation', function: activationFunction });
  }
  const coefficients: unknown = (activationFunction as { polynomial?: unknown } | null | undefined)
    ?.polynomial;
  if (!Array.isArray(coefficients)) {
    const wanted = `one of ${activationNames.join(', ')} or { polynomial: number[] }`;
    refuse(wanted, 'an activation', activationFunction);
  }
  coefficients.forEach((value, k) => {
    requireFinite(value, `the coefficient of x^${k} of an activation`);
  });
  const polynomial = Object.freeze([...(coefficients as number[])]);
  if (polynomial.length < 2 || polynomial.at(-1) === 0) {
    const received = `coefficients [${polynomial.join(', ')}]`;
    refuseReceived(
      'a polynomial of degree at least 1 with a leading coefficient other than 0',
      'an activation',
      received,
    );
  }
  return Object.freeze({ kind: 'activation', function: Object.freeze({ polynomial }) });
}

/**
 * A chain of layers, checked to fit each other.
 *
 * @example
 * ```ts
 * const model = sequential([
 *   dense({ inputs: 2, units: 3, weights: Float64Array.of(1, 0, 0, 1, 1, 1) }),
 *   activation('silu'),
 *   dense({ inputs: 3, units: 1, weights: Float64Array.of(1, -1, 0.5), bias: Float64Array.of(0.25) }),
 * ]);
 * ```
 */
export function sequential(layers: readonly Layer[]): Model {
  if (!Array.isArray(layers) || layers.length === 0) refuse('at least one layer', 'a model', layers);
  const checked = layers.map(requireLayer);
  const first = checked[0];
  if (first?.kind !== 'dense') refuseReceived('a dense layer', 'layer 0 of a model', 'an activation');
  let width = first.inputs;
  checked.forEach((layer, index) => {
    if (layer.kind === 'activation') return;
    if (layer.inputs !== width) {
      const details = { layer: index, expected: width, received: layer.inputs };
      refuse(`${width} inputs`, `layer ${index} of a model`, layer.inputs, details);
    }
    width = layer.units;
  });
  return Object.freeze({ inputs: first.inputs, outputs: width, layers: Object.freeze(checked) });
}

/** What comes from JavaScript, or through a cast, need not be a layer. */
function requireLayer(layer: unknown, index: number): Layer {
  const kind = (layer as { kind?: unknown } | null | undefined)?.kind;
  if (kind !== 'dense' && kind !== 'activation') {
    refuse('dense(…) or activation(…)', `layer ${index} of a model`, layer);
  }
  return layer as Layer;
}
