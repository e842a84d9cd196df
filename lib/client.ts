/** The client's side: what the owner of the data runs. */
export { Client } from './roles/client.js';
export type { ClientOptions } from './roles/client.js';
export { planFromBytes, planToBytes } from './roles/messages.js';
export type { RoleOptions } from './roles/secure.js';
export type { Plan } from './nn/plan/plan.js';
