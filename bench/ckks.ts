// CKKS operations beside OpenFHE, node-seal and Lattigo, one thread, at matched parameters; hoisted rotations beside
// single ones; two threads beside one.  npm run bench -- ckks [--json FILE] [--peers openfhe,node-seal,lattigo|none]
import { describe, operations, precision, rounded } from './support/ckks-rows.js';
import { type CkksPair, type CkksSet, ckksPairs, openfheSet, words } from './support/ckks-sets.js';
import { interleave } from './support/measure.js';
import { startNative } from './support/native.js';
import { peerNames, peerTitle, startPeer } from './support/peers.js';
import type { Program, Ready } from './support/program.js';
import { ourselves, type Row, row, runSuite } from './support/rows.js';

/** No operation of theirs does it. */
const missing: Readonly<Record<string, readonly string[]>> = { 'node-seal': ['rotate_8_hoisted'] };
const threadedSet: CkksSet = openfheSet(15);

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
    const measured = await describe('ckks', ours, pair.ours, operation, mine!);
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

async function hoistedBesideSingle(set: CkksSet): Promise<Row> {
  await using ours = await startOurs(set, 1);
  const [hoisted, single] = await interleave([
    () => ours.time('rotate_8_hoisted'),
    () => ours.time('rotate_8_single'),
  ]);
  const measured = await describe('ckks', ours, set, 'rotate_8_hoisted', hoisted!);
  return row({ ...measured, peer: ourselves('eight single rotations', single!) });
}

async function twoThreadsBesideOne(set: CkksSet): Promise<Row[]> {
  await using two = await startOurs(set, 2);
  await using one = await startOurs(set, 1);
  const rows: Row[] = [];
  for (const operation of operations) {
    const [threaded, single] = await interleave([() => two.time(operation), () => one.time(operation)]);
    rows.push(
      row({
        ...(await describe('ckks', two, set, operation, threaded!)),
        peer: ourselves('one thread', single!),
      }),
    );
  }
  // What the cores share (caches, memory) bounds what a second one can give: two operations that share nothing else.
  for (const operation of ['multiply_relinearize_rescale', 'rotate']) {
    const pair = `${operation}_pair`;
    const [together, single] = await interleave([() => one.time(pair), () => one.time(operation)]);
    const measured = await describe('ckks', one, set, pair, together!);
    const twice = { ...single!, median: 2 * single!.median };
    rows.push(row({ ...measured, threads: 2, peer: ourselves('two one after the other', twice) }));
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
