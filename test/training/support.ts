import { CkksParameters, KeyGenerator } from '../../lib/index.js';
import type { EvaluationKeys, SecretKey } from '../../lib/index.js';
import { initialWeights, planTraining, TrainingOwner } from '../../lib/training/index.js';
import type {
  Rows,
  TrainedActivation,
  TrainingPlan,
  TrainingPlanOptions,
  TrainingTask,
  Weights,
} from '../../lib/training/index.js';
import { sequence } from '../ckks/support.js';

export const sigmoid = (degree: number, interval: number): TrainedActivation => ({
  function: 'sigmoid',
  degree,
  interval,
});

/** Logistic regression of five features. */
export const regression: TrainingTask = {
  model: { inputs: 5, inputBound: 1, layers: [{ units: 1, activation: sigmoid(3, 6), weightBound: 4 }] },
  loss: 'crossEntropy',
  optimizer: { kind: 'gradientDescent' },
  learningRate: 1,
  batch: 13,
};

/** Three dense layers. */
export const network: TrainingTask = {
  model: {
    inputs: 6,
    inputBound: 1,
    layers: [
      { units: 7, activation: sigmoid(3, 4), weightBound: 2 },
      { units: 3, activation: sigmoid(3, 4), weightBound: 2 },
      { units: 2, activation: sigmoid(3, 4), weightBound: 2 },
    ],
  },
  loss: 'squared',
  optimizer: { kind: 'gradientDescent' },
  learningRate: 2,
  batch: 20,
};

/** Features in [-1, 1]; labels are 1 where a feature of the row is positive. */
export function rowsOf({ model, batch }: TrainingTask, seed: number): Rows {
  const { inputs, layers } = model;
  const outputs = layers.at(-1)!.units;
  const features = sequence(seed)(batch * inputs);
  const labels = Float64Array.from({ length: batch * outputs }, (_, k) =>
    features[Math.floor(k / outputs) * inputs + (k % outputs)]! > 0 ? 1 : 0,
  );
  return { features, labels };
}

/** All that encrypted training needs, in a ring that hides nothing. */
export interface TrainingContext {
  readonly plan: TrainingPlan;
  readonly parameters: CkksParameters;
  readonly secretKey: SecretKey;
  readonly keys: EvaluationKeys;
  readonly owner: TrainingOwner;
  readonly initial: Weights;
  readonly generator: KeyGenerator;
}

export async function makeTraining(
  task: TrainingTask,
  options: TrainingPlanOptions,
): Promise<TrainingContext> {
  const plan = await planTraining(task, { security: 'none', ...options });
  const parameters = await CkksParameters.create(plan.parameters);
  const generator = new KeyGenerator(parameters, { insecureSeed: 1n });
  const secretKey = await generator.secretKey();
  const keys = await generator.evaluationKeys(secretKey, plan.keys);
  const owner = new TrainingOwner(plan, parameters, secretKey, { insecureSeed: 2n });
  return { plan, parameters, generator, secretKey, keys, owner, initial: initialWeights(task, 7) };
}

/** The largest difference of two sets of weights. */
export const weightDifference = (a: Weights, b: Weights): number =>
  a.reduce((most, layer, l) => layer.reduce((m, w, k) => Math.max(m, Math.abs(w - b[l]![k]!)), most), 0);
