import { Client } from '../roles/client.js';
import { planFromBytes } from '../roles/messages.js';
import { ServerModel } from '../nn/plan/server-model.js';
import type { Plan } from '../nn/plan/plan.js';
import path from 'node:path';
import { isReadableByOthers, readWhole } from '../files.js';
import type { Terminal } from './terminal.js';

/** The names that `compile` gives to the two halves of a compiled model. */
export const planFile = 'plan.json';
export const serverModelFile = 'server-model.json';

export const readPlan = async (file: string): Promise<Plan> => planFromBytes(await readWhole(file, 2 ** 20));

export interface CompiledModel {
  readonly plan: Plan;
  readonly serverModel: ServerModel;
}

/** What `compile` wrote into a folder. */
export async function readCompiled(folder: string): Promise<CompiledModel> {
  const plan = await readPlan(path.join(folder, planFile));
  const serverModel = ServerModel.fromBytes(await readWhole(path.join(folder, serverModelFile)));
  serverModel.requireFits(plan);
  return { plan, serverModel };
}

/** A client over the secret key of a file, which is wiped from the buffer that it was read into. */
export async function readClient(terminal: Terminal, plan: Plan, file: string): Promise<Client> {
  const secretKey = await readWhole(file, 2 ** 20);
  try {
    if (await isReadableByOthers(file))
      terminal.warn(`${file} holds a secret key that others may read; chmod 600 ${file}`);
    return await Client.create(plan, { secretKey });
  } finally {
    secretKey.fill(0);
  }
}
