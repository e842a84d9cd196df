import { ParameterError } from '../../errors.js';
import { evaluatePolynomial } from '../activations.js';
import type { Calibration } from '../calibrate.js';
import { evaluateChebyshev, fitPolynomial } from '../fit.js';
import { isLinear, linearMap } from '../linear-maps.js';
import type { Model, Node } from '../model.js';
import { sizeOf } from '../shape.js';
import type { Shape } from '../shape.js';
import {
  addMatrices,
  identityMatrix,
  multiplyAdd,
  multiplyMatrices,
  rowLengths,
  rowSums,
  scaledMatrix,
  spectralNorm,
} from '../sparse.js';
import type { SparseMatrix } from '../sparse.js';

// A folded network is a list of steps. Value 0 is the input, value i + 1 what step i gives.

/** Σ matrices[k] · value sources[k] + bias, with all linear layers between two activations in it, and every scale. */
export interface FoldedLinear {
  readonly kind: 'linear';
  readonly sources: readonly number[];
  readonly matrices: readonly SparseMatrix[];
  readonly bias: Float64Array;
  /** Of the result: its places tell layouts how it lies beside its sources. */
  readonly shape: Shape;
}
/** The square of every number of a value. */
export interface FoldedSquare {
  readonly kind: 'square';
  readonly sources: readonly [number];
}
/** Σ chebyshev[k] · T_k of the normalised value: powers would multiply the errors of high degrees by their coefficients. */
export interface FoldedPolynomial {
  readonly kind: 'polynomial';
  readonly sources: readonly [number];
  readonly chebyshev: readonly number[];
}
/** The product of two values, number by number. */
export interface FoldedProduct {
  readonly kind: 'product';
  readonly sources: readonly [number, number];
}
/** A step of a folded network, with its weights: private to the server. */
export type FoldedStep = FoldedLinear | FoldedSquare | FoldedPolynomial | FoldedProduct;

/** value = scale · normalised + offset, the same at every unit. */
interface Affine {
  readonly scale: number;
  readonly offset: number;
}

const identity: Affine = { scale: 1, offset: 0 };
/** A square whose centre lies this many half-widths outside the interval would lose its result in its constant. */
const farthestCentre = 1024;

/** What a node stands for: a linear map of values that are there. */
interface Expression {
  /** By the number of the value. */
  readonly terms: ReadonlyMap<number, SparseMatrix>;
  readonly bias: Float64Array;
  readonly shape: Shape;
}

const valueExpression = (value: number, shape: Shape): Expression => ({
  terms: new Map([[value, identityMatrix(sizeOf(shape))]]),
  bias: new Float64Array(sizeOf(shape)),
  shape,
});

/** A linear layer after what its operands stand for. */
function compose(node: Node, operands: readonly Expression[]): Expression {
  if (!isLinear(node.layer)) throw new Error('Only linear layers are composed.');
  const { matrices, bias } = linearMap(
    node.layer,
    operands.map((operand) => operand.shape),
  );
  const terms = new Map<number, SparseMatrix>();
  const total = bias.slice();
  operands.forEach((operand, k) => {
    multiplyAdd(matrices[k]!, operand.bias, 0, total, 0);
    for (const [value, inner] of operand.terms) {
      const matrix = multiplyMatrices(matrices[k]!, inner);
      const before = terms.get(value);
      terms.set(value, before === undefined ? matrix : addMatrices(before, matrix));
    }
  });
  return { terms, bias: total, shape: node.shape };
}

const affineExpression = (
  { terms, bias, shape }: Expression,
  factor: number,
  offset: number,
): Expression => ({
  terms: new Map([...terms].map(([value, matrix]) => [value, scaledMatrix(matrix, factor)])),
  bias: bias.map((b) => factor * b + offset),
  shape,
});

/** How an activation is done: on which normalised value, by which step, and what its result stands for. */
interface ActivationFold {
  readonly input: Affine;
  readonly step: { readonly kind: 'square' } | Pick<FoldedPolynomial, 'kind' | 'chebyshev'>;
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
  let size = 0;
  for (let i = 0; i <= 256; ++i)
    size = Math.max(size, Math.abs(evaluateChebyshev(fit.chebyshev, [-1, 1], -1 + i / 128)));
  const scale = size || 1;
  return {
    input,
    step: { kind: 'polynomial', chebyshev: fit.chebyshev.map((c) => c / scale) },
    output: { scale, offset: 0 },
  };
}

/** Steps as they are made, with what every value stands for. */
class Folder {
  readonly steps: FoldedStep[] = [];
  readonly #meaning: Affine[] = [identity];

  /** A linear step whose result, times `after`, is the expression. Gives the number of the value. */
  linear({ terms, bias, shape }: Expression, after: Affine): number {
    const folded = bias.map((b) => (b - after.offset) / after.scale);
    const matrices = [...terms].map(([value, matrix]) => {
      const before = this.#meaning[value]!;
      rowSums(matrix).forEach((sum, row) => (folded[row]! += (before.offset * sum) / after.scale));
      return scaledMatrix(matrix, before.scale / after.scale);
    });
    return this.push({ kind: 'linear', sources: [...terms.keys()], matrices, bias: folded, shape }, after);
  }

  push(step: FoldedStep, meaning: Affine): number {
    this.steps.push(step);
    this.#meaning.push(meaning);
    return this.steps.length;
  }
}

const polynomialOf = (node: Node): readonly number[] | undefined => {
  if (node.layer.kind !== 'activation') return undefined;
  const { function: name } = node.layer;
  return name === 'square' ? [0, 0, 1] : typeof name === 'object' ? name.polynomial : undefined;
};

/**
 * The steps of a network whose activations are polynomials, every hidden value normalised to [-1, 1] over its calibrated
 * interval, linear layers that follow each other made one and every scale folded into them. The last step is linear; its
 * result is the model's own.
 */
export function foldModel(model: Model, calibration: Calibration): FoldedStep[] {
  const folder = new Folder();
  const expressions: Expression[] = [];
  const input = valueExpression(0, model.inputShape);
  model.nodes.forEach((node, index) => {
    const operands = node.from.map((from) => (from < 0 ? input : expressions[from]!));
    const interval = (operand: number): readonly [number, number] => {
      const range = calibration.activations.find(
        (candidate) => candidate.layer === index && candidate.operand === operand,
      );
      if (range === undefined) throw unfitted(index);
      return range.interval;
    };
    const made = (value: number): Expression => valueExpression(value, node.shape);
    if (node.layer.kind === 'product') {
      // Around zero, so that no cross terms remain.
      const scales = [0, 1].map((k) => Math.max(...interval(k).map(Math.abs)));
      const [a, b] = scales.map((scale, k) => folder.linear(operands[k]!, { scale, offset: 0 }));
      const value = folder.push(
        { kind: 'product', sources: [a!, b!] },
        { scale: scales[0]! * scales[1]!, offset: 0 },
      );
      expressions.push(made(value));
    } else if (node.layer.kind === 'activation') {
      const coefficients = polynomialOf(node);
      if (coefficients === undefined) throw unfitted(index);
      const [c0, c1, c2] = coefficients;
      if (coefficients.length === 2) {
        expressions.push(affineExpression(operands[0]!, c1!, c0!));
        return;
      }
      const fold =
        coefficients.length === 3
          ? foldQuadratic([c0!, c1!, c2!], interval(0), index)
          : foldPolynomial(coefficients, interval(0));
      const before = folder.linear(operands[0]!, fold.input);
      expressions.push(made(folder.push({ ...fold.step, sources: [before] }, fold.output)));
    } else expressions.push(compose(node, operands));
  });
  folder.linear(expressions.at(-1)!, identity);
  return folder.steps;
}

const unfitted = (layer: number): ParameterError =>
  new ParameterError(
    'PARAMETERS_INVALID',
    `Layer ${layer} is no polynomial activation with a calibrated range; fit it first (toPolynomialModel).`,
    { layer },
  );

/** By how much a linear step stretches errors at most: spectral norms, or with `last` the longest row; summed over sources. */
export function stepNorm(step: FoldedLinear, last: boolean): number {
  if (!last) return step.matrices.reduce((sum, matrix) => sum + spectralNorm(matrix), 0);
  const lengths = step.matrices.map(rowLengths);
  return step.bias.reduce(
    (largest, _, row) =>
      Math.max(
        largest,
        lengths.reduce((sum, list) => sum + list[row]!, 0),
      ),
    0,
  );
}

/**
 * By how much an error of a value is larger in an output at most: over all paths the products of spectral norms and slopes,
 * values being in [-1, 1]; the row lengths of the last step at their end. The largest over all values.
 */
export function amplificationOf(steps: readonly FoldedStep[]): number {
  const gains = new Array<number>(steps.length + 1).fill(0);
  gains[steps.length] = 1;
  for (let index = steps.length - 1; index >= 0; --index) {
    const step = steps[index]!;
    const gain = gains[index + 1]!;
    step.sources.forEach((source, k) => {
      gains[source]! += gain * sourceGain(step, k, index === steps.length - 1);
    });
  }
  return Math.max(...gains);
}

function sourceGain(step: FoldedStep, k: number, last: boolean): number {
  switch (step.kind) {
    case 'linear':
      return last
        ? rowLengths(step.matrices[k]!).reduce((a, b) => Math.max(a, b), 0)
        : spectralNorm(step.matrices[k]!);
    case 'square':
      return 2;
    case 'product':
      return 1;
    case 'polynomial':
      return steepest(step);
  }
}

/** Coefficients of the derivative of a Chebyshev series on [-1, 1], by the recurrence c'_(k-1) = c'_(k+1) + 2k c_k. */
function derivative(chebyshev: readonly number[]): number[] {
  const result = new Array<number>(chebyshev.length + 1).fill(0);
  for (let k = chebyshev.length - 1; k >= 1; --k) result[k - 1] = result[k + 1]! + 2 * k * chebyshev[k]!;
  result[0]! /= 2;
  return result.slice(0, Math.max(1, chebyshev.length - 1));
}

/** The steepest place of a folded polynomial on [-1, 1], on a grid and with what may lie between its points. */
export function steepest({ chebyshev }: Pick<FoldedPolynomial, 'chebyshev'>): number {
  const slope = derivative(chebyshev);
  const points = 64 * chebyshev.length;
  let largest = 0;
  for (let i = 0; i <= points; ++i)
    largest = Math.max(largest, Math.abs(evaluateChebyshev(slope, [-1, 1], (2 * i) / points - 1)));
  return 1.01 * largest;
}
