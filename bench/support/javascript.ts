import { fileURLToPath } from 'node:url';
import { Program } from './program.js';

/** Starts bench/javascript/<name>.ts, which calls the public API in a process of its own. */
export async function startJavaScript(name: string, options: unknown, threads: number): Promise<Program> {
  const file = fileURLToPath(new URL(`../javascript/${name}.ts`, import.meta.url));
  return Program.start(
    `bench/javascript/${name}.ts`,
    process.execPath,
    ['--import=tsx', file, JSON.stringify(options)],
    { CIPHERNET_THREADS: String(threads) },
  );
}
