import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where programs of the documents run: within the package, so that they find it by its name. */
export const programFolder = new URL('../../build/docs/', import.meta.url);

/** Runs a program of the documents as it stands there, against the built package; gives what it prints. */
export async function printed(program: string, name: string): Promise<string> {
  await mkdir(programFolder, { recursive: true });
  const file = fileURLToPath(new URL(`${name}.mjs`, programFolder));
  await writeFile(file, program);
  const { stdout } = await run(process.execPath, [file], { cwd: fileURLToPath(programFolder) });
  return stdout;
}
