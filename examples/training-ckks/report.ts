import { resourceUsage } from 'node:process';
import { info } from '../../lib/index.js';
import { weightCount } from '../../lib/training/index.js';
import type { TrainingPlan, Weights } from '../../lib/training/index.js';
import { duration, megabytes } from '../support/inference.js';
import { median } from '../support/median.js';
import { commitName, machineName } from '../support/result.js';
import type { Split } from './data.js';
import type { Notes } from './folder.js';
import type { Session } from './owner.js';
import type { Referee } from './referee.js';
import type { TrainingResult } from './result.js';

/** What a plan says before a key is made. */
export function describeTrainingPlan(plan: TrainingPlan, steps: number): void {
  const { parameters, predicted, levels } = plan;
  console.log(
    `Parameters: CKKS, N = 2^${parameters.logN}, ${levels} levels between bootstraps, 128 bits of security. Why:`,
  );
  for (const reason of plan.reasons) console.log(`  - ${reason}`);
  const count = (value: number): string => String(Number(value.toFixed(1)));
  console.log(
    `Predicted before any key was made: a step takes ${duration(1000 * predicted.seconds)} ` +
      `(${count(predicted.bootstraps)} bootstraps, ${count(predicted.rotations)} rotations, ${count(predicted.products)} products), ` +
      `${steps} steps ${duration(1000 * steps * predicted.seconds)}; keys ${megabytes(predicted.keyBytes)} in memory, ` +
      `${megabytes(predicted.keyBytesOnDisk)} as a file; a batch ${megabytes(predicted.batchBytes)}, a checkpoint ${megabytes(predicted.stateBytes)}.\n`,
  );
}

/** What a result is made of. */
export interface ReportParts {
  readonly name: string;
  readonly plan: TrainingPlan;
  readonly data: Split;
  readonly referee: Referee;
  readonly float32: Weights;
  readonly clear: Weights;
  readonly encrypted: Weights;
  readonly session: Session;
  readonly notes: Notes;
}

/** Weights count as changed from this on: far above what encryption adds. */
const kChanged = 1e-4;

function changedPart(before: Weights, after: Weights): number {
  const all = before.reduce((sum, layer) => sum + layer.length, 0);
  const changed = before.reduce(
    (sum, layer, l) => sum + layer.filter((w, i) => Math.abs(w - after[l]![i]!) > kChanged).length,
    0,
  );
  return changed / all;
}

/** Everything about a training that was seen through, as --json writes it. */
export function reportOf(parts: ReportParts): TrainingResult {
  const { plan, data, referee, session, notes } = parts;
  const { threads, cpuLevel } = info();
  const { example } = referee;
  const seconds = notes.steps.map((step) => step.seconds);
  const training = seconds.reduce((sum, s) => sum + s, 0);
  const { levels, predicted } = plan;
  return {
    schema: 1,
    example: 'training-ckks',
    task: parts.name,
    parameters: { ...plan.parameters },
    security_bits: 128,
    threads,
    cpu_level: cpuLevel,
    machine: machineName(),
    commit: commitName(),
    date: new Date().toISOString().slice(0, 10),
    rows: { training: data.training.rows, batch: plan.task.batch, test: data.test.rows },
    weights: weightCount(plan.task.model),
    weights_changed: changedPart(example.weights, parts.encrypted),
    measure: example.measure,
    figures: {
      start: referee.figures(example.weights).figure,
      float32: referee.figures(parts.float32).figure,
      clear: referee.figures(parts.clear).figure,
      encrypted: referee.figures(parts.encrypted).figure,
      encrypted_inference: referee.judge(session.outputs),
    },
    predicted: {
      levels,
      rotations: predicted.rotations,
      products: predicted.products,
      bootstraps: predicted.bootstraps,
      seconds: predicted.seconds,
    },
    seconds: {
      keys: notes.begun.keys,
      encryption: notes.begun.encryption,
      training,
      step: training / seconds.length,
      median_step: median(seconds),
      longest_step: Math.max(...seconds),
      inference: session.inferenceSeconds,
    },
    bytes: {
      evaluation_keys_disk: session.evaluationKeyBytesOnDisk,
      evaluation_keys_ram: session.evaluationKeyBytes,
      batch: notes.begun.batchBytes,
      checkpoint: session.checkpointBytes,
    },
    peak_rss_bytes: Math.max(session.peakRssBytes, resourceUsage().maxRSS * 1024),
    sessions: notes.sessions,
    steps: notes.steps,
  };
}
