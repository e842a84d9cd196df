// Bootstraps beside Lattigo's and OpenFHE's, in full and in sparse packing; two threads beside one.
//
// The unit is slots × levels left × mean bits of precision a second, because every library has parameters of its own:
// what is equal is the ring, the slots (random complex ones, real and imaginary parts from -1 to 1) and the threads. A
// bootstrap runs once before it is measured; runs take turns where the memory that is free holds both programs, else one
// program after the other is started, measured and ended (params.turns says which). Lattigo takes up to 14 GB, OpenFHE
// 10 GB: never both at once. Lattigo bootstraps one ciphertext on one thread only.
//
// Our precision is measured over fresh keys, each in a program of its own, one after the other: on random slots, on 1 + i in
// every slot and on 1 in a single one; over 10 keys for full packing at N = 2^16, else over one, or over COUNT.
//
// npm run bench -- bootstrap [--json FILE] [--peers lattigo,openfhe|none] [--keys COUNT]
import { bootstrapSlots, type KeysPrecision, measureKeys } from './support/bootstrap-keys.js';
import { type Contestant, type Measurement, measureBootstraps } from './support/bootstrap-measure.js';
import { bootstrapRow } from './support/bootstrap-rows.js';
import { type BootstrapSet, bootstrapSets, bootstrapWords } from './support/bootstrap-sets.js';
import { startNative } from './support/native.js';
import { peerTitle, startPeer } from './support/peers.js';
import { type Row, runSuite } from './support/rows.js';

/** The threads that a peer can use for one bootstrap. */
const peerThreads: Readonly<Record<string, readonly number[]>> = { lattigo: [1], openfhe: [1, 2] };

function ourselves(set: BootstrapSet, threads: number): Contestant {
  return {
    name: threads === 1 ? 'ciphernet, one thread' : `ciphernet, ${threads} threads`,
    start: () => startNative('bootstrap', { ...bootstrapWords(set), threads }),
    bytes: set.gigabytes.ciphernet * 1e9,
  };
}

function peer(name: string, set: BootstrapSet, threads: number): Contestant {
  const words = { suite: 'bootstrap', 'log-n': set.ours.logN, 'log-slots': set.logSlots };
  return {
    name: peerTitle(name),
    start: () => startPeer(name, words, threads),
    bytes: set.gigabytes[name]! * 1e9,
  };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);

function print(measurements: readonly Measurement[]): void {
  console.table(
    measurements.map(({ name, ready, precision, timing, peakBytes }) => ({
      by: name,
      threads: ready.threads,
      ms: Math.round(timing.median),
      levels: precision.levels_left,
      'mean bits': precision.mean_bits.toFixed(2),
      'worst bits': precision.worst_bits.toFixed(2),
      'log2 Q': ready.log_q!.toFixed(1),
      'log2 P': ready.log_p!.toFixed(1),
      dnum: ready.dnum,
      'keys, s': (ready.keygen_ms! / 1000).toFixed(1),
      'keys, GB': gigabytes(ready.key_bytes!),
      'peak, GB': gigabytes(peakBytes),
    })),
  );
}

/** The contestants that stand beside ours of a set, with the threads that ours has then. */
function* others(set: BootstrapSet, peers: readonly string[]): Generator<[Contestant, number]> {
  for (const name of peers)
    if (name in set.gigabytes)
      for (const threads of peerThreads[name]!) yield [peer(name, set, threads), threads];
  yield [ourselves(set, 1), 2];
}

function printPrecision({ bits, peakBytes }: KeysPrecision): void {
  console.table(
    bootstrapSlots.map((slots) => ({
      slots,
      'mean bits': bits[slots].mean.toFixed(2),
      'worst bits': bits[slots].worst.toFixed(2),
      'peak, GB': gigabytes(peakBytes),
    })),
  );
}

/** An hour of measuring is not thrown away for what fails; but the run has failed. */
async function attempt<T>(title: string, measure: () => Promise<T>): Promise<T | undefined> {
  console.log(`${title} …`);
  try {
    return await measure();
  } catch (error) {
    console.error(`${title}: no row, as it failed.`, error);
    process.exitCode = 1;
    return undefined;
  }
}

await runSuite(
  Object.keys(peerThreads),
  async ({ peers, keys }) => {
    const rows: Row[] = [];
    for (const set of bootstrapSets) {
      const name = `N = 2^${set.ours.logN}, 2^${set.logSlots} slots`;
      const count = keys ?? set.freshKeys;
      const precision = await attempt(`${name}, precision over ${count} key(s)`, () =>
        measureKeys(ourselves(set, 1), count),
      );
      if (precision === undefined) continue;
      printPrecision(precision);
      for (const [other, threads] of others(set, peers)) {
        const row = await attempt(`${name}, ${threads} thread(s), beside ${other.name}`, async () => {
          const measured = await measureBootstraps([ourselves(set, threads), other]);
          print(measured);
          return bootstrapRow(set, measured[0]!, measured[1]!, precision);
        });
        if (row !== undefined) rows.push(row);
      }
    }
    if (rows.length === 0) throw new Error('No row was measured.');
    return rows;
  },
  ['keys'],
);
