// Who may hold what, as types: this file compiles, and every line marked with @ts-expect-error must not.
import { Client } from '../../lib/client.js';
import type { Plan } from '../../lib/client.js';
import { Evaluator } from '../../lib/ckks/evaluator.js';
import type { CkksParameters, EvaluationKeys, SecretKey } from '../../lib/ckks/index.js';
import * as serverSide from '../../lib/server.js';
import type { ServerModel } from '../../lib/server.js';

declare const plan: Plan;
declare const model: ServerModel;
declare const parameters: CkksParameters;
declare const evaluationKeys: EvaluationKeys;
declare const secretKey: SecretKey;
declare const bytes: Uint8Array;

export async function roles(): Promise<void> {
  const client = await Client.create(plan, { secretKey: bytes });
  const server = await serverSide.Server.create(plan, model, await client.evaluationKeys());
  const response: Uint8Array = await server.evaluate(bytes);
  void response;

  // @ts-expect-error a server is made from bytes; a secret key is no bytes
  await serverSide.Server.create(plan, model, secretKey);
  // @ts-expect-error a server has nothing to decrypt with
  await server.decrypt(bytes);
  // @ts-expect-error the server's entry point knows no keys but bytes
  void serverSide.SecretKey;
  // @ts-expect-error nor a generator of them
  void serverSide.KeyGenerator;

  void new Evaluator(parameters, evaluationKeys);
  // @ts-expect-error an evaluator takes evaluation keys only
  void new Evaluator(parameters, secretKey);
  // @ts-expect-error a model is not part of a client
  void client.model;
}
