import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from './program.js';

interface PeerProgram {
  /** How people know it. */
  readonly title: string;
  /** What has to be there before it runs, and the program that runs it, both in bench/peers/<name>. */
  readonly command: string;
  readonly args: readonly string[];
  /** So many threads, whatever the machine has. */
  readonly env: (threads: number) => NodeJS.ProcessEnv;
}

const programs: Readonly<Record<string, PeerProgram>> = {
  openfhe: {
    title: 'OpenFHE',
    command: '.venv/bin/python',
    args: ['peer.py'],
    env: (threads) => ({ OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: '1' }),
  },
  'node-seal': {
    title: 'node-seal',
    command: 'node_modules/node/bin/node',
    args: ['peer.mjs'],
    env: () => ({}),
  },
  lattigo: {
    title: 'Lattigo',
    command: 'build/peer',
    args: [],
    env: (threads) => ({ GOMAXPROCS: String(threads) }),
  },
};

export const peerNames = Object.keys(programs);
export const peerTitle = (name: string): string => programs[name]!.title;

/** Starts a peer that `npm run bench:peers -- <name>` has installed. */
export async function startPeer(
  name: string,
  options: Readonly<Record<string, string | number>>,
  threads = 1,
): Promise<Program> {
  const { title, command, args, env } = programs[name]!;
  const folder = fileURLToPath(new URL(`../peers/${name}/`, import.meta.url));
  if (!existsSync(folder + command)) {
    throw new Error(
      `${title} is not installed: npm run bench:peers -- ${name} (or leave it out with --peers).`,
    );
  }
  const words = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  return Program.start(
    title,
    folder + command,
    [...args.map((file) => folder + file), ...words],
    env(threads),
  );
}
