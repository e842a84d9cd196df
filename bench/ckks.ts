// CKKS operations beside OpenFHE, node-seal and Lattigo, one thread, at matched parameters; hoisted rotations beside
// single ones; two threads beside one.  npm run bench -- ckks [--json FILE] [--peers openfhe,node-seal,lattigo|none]
import { type CkksPair, type CkksSet, ckksPairs, words } from './support/ckks-sets.js';
import { interleave, type Timing } from './support/measure.js';
import { startNative } from './support/native.js';
import { peerNames, peerTitle, startPeer } from './support/peers.js';
import type { Program, Ready } from './support/program.js';
import { type Measured, type Peer, type Row, row, runSuite } from './support/rows.js';
import manifest from '../package.json' with { type: 'json' };

const operations = [
  'multiply_relinearize_rescale',
  'rotate',
  'rotate_8_hoisted',
  'encode',
  'encrypt',
  'encrypt_symmetric',
  'decrypt',
] as const;
/** No operation of theirs does it. */
const missing: Readonly<Record<string, readonly string[]>> = { 'node-seal': ['rotate_8_hoisted'] };
/** An error that only a wrong result has: all slots are numbers below 1, all scales at least 2^40. */
const largestError = 2 ** -16;
const threadedSet: CkksSet = ckksPairs.find((pair) => pair.peer === 'openfhe' && pair.ours.logN === 15)!.ours;

async function startOurs(set: CkksSet, threads: number): Promise<Program> {
  return startNative('ckks', { ...words(set), threads });
}

/** The rules of a comparison; a peer that does not keep them is not one. */
function requireMatch(ours: Ready, theirs: Ready, name: string): void {
  for (const key of ['log_n', 'levels', 'threads'] as const) {
    if (ours[key] !== theirs[key]) {
      throw new Error(`${name} has ${key} = ${theirs[key]}, but we have ${ours[key]}.`);
    }
  }
  for (const key of ['log_q', 'log_p'] as const) {
    if (Math.abs(ours[key]! / theirs[key]! - 1) > 0.05) {
      throw new Error(`${name} has ${key} = ${theirs[key]}, more than 5 % from our ${ours[key]}.`);
    }
  }
}

/** How exact a result is; throws when it is wrong. */
async function precision(
  program: Program,
  operation: string,
  name: string,
): Promise<{ bits: number; level: number | undefined }> {
  const { error, levels_left: level } = await program.check(operation);
  if (!(error < largestError)) throw new Error(`${name}: ${operation} is off by ${error}.`);
  return { bits: -Math.log2(error), level };
}

const rounded = (x: number): number => Number(x.toFixed(3));

async function describe(
  program: Program,
  set: CkksSet,
  operation: string,
  timing: Timing,
): Promise<Measured> {
  const { bits, level } = await precision(program, operation, 'ciphernet');
  const { ready } = program;
  return {
    suite: 'ckks',
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

async function besidePeer(pair: CkksPair): Promise<Row[]> {
  await using ours = await startOurs(pair.ours, 1);
  await using theirs = await startPeer(pair.peer, pair.peerOptions);
  const title = peerTitle(pair.peer);
  requireMatch(ours.ready, theirs.ready, title);
  const rows: Row[] = [];
  for (const operation of operations) {
    if (missing[pair.peer]?.includes(operation)) continue;
    await precision(theirs, operation, title);
    const [mine, other] = await interleave([() => ours.time(operation), () => theirs.time(operation)]);
    const measured = await describe(ours, pair.ours, operation, mine!);
    rows.push(
      row({
        ...measured,
        params: {
          ...measured.params,
          peer_log_q: rounded(theirs.ready.log_q!),
          peer_log_p: rounded(theirs.ready.log_p!),
          peer_dnum: theirs.ready.dnum!,
          peer_sigma: theirs.ready.sigma!,
        },
        peer: { name: title, version: theirs.ready.version!, median_ms: other!.median, value: other!.median },
      }),
    );
  }
  return rows;
}

/** Ourselves in another way, under a name that says which. */
const self = (name: string, timing: Timing): Peer => ({
  name: `ciphernet, ${name}`,
  version: manifest.version,
  median_ms: timing.median,
  value: timing.median,
});

async function hoistedBesideSingle(set: CkksSet): Promise<Row> {
  await using ours = await startOurs(set, 1);
  const [hoisted, single] = await interleave([
    () => ours.time('rotate_8_hoisted'),
    () => ours.time('rotate_8_single'),
  ]);
  const measured = await describe(ours, set, 'rotate_8_hoisted', hoisted!);
  return row({ ...measured, peer: self('eight single rotations', single!) });
}

async function twoThreadsBesideOne(set: CkksSet): Promise<Row[]> {
  await using two = await startOurs(set, 2);
  await using one = await startOurs(set, 1);
  const rows: Row[] = [];
  for (const operation of operations) {
    const [threaded, single] = await interleave([() => two.time(operation), () => one.time(operation)]);
    rows.push(
      row({ ...(await describe(two, set, operation, threaded!)), peer: self('one thread', single!) }),
    );
  }
  return rows;
}

await runSuite(peerNames, async ({ peers }) => {
  const rows: Row[] = [];
  for (const pair of ckksPairs) {
    if (!peers.includes(pair.peer)) continue;
    console.log(`ciphernet and ${peerTitle(pair.peer)}, N = 2^${pair.ours.logN} …`);
    rows.push(...(await besidePeer(pair)));
  }
  for (const { peer, ours } of ckksPairs) {
    if (peer !== 'openfhe') continue;
    console.log(`Eight rotations, hoisted and single, N = 2^${ours.logN} …`);
    rows.push(await hoistedBesideSingle(ours));
  }
  console.log(`Two threads and one, N = 2^${threadedSet.logN} …`);
  rows.push(...(await twoThreadsBesideOne(threadedSet)));
  return rows;
});
