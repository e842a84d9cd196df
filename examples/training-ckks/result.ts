import { readFile, writeFile } from 'node:fs/promises';
import { Ajv } from 'ajv';

/** One step, with the weights of the encrypted run as their owner decrypts them beside those of the clear executor. */
export interface StepRecord {
  /** 1 after the first one. */
  readonly step: number;
  readonly seconds: number;
  readonly bootstraps: number;
  readonly loss_encrypted: number;
  readonly loss_clear: number;
  /** Accuracy or area under the curve on the test rows, as `measure` says. */
  readonly figure_encrypted: number;
  readonly figure_clear: number;
  /** The largest difference of a weight, and what the plan promises that none exceeds. */
  readonly deviation: number;
  readonly bound: number;
}

/** What the example writes with --json; result.schema.json is the contract. */
export interface TrainingResult {
  readonly schema: 1;
  readonly example: 'training-ckks';
  readonly task: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly security_bits: number;
  readonly threads: number;
  readonly cpu_level: string;
  readonly machine: string;
  readonly commit: string;
  readonly date: string;
  readonly rows: { readonly training: number; readonly batch: number; readonly test: number };
  /** Numbers that are trained, and the part of them that changed from the start to the end. */
  readonly weights: number;
  readonly weights_changed: number;
  readonly measure: 'accuracy' | 'auc';
  /** On the test rows: before the first step; float32; the clear executor; decrypted weights; encrypted inference. */
  readonly figures: {
    readonly start: number;
    readonly float32: number;
    readonly clear: number;
    readonly encrypted: number;
    readonly encrypted_inference: number;
  };
  /** Of a step, as the plan had it before a key was made. */
  readonly predicted: {
    readonly levels: number;
    readonly rotations: number;
    readonly products: number;
    readonly bootstraps: number;
    readonly seconds: number;
  };
  readonly seconds: {
    readonly keys: number;
    readonly encryption: number;
    /** All steps; of several sessions, where the training was interrupted. */
    readonly training: number;
    /** The mean of all steps, which shares out bootstraps that serve several; then the median and the longest of them. */
    readonly step: number;
    readonly median_step: number;
    readonly longest_step: number;
    readonly inference: number;
  };
  readonly bytes: {
    readonly evaluation_keys_disk: number;
    readonly evaluation_keys_ram: number;
    readonly batch: number;
    readonly checkpoint: number;
  };
  readonly peak_rss_bytes: number;
  readonly sessions: number;
  readonly steps: readonly StepRecord[];
}

/** Throws unless the result is what result.schema.json says. */
export async function validateResult(result: unknown): Promise<TrainingResult> {
  const schema = JSON.parse(await readFile(new URL('result.schema.json', import.meta.url), 'utf8')) as object;
  const validate = new Ajv({ strict: true }).compile(schema);
  if (!validate(result))
    throw new Error(`A result that result.schema.json refuses: ${JSON.stringify(validate.errors)}`);
  return result as TrainingResult;
}

export async function writeTrainingResult(path: string, result: TrainingResult): Promise<void> {
  await validateResult(result);
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
}
