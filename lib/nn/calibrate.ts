import { requireNonNegative } from '../check.js';
import { batchRows, evaluate } from './evaluate.js';
import type { Model } from './model.js';

/** What was seen at one place of a network over the calibration samples. */
export interface ValueRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** The values that enter one activation layer, or one operand of a product. */
export interface ActivationRange extends ValueRange {
  /** Index of the activation in `model.nodes`. */
  readonly layer: number;
  /** Which operand of the layer: 0, but for products. */
  readonly operand: number;
  /** The seen range, widened at each end by `margin` times its width: where the polynomial has to be good. */
  readonly interval: readonly [lower: number, upper: number];
}

/** The ranges that a network reached over calibration rows; see {@link calibrate}. */
export interface Calibration {
  readonly samples: number;
  readonly margin: number;
  readonly input: ValueRange;
  readonly output: ValueRange;
  /** One entry an activation layer and two a product, in the order of the layers. */
  readonly activations: readonly ActivationRange[];
}

/** How {@link calibrate} widens what it saw. */
export interface CalibrationOptions {
  /** How far each end of a seen range is moved outwards, as a part of its width; 0.05 if absent. */
  readonly margin?: number;
}

function rangeOf(values: Float64Array): ValueRange {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (const value of values) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return Object.freeze({ minimum, maximum });
}

/**
 * The ranges of the inputs, of the values before each activation and of the outputs, over rows that look like those to
 * come. What comes later may leave them; that is what the margin is for.
 *
 * @param samples - rows of `model.inputs` values, one after another; NaN and infinities are refused.
 */
export function calibrate(
  model: Model,
  samples: Float64Array,
  options: CalibrationOptions = {},
): Calibration {
  const margin = options.margin ?? 0.05;
  requireNonNegative(margin, 'the margin of a calibration');
  const activations: ActivationRange[] = [];
  const outputs = evaluate(model, samples, (layer, operands) => {
    const { kind } = model.nodes[layer]!.layer;
    if (kind !== 'activation' && kind !== 'product') return;
    operands.forEach((values, operand) => {
      const { minimum, maximum } = rangeOf(values);
      // A unit that never moves still needs an interval of some width to fit on.
      const width = maximum - minimum || Math.max(Math.abs(maximum), 1);
      const slack = maximum > minimum ? margin * width : Math.max(margin, 0.05) * width;
      activations.push(
        Object.freeze({
          layer,
          operand,
          minimum,
          maximum,
          interval: Object.freeze([minimum - slack, maximum + slack] as const),
        }),
      );
    });
  });
  return Object.freeze({
    samples: batchRows(model, samples),
    margin,
    input: rangeOf(samples),
    output: rangeOf(outputs),
    activations: Object.freeze(activations),
  });
}
