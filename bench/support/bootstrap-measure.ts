import { interleave, type Timing } from './measure.js';
import type { BootstrapPrecision, Program, Ready } from './program.js';

/** What is asked of a program that bootstraps. */
export type Bootstrapper = Pick<
  Program,
  'ready' | 'time' | 'bootstrapPrecision' | 'peakBytes' | typeof Symbol.asyncDispose
>;

/** A program that is not started yet, and the most memory that it takes. */
export interface Contestant {
  readonly name: string;
  readonly start: () => Promise<Bootstrapper>;
  readonly bytes: number;
}

/** What a program said of its set, and what its bootstraps took and left. */
export interface Measurement {
  readonly name: string;
  readonly ready: Ready;
  readonly precision: BootstrapPrecision;
  readonly timing: Timing;
  readonly peakBytes: number;
  /** Whether its runs took turns with those of others. */
  readonly interleaved: boolean;
}

/** Errors above 2^-4 are those of a wrong result, and a wrong result needs no time. */
const leastBits = 4;

/** Throws when a bootstrap is wrong or leaves nothing to compute with. */
export function requireRight(name: string, precision: BootstrapPrecision): BootstrapPrecision {
  const { worst_bits: bits, levels_left: levels } = precision;
  if (!(bits > leastBits && levels > 0))
    throw new Error(`${name}: a bootstrap leaves ${bits} bits and ${levels} levels.`);
  return precision;
}

/** Starts them all, lets their runs take turns, and ends them all. */
async function measureTogether(contestants: readonly Contestant[]): Promise<Measurement[]> {
  const programs: Bootstrapper[] = [];
  try {
    for (const { start } of contestants) programs.push(await start());
    const precisions: BootstrapPrecision[] = [];
    for (const [i, program] of programs.entries())
      precisions.push(requireRight(contestants[i]!.name, await program.bootstrapPrecision()));
    const timings = await interleave(programs.map((program) => () => program.time('bootstrap')));
    const peaks: number[] = [];
    for (const program of programs) peaks.push(await program.peakBytes());
    return contestants.map(({ name }, i) => ({
      name,
      ready: programs[i]!.ready,
      precision: precisions[i]!,
      timing: timings[i]!,
      peakBytes: peaks[i]!,
      interleaved: contestants.length > 1,
    }));
  } finally {
    for (const program of programs) await program[Symbol.asyncDispose]();
  }
}

/** The part of the free memory that programs may take at once: others grow meanwhile. */
const largestPart = 2 / 3;

const sum = (contestants: readonly Contestant[]): number =>
  contestants.reduce((total, { bytes }) => total + bytes, 0);

/**
 * Measures contestants whose runs take turns, or, where memory does not hold all of them, one after the other: each is
 * started when the last one has ended. `available` says how many bytes are free; one that does not fit even alone is
 * refused.
 */
export async function measureBootstraps(
  contestants: readonly Contestant[],
  available: () => number = () => process.availableMemory(),
): Promise<Measurement[]> {
  if (sum(contestants) <= largestPart * available()) return measureTogether(contestants);
  const all: Measurement[] = [];
  for (const contestant of contestants) {
    const { name, bytes } = contestant;
    if (bytes > available())
      throw new Error(
        `${name} takes ${bytes / 1e9} GB, but only ${(available() / 1e9).toFixed(1)} are free.`,
      );
    all.push(...(await measureTogether([contestant])));
  }
  return all;
}
