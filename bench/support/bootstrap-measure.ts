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

function requireRight(name: string, precision: BootstrapPrecision): BootstrapPrecision {
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

/** Whether programs that take so much fit beside each other; a tenth of the memory is left to others. */
export const fitTogether = (contestants: readonly Contestant[], available: number): boolean =>
  contestants.reduce((sum, { bytes }) => sum + bytes, 0) <= 0.9 * available;

/**
 * Measures contestants whose runs take turns, or, where `available` bytes do not hold all of them, one after the other: each
 * is started when the last one has ended.
 */
export async function measureBootstraps(
  contestants: readonly Contestant[],
  available: number = process.availableMemory(),
): Promise<Measurement[]> {
  if (fitTogether(contestants, available)) return measureTogether(contestants);
  const all: Measurement[] = [];
  for (const contestant of contestants) all.push(...(await measureTogether([contestant])));
  return all;
}
