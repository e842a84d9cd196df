import { appendFile, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '../../lib/errors.js';
import type { StepRecord } from './result.js';

/**
 * Where a training keeps what outlives its processes. `owner` is the data owner's: the secret key, and what it noted of every
 * step. `server` is all that the server ever reads.
 */
export class TrainingFolder {
  readonly secretKey: string;
  readonly notes: string;
  readonly plan: string;
  readonly evaluationKeys: string;
  readonly batch: string;
  readonly start: string;
  readonly checkpoint: string;

  constructor(readonly path: string) {
    this.secretKey = join(path, 'owner', 'secret.key');
    this.notes = join(path, 'owner', 'notes.jsonl');
    this.plan = join(path, 'server', 'plan.json');
    this.evaluationKeys = join(path, 'server', 'evaluation.keys');
    this.batch = join(path, 'server', 'training.batch');
    this.start = join(path, 'server', 'start.state');
    this.checkpoint = join(path, 'server', 'checkpoint');
  }

  /** The file of a batch of test rows. */
  test(index: number): string {
    return join(this.path, 'server', `test-${index}.batch`);
  }

  /** Makes the folder. Throws ArgumentError where a training is in it already. */
  async create(): Promise<void> {
    if (await exists(this.path))
      throw new ArgumentError(
        `There is a training in ${this.path} already. Go on with it by --resume, or remove it, or name another --folder.`,
        { path: this.path },
      );
    await mkdir(join(this.path, 'owner'), { recursive: true, mode: 0o700 });
    await mkdir(join(this.path, 'server'));
  }

  /** Throws ArgumentError where there is nothing to go on with. */
  async requireStarted(): Promise<void> {
    // The start is the last file that is written before the server begins.
    if (await exists(this.start)) return;
    throw new ArgumentError(
      `There is no training in ${this.path} that could go on: it ended before everything was encrypted. Remove the folder and begin without --resume.`,
      { path: this.path },
    );
  }

  /** Notes of the owner, one JSON value a line. A line that was cut off by a crash is left out. */
  async read(): Promise<Notes> {
    const lines = (await readFile(this.notes, 'utf8')).split('\n');
    const values = lines.flatMap((line): Note[] => {
      try {
        return [JSON.parse(line) as Note];
      } catch {
        return [];
      }
    });
    const begun = values.find((note) => 'keys' in note);
    if (begun === undefined)
      throw new ArgumentError(`Expected notes of a training in ${this.notes} but found none.`, {
        path: this.notes,
      });
    // A step that was done twice, since its checkpoint was not written, has the note of the second time.
    const steps = new Map(values.flatMap((note) => ('step' in note ? [[note.step, note] as const] : [])));
    return {
      begun,
      steps: [...steps.values()].sort((a, b) => a.step - b.step),
      sessions: values.filter((note) => 'session' in note).length,
    };
  }

  async note(note: Note): Promise<void> {
    await appendFile(this.notes, `${JSON.stringify(note)}\n`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Seconds and bytes of what came before the first step. */
export interface BegunNote {
  readonly keys: number;
  readonly encryption: number;
  readonly batchBytes: number;
}

/** Each time that a server is started. */
export interface SessionNote {
  readonly session: string;
}

type Note = BegunNote | SessionNote | StepRecord;

/** All that an owner has noted. */
export interface Notes {
  readonly begun: BegunNote;
  readonly steps: readonly StepRecord[];
  readonly sessions: number;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
