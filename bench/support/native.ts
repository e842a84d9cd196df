import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Program } from './program.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let built = false;

/** Starts build/cmake/bench/ciphernet_bench, built as the addon is; it times the core without JavaScript around it. */
export async function startNative(
  suite: string,
  options: Readonly<Record<string, string | number>>,
): Promise<Program> {
  if (!built) {
    execFileSync(process.execPath, ['native/build.cjs', '--preset=bench', '--quiet'], {
      cwd: root,
      stdio: 'inherit',
    });
    built = true;
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return Program.start('ciphernet_bench', `${root}build/cmake/bench/ciphernet_bench`, [suite, ...args]);
}
