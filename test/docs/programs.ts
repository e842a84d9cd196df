import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program of the documents as it stands there, against the built package; gives what it prints. */
export async function printed(program: string, name: string): Promise<string> {
  const folder = new URL('../../build/docs/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = new URL(`${name}.mjs`, folder);
  await writeFile(file, program);
  const { stdout } = await run(process.execPath, [fileURLToPath(file)]);
  return stdout;
}
