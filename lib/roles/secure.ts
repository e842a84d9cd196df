import { ParameterError } from '../errors.js';
import type { Plan } from '../nn/plan/plan.js';

/** How a long operation is watched and stopped. */
export interface RoleOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/** Roles work at 128 bits or not at all. */
export function requireSecure(plan: Plan): void {
  if (plan.parameters.security !== 'none') return;
  throw new ParameterError(
    'SECURITY_INSUFFICIENT',
    "The plan was compiled with security: 'none'. Client and Server accept 128 bits only; compile without it.",
    { security: 'none' },
  );
}
