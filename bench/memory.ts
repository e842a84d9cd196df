// What memory JavaScript programs come to: ciphertexts that nobody disposes of, and a steady loop in a large ring.
// npm run bench -- memory [--json FILE]
import { info } from '../lib/native.js';
import { type CkksSet, openfheSet } from './support/ckks-sets.js';
import { startJavaScript } from './support/javascript.js';
import { summarize } from './support/measure.js';
import { type Row, row, runSuite } from './support/rows.js';

const mib = 2 ** 20;
/** Each in a process of its own, whose peak is the loop's. */
const runs = 3;

interface Loop {
  readonly op: string;
  readonly set: CkksSet;
  readonly count: number;
}

/** 49 GiB, if none were freed. */
const undisposed: Loop = {
  op: 'undisposed_ciphertexts',
  set: { logN: 13, logQ: [45, 40, 40, 40], logP: [45], logScale: 40 },
  count: 100_000,
};
const steady: Loop = { op: 'products_and_rotations', set: openfheSet(15), count: 500 };

async function measure({ op, set, count }: Loop): Promise<Row> {
  const { threads, cpuLevel } = info();
  const milliseconds: number[] = [];
  const starts: number[] = [];
  const peaks: number[] = [];
  for (let i = 0; i < runs; ++i) {
    await using program = await startJavaScript('memory', { set, count }, threads);
    starts.push(await program.peakBytes());
    milliseconds.push(await program.time(op));
    peaks.push(await program.peakBytes());
  }
  const peak = Math.max(...peaks);
  return row({
    suite: 'memory',
    op,
    params: {
      log_n: set.logN,
      levels: set.logQ.length - 1,
      primes_q: set.logQ.length,
      primes_p: set.logP.length,
      count,
      ciphertext_kib: (2 * set.logQ.length * 2 ** set.logN * 8) / 1024,
      start_mib: Math.round(Math.max(...starts) / mib),
    },
    threads,
    cpu_level: cpuLevel,
    timing: summarize(milliseconds),
    peak_rss_bytes: peak,
    value: Math.round(peak / mib),
    unit: 'MiB',
    better: 'lower',
  });
}

await runSuite([], async () => [await measure(undisposed), await measure(steady)]);
