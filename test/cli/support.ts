import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { runCommand } from '../../lib/cli/program.js';
import { activation, dense, modelToBytes, sequential } from '../../lib/nn/index.js';

/** 1 − x² − y²: above 0 within the unit circle. The smallest network with a product of ciphertexts. */
export const circle = sequential([
  dense({ inputs: 2, units: 2, weights: Float64Array.of(1, 0, 0, 1) }),
  activation('square'),
  dense({ inputs: 2, units: 1, weights: Float64Array.of(-1, -1), bias: Float64Array.of(1) }),
]);

export const calibrationCsv = 'x,y\n-1,-1\n1,1\n0,0.5\n';
/** The cheapest plan at 128 bits: N = 2^13. */
export const cheap = [
  '--max-error',
  '0.01',
  '--bound',
  'output=2',
  '--bound',
  'hiddenNorm=2',
  '--bound',
  'outputNorm=4',
];

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The objects that `--json` printed, one a line. */
  readonly json: Record<string, unknown>[];
}

class Sink extends Writable {
  text = '';
  constructor(private readonly onText: (text: string) => void = () => undefined) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.onText(chunk.toString('utf8'));
    done();
  }
}

/** Runs the command in this process, as a shell would. */
export async function command(
  args: readonly string[],
  signal = new AbortController().signal,
  onText?: (text: string) => void,
): Promise<Outcome> {
  const stdout = new Sink(onText);
  const stderr = new Sink();
  const code = await runCommand(args, { stdout, stderr, interactive: false, signal });
  const json = args.includes('--json')
    ? stdout.text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
  return { code, out: stdout.text, err: stderr.text, json };
}

/** A folder with a model and calibration rows; `file()` names one in it. */
export async function workFolder(): Promise<{
  file: (name: string) => string;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ciphernet-cli-'));
  const file = (name: string): string => path.join(folder, name);
  await writeFile(file('model.json'), modelToBytes(circle));
  await writeFile(file('calibration.csv'), calibrationCsv);
  return { file, remove: () => rm(folder, { recursive: true }) };
}
