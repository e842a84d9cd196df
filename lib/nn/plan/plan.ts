import type { CkksLiteral } from '../../ckks/parameters.js';

/** Weights times a vector of ciphertexts, plus a bias: one level. */
export interface DenseStep {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly units: number;
  /** Level of the ciphertexts that enter. */
  readonly level: number;
}

/** The square of every value: one level. Polynomials of degree 2 are squares of a shifted value; the rest is folded into the weights around them. */
export interface SquareStep {
  readonly kind: 'square';
  readonly units: number;
  readonly level: number;
}

/** A polynomial of every value: ⌈log2(degree + 1)⌉ levels. */
export interface PolynomialStep {
  readonly kind: 'polynomial';
  readonly units: number;
  readonly degree: number;
  readonly level: number;
}

export type PlanStep = DenseStep | SquareStep | PolynomialStep;

/** What is promised about values and weights in public, so that nothing in a plan has to depend on the weights. */
export interface PlanBounds {
  /** No input is larger in magnitude. */
  readonly input: number;
  /** No output is larger in magnitude. */
  readonly output: number;
  /** No row of the folded weights before an activation has a larger sum of magnitudes. */
  readonly hiddenNorm: number;
  /** The same for the last layer. */
  readonly outputNorm: number;
}

export interface PlanPrediction {
  /** Products one after the other. */
  readonly levels: number;
  /** No output is further from the polynomial network in the clear, but with probability 2^-40 a batch. */
  readonly error: number;
  readonly bytes: {
    /** Evaluation keys as they are sent and stored. */
    readonly evaluationKeys: number;
    readonly evaluationKeysInMemory: number;
    /** One batch of encrypted inputs, and of encrypted outputs, without the short header of a message. */
    readonly upload: number;
    readonly download: number;
  };
  readonly seconds: {
    /** Server time of one batch, full or not. */
    readonly batch: number;
    /** What it was predicted for. */
    readonly cpuLevel: string;
    readonly threads: number;
  };
}

/**
 * What client and server agree on before a key is made. Public: shapes, parameters, keys, predictions. It holds no
 * weights and no function of them.
 */
export interface Plan {
  readonly format: 'ciphernet-plan';
  readonly version: 1;
  /** Ciphertext i of a batch holds feature i of up to `samplesPerBatch` samples, one a slot: no rotations. */
  readonly packing: 'samples';
  readonly samplesPerBatch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bounds: PlanBounds;
  readonly steps: readonly PlanStep[];
  readonly parameters: CkksLiteral;
  /** One sentence for every choice. */
  readonly reasons: readonly string[];
  readonly keys: {
    /** Highest level at which products are relinearized; null when none are. */
    readonly relinearization: number | null;
    readonly rotations: readonly number[];
  };
  readonly predicted: PlanPrediction;
}

/** Levels that a step spends. */
export function levelsOf(
  step: Pick<PolynomialStep, 'kind' | 'degree'> | { readonly kind: 'dense' | 'square' },
): number {
  return step.kind === 'polynomial' ? Math.ceil(Math.log2(step.degree + 1)) : 1;
}
