import { refuseReceived, requireInteger } from '../check.js';
import { evaluatePolynomial, isPolynomial, scalarFunction } from './activations.js';
import type { Calibration } from './calibrate.js';
import { evaluateChebyshev, fitPolynomial } from './fit.js';
import type { PolynomialFit } from './fit.js';
import { activation, affine } from './layers.js';
import { mapLayers } from './model.js';
import type { Model } from './model.js';

/** The fit that took the place of one activation. */
export interface ActivationFit extends PolynomialFit {
  /** Index of the activation in `model.nodes`. */
  readonly layer: number;
}

/** A network whose activations are all polynomials: what can be evaluated on ciphertexts. */
export interface PolynomialModel {
  readonly model: Model;
  /** One entry an activation that was not a polynomial before. */
  readonly fits: readonly ActivationFit[];
}

/** How activations are fitted by {@link toPolynomialModel}. */
export interface PolynomialModelOptions {
  /** Degree of each fitted polynomial; 2 if absent (one multiplicative level). */
  readonly degree?: number;
}

/**
 * The same network with each activation replaced by its least-squares polynomial on the calibrated interval. Squares and
 * polynomials stay as they are. Throws ArgumentError for a calibration of another model.
 */
export function toPolynomialModel(
  model: Model,
  calibration: Calibration,
  options: PolynomialModelOptions = {},
): PolynomialModel {
  const degree = options.degree ?? 2;
  requireInteger(degree, 'the degree of the polynomial activations', 1);
  const fits: ActivationFit[] = [];
  const polynomial = mapLayers(model, (layer, index) => {
    if (layer.kind !== 'activation' || isPolynomial(layer.function)) return layer;
    const range = calibration.activations.find((candidate) => candidate.layer === index);
    if (range === undefined) {
      refuseReceived(
        `a calibrated range of layer ${index}`,
        'the polynomial model',
        'a calibration of another model',
      );
    }
    const fit = fitPolynomial(scalarFunction(layer.function), range.interval, degree);
    fits.push(Object.freeze({ ...fit, layer: index }));
    const power = trimmed(fit);
    requireStable(fit, power, index);
    // A constant (a layer that never leaves the flat part of its activation): the entries stay, with zeros.
    if (power[1] === 0 && power.length === 2)
      return affine({ scale: Float64Array.of(0), offset: Float64Array.of(power[0]!) });
    return activation({ polynomial: power });
  });
  return Object.freeze({ model: polynomial, fits: Object.freeze(fits) });
}

/** The power-basis coefficients without leading ones that vanish (the fit of an even or odd function may have them). */
function trimmed(fit: PolynomialFit): readonly number[] {
  const reach = Math.max(Math.abs(fit.interval[0]), Math.abs(fit.interval[1]), Number.MIN_VALUE);
  const size = Math.max(...fit.power.map((value, k) => Math.abs(value) * reach ** k));
  let length = fit.power.length;
  while (length > 2 && Math.abs(fit.power[length - 1]!) * reach ** (length - 1) <= 1e-14 * size) --length;
  return fit.power.slice(0, length);
}

/** How far powers may be from the Chebyshev series that they stand for, beside its largest value. */
const kMostDrift = 1e-6;

/** Refuses a degree at which powers of x cancel away the digits of a double. */
function requireStable(fit: PolynomialFit, power: readonly number[], layer: number): void {
  const [lower, upper] = fit.interval;
  let drift = 0;
  let size = 0;
  for (let i = 0; i <= 256; ++i) {
    const x = lower + ((upper - lower) * i) / 256;
    const exact = evaluateChebyshev(fit.chebyshev, fit.interval, x);
    size = Math.max(size, Math.abs(exact));
    drift = Math.max(drift, Math.abs(evaluatePolynomial(power, x) - exact));
  }
  if (drift > kMostDrift * Math.max(1, size))
    refuseReceived(
      'a degree whose powers keep their digits on the calibrated interval (a lower one)',
      `the fit of layer ${layer}`,
      `degree ${fit.degree}, off by ${drift.toExponential(1)}`,
      { layer, degree: fit.degree, drift },
    );
}
