/** The server's side: nothing here can hold a secret key. */
export { Server } from './roles/server.js';
export { planFromBytes, planToBytes } from './roles/messages.js';
export type { Chunks } from './ckks/key-chunks.js';
export type { RoleOptions } from './roles/secure.js';
export { ServerModel } from './nn/plan/server-model.js';
export type { Plan } from './nn/plan/plan.js';
export { combineBatches, EncryptedBatch } from './training/encrypted-data.js';
export { EncryptedTrainer } from './training/trainer.js';
export { trainingPlanFromBytes, trainingPlanToBytes } from './training/plan-json.js';
export type { TrainingPlan } from './training/plan.js';
