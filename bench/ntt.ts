// The number-theoretic transform at every instruction set of this machine, beside the scalar path and Lattigo.
// npm run bench -- ntt [--json FILE] [--peers lattigo|none]
import { interleave, type Timing } from './support/measure.js';
import { startNative } from './support/native.js';
import { peerTitle, startPeer } from './support/peers.js';
import type { Program } from './support/program.js';
import { type Measured, type Peer, type Row, row, runSuite } from './support/rows.js';
import manifest from '../package.json' with { type: 'json' };

const sizes = [12, 13, 14, 15, 16];
/** The widest primes, and those of most levels, which leave room for lazier reductions. */
const primeSizes = [50, 45];

const butterflies = (logN: number): number => 2 ** (logN - 1) * logN;

function measured(op: string, logN: number, primeBits: number, level: string, timing: Timing): Measured {
  return {
    suite: 'ntt',
    op,
    params: { log_n: logN, prime_bits: primeBits },
    threads: 1,
    cpu_level: level,
    timing,
    items: butterflies(logN),
    value: (timing.median * 1e6) / butterflies(logN),
    unit: 'ns/butterfly',
    better: 'lower',
  };
}

const peerOf = (name: string, version: string, logN: number, timing: Timing): Peer => ({
  name,
  version,
  median_ms: timing.median,
  value: (timing.median * 1e6) / butterflies(logN),
});

async function transforms(
  ours: Program,
  logN: number,
  primeBits: number,
  lattigo: Program | undefined,
): Promise<Row[]> {
  const levels = ours.ready.cpu_levels!;
  const rows: Row[] = [];
  for (const op of ['ntt_forward', 'ntt_inverse']) {
    const timings = await interleave([
      ...levels.map((level) => () => ours.time(`${op} ${level} ${logN}`)),
      ...(lattigo ? [() => lattigo.time(op)] : []),
    ]);
    const scalar = timings[levels.indexOf('scalar')]!;
    for (const [i, level] of levels.entries()) {
      const own = measured(op, logN, primeBits, level, timings[i]!);
      if (level === 'scalar') rows.push(row(own));
      else rows.push(row({ ...own, peer: peerOf('ciphernet, scalar', manifest.version, logN, scalar) }));
      if (lattigo && level === ours.ready.cpu_level) {
        rows.push(
          row({ ...own, peer: peerOf(peerTitle('lattigo'), lattigo.ready.version!, logN, timings.at(-1)!) }),
        );
      }
    }
  }
  return rows;
}

await runSuite(['lattigo'], async ({ peers }) => {
  const rows: Row[] = [];
  for (const primeBits of primeSizes) {
    await using ours = await startNative('ntt', { 'prime-bits': primeBits });
    for (const logN of sizes) {
      console.log(`Transforms, N = 2^${logN}, ${primeBits} bits …`);
      await using lattigo = peers.includes('lattigo')
        ? await startPeer('lattigo', {
            'log-n': logN,
            'log-q': primeBits,
            'log-p': primeBits,
            'log-scale': 20,
          })
        : undefined;
      rows.push(...(await transforms(ours, logN, primeBits, lattigo)));
    }
  }
  return rows;
});
