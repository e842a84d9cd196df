/** The client's side: what the owner of the data runs. */
export { Client } from './roles/client.js';
export type { ClientOptions } from './roles/client.js';
export { RemoteServer } from './http/remote-server.js';
export type { ConnectOptions } from './http/remote-server.js';
export { keysFingerprint } from './http/protocol.js';
export type { ModelDescription } from './http/protocol.js';
export { planFromBytes, planToBytes } from './roles/messages.js';
export type { RoleOptions } from './roles/secure.js';
export type { Plan } from './nn/plan/plan.js';
export { combineBatches, EncryptedBatch } from './training/encrypted-data.js';
export { TrainingOwner } from './training/owner.js';
export { trainingPlanFromBytes, trainingPlanToBytes } from './training/plan-json.js';
export type { TrainingPlan } from './training/plan.js';
