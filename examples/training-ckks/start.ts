import type { Weights } from '../../lib/training/index.js';
import { SeededRandom } from '../support/random.js';

/** The start of a layer. */
export interface LayerStart {
  readonly units: number;
  /** The standard deviation of its weights, times √inputs. */
  readonly spread: number;
  /** Of every unit; a layer without has no biases. */
  readonly bias?: number;
}

/**
 * Uniform weights with mean 0, the same for the same seed. Where outputs are mostly 0, a last bias that makes them so from the
 * beginning (of a sigmoid −2.2 for one class of ten) saves the steps that would only find it.
 */
export function startWeights(seed: number, inputs: number, layers: readonly LayerStart[]): Weights {
  const random = new SeededRandom(seed);
  return layers.map(({ units, spread, bias }, l) => {
    const before = l === 0 ? inputs : layers[l - 1]!.units;
    const bound = spread * Math.sqrt(3 / before);
    const unit = (): number[] => [
      ...Array.from({ length: before }, () => random.symmetric(bound)),
      ...(bias === undefined ? [] : [bias]),
    ];
    return Float64Array.from(Array.from({ length: units }, unit).flat());
  });
}
