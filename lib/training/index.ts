/** Networks trained on encrypted data: plans, data owners, the trainer, and its clear twin. */
export { combineBatches, EncryptedBatch, EncryptedState } from './encrypted-data.js';
export { TrainingOwner } from './owner.js';
export { planTraining } from './planner.js';
export type { TrainingPlanOptions } from './planner.js';
export type { TrainingKeys, TrainingPlan, TrainingPrediction } from './plan.js';
export { trainingPlanFromBytes, trainingPlanToBytes } from './plan-json.js';
export { initialWeights, predictInClear, trainInClear } from './train-in-clear.js';
export type { ClearStep, ClearTrainingOptions, Rows, WatchedValue } from './train-in-clear.js';
export { EncryptedTrainer } from './trainer.js';
export type {
  Batches,
  CheckpointOptions,
  ResumeOptions,
  StepsOptions,
  TrainerOptions,
  TrainingStep,
} from './trainer.js';
export type {
  CompleteActivation,
  CompleteLayer,
  CompleteModel,
  TrainedActivation,
  TrainedLayer,
  TrainedModel,
} from './model.js';
export { weightCount } from './model.js';
export type { NetworkLayout } from './network.js';
export type { LearningRate, Optimizer } from './optimizer.js';
export { rateAt } from './optimizer.js';
export type { BatchPart, PartialRows, Weights } from './packing.js';
export type { CompleteTask, Loss, TrainingTask } from './task.js';
