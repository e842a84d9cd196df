import { ParameterError } from '../../errors.js';
import type { Calibration } from '../calibrate.js';
import { chebyshevToPower, fitPolynomial } from '../fit.js';
import { evaluatePolynomial } from '../activations.js';
import type { DenseLayer, Model } from '../model.js';

/** A dense layer with everything folded in that the steps around it leave out. */
export interface FoldedDense {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly units: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}
export interface FoldedSquare {
  readonly kind: 'square';
}
/** Power-basis coefficients in the normalised value, constant first. */
export interface FoldedPolynomial {
  readonly kind: 'polynomial';
  readonly coefficients: readonly number[];
}
export type FoldedStep = FoldedDense | FoldedSquare | FoldedPolynomial;

/** value = scale · normalised + offset, the same at every unit. */
interface Affine {
  readonly scale: number;
  readonly offset: number;
}

const identity: Affine = { scale: 1, offset: 0 };
/** A square whose centre lies this many half-widths outside the interval would lose its result in its constant. */
const farthestCentre = 1024;

/** Consecutive dense layers are one. */
function merge(first: DenseLayer, second: DenseLayer): DenseLayer {
  const weights = new Float64Array(second.units * first.inputs);
  const bias = second.bias.slice();
  for (let unit = 0; unit < second.units; ++unit) {
    for (let k = 0; k < first.units; ++k) {
      const factor = second.weights[unit * first.units + k]!;
      bias[unit]! += factor * first.bias[k]!;
      for (let i = 0; i < first.inputs; ++i) {
        weights[unit * first.inputs + i]! += factor * first.weights[k * first.inputs + i]!;
      }
    }
  }
  return { kind: 'dense', inputs: first.inputs, units: second.units, weights, bias };
}

/** Rewrites a layer for inputs that stand for `before`, and for outputs that stand for `after`. */
function rescaled(layer: DenseLayer, before: Affine, after: Affine): FoldedDense {
  const { inputs, units } = layer;
  const weights = layer.weights.map((w) => (w * before.scale) / after.scale);
  const bias = layer.bias.map((b, unit) => {
    let sum = 0;
    for (let i = 0; i < inputs; ++i) sum += layer.weights[unit * inputs + i]!;
    return (b + before.offset * sum - after.offset) / after.scale;
  });
  return { kind: 'dense', inputs, units, weights, bias };
}

/** How an activation is done: on which normalised value, by which step, and what its result stands for. */
interface ActivationFold {
  readonly input: Affine;
  readonly step: FoldedStep;
  readonly output: Affine;
}

/** c0 + c1 z + c2 z² = c2 (z + c1 / 2 c2)² + c0 − c1² / 4 c2, with (z + …) brought into [-1, 1]. */
function foldQuadratic(
  [c0, c1, c2]: readonly [number, number, number],
  interval: readonly [number, number],
  layer: number,
): ActivationFold {
  const centre = -c1 / (2 * c2);
  const scale = Math.max(Math.abs(interval[0] - centre), Math.abs(interval[1] - centre));
  if (scale > (farthestCentre * (interval[1] - interval[0])) / 2) {
    throw new ParameterError(
      'PARAMETERS_INVALID',
      `The degree-2 activation of layer ${layer} is a straight line on its interval, to ${((interval[1] - interval[0]) / 2 / scale).toExponential(1)} of its width: its square would lose the result. Use a dense layer without activation there, or another degree.`,
      { layer },
    );
  }
  return {
    input: { scale, offset: centre },
    step: { kind: 'square' },
    output: { scale: c2 * scale * scale, offset: c0 - (c1 * c1) / (4 * c2) },
  };
}

/** p(z) with z brought into [-1, 1] and the result divided by its largest magnitude there. */
function foldPolynomial(
  coefficients: readonly number[],
  interval: readonly [number, number],
): ActivationFold {
  const input = { scale: (interval[1] - interval[0]) / 2, offset: (interval[0] + interval[1]) / 2 };
  // Through the Chebyshev basis of the interval: a change of variable by binomials would cancel.
  const fit = fitPolynomial((z) => evaluatePolynomial(coefficients, z), interval, coefficients.length - 1);
  const power = chebyshevToPower(fit.chebyshev, [-1, 1]);
  let size = 0;
  for (let i = 0; i <= 256; ++i) size = Math.max(size, Math.abs(evaluatePolynomial(power, -1 + i / 128)));
  const scale = size || 1;
  return {
    input,
    step: { kind: 'polynomial', coefficients: power.map((c) => c / scale) },
    output: { scale, offset: 0 },
  };
}

/**
 * The steps of a network whose activations are polynomials, every hidden value normalised to [-1, 1] over its calibrated
 * interval and every scale folded into the weights beside it. Its outputs are the model's own.
 */
export function foldModel(model: Model, calibration: Calibration): FoldedStep[] {
  const steps: FoldedStep[] = [];
  let dense: DenseLayer | undefined;
  let before = identity;
  const flush = (after: Affine): void => {
    if (dense === undefined) {
      if (before.scale === after.scale && before.offset === after.offset) return;
      throw new ParameterError(
        'PARAMETERS_INVALID',
        'Two activations follow each other; put a dense layer between them.',
      );
    }
    steps.push(rescaled(dense, before, after));
    dense = undefined;
    before = after;
  };
  model.layers.forEach((layer, index) => {
    if (layer.kind === 'dense') {
      dense = dense === undefined ? layer : merge(dense, layer);
      return;
    }
    const coefficients =
      layer.function === 'square'
        ? [0, 0, 1]
        : typeof layer.function === 'object'
          ? layer.function.polynomial
          : undefined;
    const range = calibration.activations.find((candidate) => candidate.layer === index);
    if (coefficients === undefined || range === undefined) {
      throw new ParameterError(
        'PARAMETERS_INVALID',
        `Layer ${index} is no polynomial activation with a calibrated range; fit it first (toPolynomialModel).`,
        { layer: index },
      );
    }
    const [c0, c1, c2] = coefficients;
    const fold =
      coefficients.length === 3
        ? foldQuadratic([c0!, c1!, c2!], range.interval, index)
        : foldPolynomial(coefficients, range.interval);
    flush(fold.input);
    steps.push(fold.step);
    before = fold.output;
  });
  if (dense === undefined) {
    throw new ParameterError(
      'PARAMETERS_INVALID',
      'The last layer is an activation; end the network with a dense layer.',
    );
  }
  flush(identity);
  return steps;
}

/** The largest sum of magnitudes of a row. */
export function rowNorm(layer: FoldedDense): number {
  let largest = 0;
  for (let unit = 0; unit < layer.units; ++unit) {
    let sum = 0;
    for (let i = 0; i < layer.inputs; ++i) sum += Math.abs(layer.weights[unit * layer.inputs + i]!);
    largest = Math.max(largest, sum);
  }
  return largest;
}
