import manifest from '../../package.json' with { type: 'json' };
import type { KeysPrecision } from './bootstrap-keys.js';
import type { Measurement } from './bootstrap-measure.js';
import type { BootstrapSet } from './bootstrap-sets.js';
import { rounded } from './ckks-rows.js';
import { type Row, row } from './rows.js';

/** Slots × levels left × mean bits of precision that one second of bootstrapping gives. */
export function throughput({ ready, precision, timing }: Measurement): number {
  const slots = 2 ** ready.log_slots!;
  return (slots * precision.levels_left * precision.mean_bits) / (timing.median / 1000);
}

/** The rules of a comparison. Moduli, scales and levels are each library's own: the unit counts what they are good for. */
function requireMatch(ours: Measurement, theirs: Measurement): void {
  for (const key of ['log_n', 'log_slots', 'threads'] as const) {
    if (ours.ready[key] !== theirs.ready[key])
      throw new Error(`${theirs.name} has ${key} = ${theirs.ready[key]}, but we have ${ours.ready[key]}.`);
  }
}

/** What a row says of either side besides its value. */
const figures = ({ ready, precision }: Measurement, ourSecret: string): Record<string, number | string> => ({
  log_q: rounded(ready.log_q!),
  log_p: rounded(ready.log_p!),
  dnum: ready.dnum!,
  sigma: rounded(ready.sigma!),
  secret: ready.secret ?? ourSecret,
  precision_mean_bits: rounded(precision.mean_bits),
  keygen_ms: rounded(ready.keygen_ms!),
  key_bytes: ready.key_bytes!,
});

const ofPeer = (values: Readonly<Record<string, number | string>>): Record<string, number | string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`peer_${key}`, value]));

/** Over fresh keys, in the words of bench/schema.json. */
const overKeys = ({ keys, bits, peakBytes }: KeysPrecision): Record<string, number> => ({
  fresh_keys: keys,
  fresh_random_mean_bits: rounded(bits.random.mean),
  fresh_random_worst_bits: rounded(bits.random.worst),
  fresh_constant_mean_bits: rounded(bits.one.mean),
  fresh_constant_worst_bits: rounded(bits.one.worst),
  fresh_one_hot_mean_bits: rounded(bits.one_hot.mean),
  fresh_one_hot_worst_bits: rounded(bits.one_hot.worst),
  fresh_peak_rss_bytes: peakBytes,
});

/** Our bootstrap beside one of as many slots in the same ring: a peer's on as many threads, or one of ours. */
export function bootstrapRow(
  set: BootstrapSet,
  ours: Measurement,
  theirs: Measurement,
  precision: KeysPrecision,
): Row {
  if (theirs.ready.version !== undefined) requireMatch(ours, theirs);
  const secret = `ternary, uniform, in the circuit weight ${set.circuit.secretWeight}`;
  return row({
    suite: 'bootstrap',
    op: set.op,
    params: {
      log_n: set.ours.logN,
      log_slots: set.logSlots,
      log_scale: set.ours.logScale,
      turns: ours.interleaved ? 'interleaved' : 'one after the other',
      ...figures(ours, secret),
      ...overKeys(precision),
      ...ofPeer({
        ...figures(theirs, secret),
        levels_left: theirs.precision.levels_left,
        precision_worst_bits: rounded(theirs.precision.worst_bits),
        peak_rss_bytes: theirs.peakBytes,
      }),
    },
    threads: ours.ready.threads!,
    cpu_level: ours.ready.cpu_level!,
    timing: ours.timing,
    items: 2 ** set.logSlots,
    levels_left: ours.precision.levels_left,
    precision_bits: rounded(ours.precision.worst_bits),
    peak_rss_bytes: ours.peakBytes,
    value: throughput(ours),
    unit: 'slots*levels*bits/s',
    better: 'higher',
    peer: {
      name: theirs.name,
      version: theirs.ready.version ?? manifest.version,
      median_ms: theirs.timing.median,
      value: throughput(theirs),
    },
  });
}
