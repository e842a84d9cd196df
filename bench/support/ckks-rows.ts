import type { CkksSet } from './ckks-sets.js';
import type { Timing } from './measure.js';
import type { Program, Ready } from './program.js';
import type { Measured } from './rows.js';

/** What bench/native/ckks_bench.cpp and bench/javascript/ckks.ts both time. */
export const operations = [
  'multiply_relinearize_rescale',
  'rotate',
  'rotate_8_hoisted',
  'encode',
  'encrypt',
  'encrypt_symmetric',
  'decrypt',
] as const;
/** An error that only a wrong result has: all slots are numbers below 1, all scales at least 2^40. */
const largestError = 2 ** -16;

export const rounded = (x: number): number => Number(x.toFixed(3));

/** How exact a result is; throws when it is wrong. */
export async function precision(
  program: Program,
  operation: string,
  name: string,
): Promise<{ bits: number; level: number | undefined }> {
  const { error, levels_left: level } = await program.check(operation);
  if (!(error < largestError)) throw new Error(`${name}: ${operation} is off by ${error}.`);
  return { bits: -Math.log2(error), level };
}

/** What a program of ours says of an operation; `ready` is the C++ program's, which knows the set best. */
export async function describe(
  suite: string,
  program: Program,
  set: CkksSet,
  operation: string,
  timing: Timing,
  ready: Ready = program.ready,
): Promise<Measured> {
  const { bits, level } = await precision(program, operation, 'ciphernet');
  return {
    suite,
    op: operation,
    params: {
      log_n: set.logN,
      levels: ready.levels!,
      log_q: rounded(ready.log_q!),
      log_p: rounded(ready.log_p!),
      dnum: ready.dnum!,
      sigma: ready.sigma!,
      log_scale: set.logScale,
      primes_q: set.logQ.length,
      primes_p: set.logP.length,
    },
    threads: ready.threads!,
    cpu_level: ready.cpu_level!,
    timing,
    ...(operation.startsWith('rotate_8') && { items: 8 }),
    ...(level !== undefined && { levels_left: level }),
    precision_bits: rounded(bits),
    peak_rss_bytes: await program.peakBytes(),
    value: timing.median,
    unit: 'ms',
    better: 'lower',
  };
}
