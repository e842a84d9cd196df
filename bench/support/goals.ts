import type { Row } from './rows.js';

/** A figure that the project set itself, and the row that comes nearest to missing it. */
export interface GoalResult {
  readonly text: string;
  /** undefined: nothing of it was measured in this run. */
  readonly worst: { readonly row: Row; readonly figure: number } | undefined;
  readonly unit: string;
  readonly reached: boolean;
}

interface Goal {
  readonly text: string;
  readonly applies: (row: Row) => boolean;
  readonly figure: (row: Row) => number;
  readonly unit: string;
  /** The figure may be no more ('most') or no less ('least') than this. */
  readonly most?: number;
  readonly least?: number;
}

const isTransform = (row: Row): boolean => row.suite === 'ntt' && row.cpu_level === 'avx512ifma';
const isFullBootstrap = (row: Row): boolean => row.op === 'bootstrap_full' && row.params.log_n === 16;
/** A precision that fewer keys do not show. */
const overTenKeys =
  (name: string) =>
  (row: Row): number =>
    Number(row.params.fresh_keys) >= 10 ? Number(row.params[name]) : 0;
const heavy = ['multiply_relinearize_rescale', 'rotate'];
const light = ['encode', 'encrypt', 'encrypt_symmetric', 'decrypt'];
const ratio = (row: Row): number => row.ratio ?? 0;

function atLeast(least: number, text: string, applies: (row: Row) => boolean): Goal {
  return { text, applies, figure: ratio, unit: 'x', least };
}

function atMostSeconds(most: number, text: string, op: string): Goal {
  return { text, applies: (r) => r.op === op, figure: (r) => r.value / 1e3, unit: ' s', most };
}

const goals: readonly Goal[] = [
  {
    text: 'transform at N = 2^12 … 2^14, AVX-512 IFMA: at most 0.25 ns a butterfly',
    applies: (r) => isTransform(r) && r.params.log_n <= 14,
    figure: (r) => r.value,
    unit: ' ns',
    most: 0.25,
  },
  {
    text: 'transform at N = 2^16, AVX-512 IFMA: at most 0.30 ns a butterfly',
    applies: (r) => isTransform(r) && r.params.log_n === 16,
    figure: (r) => r.value,
    unit: ' ns',
    most: 0.3,
  },
  atLeast(
    2.5,
    'transform with AVX2: at least 2.5 times the scalar one',
    (r) => r.suite === 'ntt' && r.cpu_level === 'avx2' && r.peer?.name === 'ciphernet, scalar',
  ),
  atLeast(
    6,
    'multiply + relinearize + rescale, rotate: at least 6 times OpenFHE',
    (r) => heavy.includes(r.op) && r.peer?.name === 'OpenFHE',
  ),
  atLeast(
    15,
    'multiply + relinearize + rescale, rotate: at least 15 times node-seal',
    (r) => heavy.includes(r.op) && r.peer?.name === 'node-seal',
  ),
  atLeast(
    2,
    'encode, encrypt, decrypt: at least twice OpenFHE and node-seal',
    (r) => light.includes(r.op) && (r.peer?.name === 'OpenFHE' || r.peer?.name === 'node-seal'),
  ),
  atLeast(
    1.8,
    'eight hoisted rotations: at least 1.8 times eight single ones',
    (r) => r.peer?.name === 'ciphernet, eight single rotations',
  ),
  atLeast(
    1.7,
    'two threads at N = 2^15: at least 1.7 times one',
    (r) => r.suite !== 'bootstrap' && r.peer?.name === 'ciphernet, one thread',
  ),
  atLeast(
    5,
    'full bootstrap at N = 2^16: at least 5 times the slots × levels × bits a second of Lattigo',
    (r) => isFullBootstrap(r) && r.peer?.name === 'Lattigo',
  ),
  atLeast(
    10,
    'full bootstrap at N = 2^16: at least 10 times the slots × levels × bits a second of OpenFHE',
    (r) => isFullBootstrap(r) && r.threads === 1 && r.peer?.name === 'OpenFHE',
  ),
  atLeast(
    1.7,
    'full bootstrap on two threads: at least 1.7 times one',
    (r) => isFullBootstrap(r) && r.peer?.name === 'ciphernet, one thread',
  ),
  {
    text: 'full bootstrap at N = 2^16: at least 22 bits of precision in the mean over 10 fresh keys',
    applies: isFullBootstrap,
    figure: overTenKeys('fresh_random_mean_bits'),
    unit: ' bits',
    least: 22,
  },
  {
    text: 'full bootstrap at N = 2^16: at least 18 bits of precision in every slot under 10 fresh keys',
    applies: isFullBootstrap,
    figure: overTenKeys('fresh_random_worst_bits'),
    unit: ' bits',
    least: 18,
  },
  {
    text: 'full bootstrap at N = 2^16: at least 20 bits of precision for 1 + i in every slot over 10 fresh keys',
    applies: isFullBootstrap,
    figure: overTenKeys('fresh_constant_mean_bits'),
    unit: ' bits',
    least: 20,
  },
  {
    text: 'full bootstrap at N = 2^16: at least 10 levels left',
    applies: isFullBootstrap,
    figure: (r) => r.levels_left ?? 0,
    unit: ' levels',
    least: 10,
  },
  {
    text: 'full bootstrap at N = 2^16: keys of at most 4 GB in memory',
    applies: isFullBootstrap,
    figure: (r) => Number(r.params.key_bytes) / 1e9,
    unit: ' GB',
    most: 4,
  },
  {
    text: 'event loop under load: under 5 ms',
    applies: (r) => r.op === 'event_loop_delay',
    figure: (r) => r.value,
    unit: ' ms',
    most: 5,
  },
  {
    text: 'predicted server time of a network, or of a training step, on a measured machine: within 1.5 times',
    applies: (r) =>
      (r.suite === 'inference' || r.suite === 'training') &&
      r.peer?.name === 'ciphernet, as its plan predicted',
    figure: (r) => Math.max(ratio(r), 1 / ratio(r)),
    unit: 'x',
    most: 1.5,
  },
  atMostSeconds(10, 'a training step of logistic regression on 455 rows: at most 10 s', 'train_wdbc'),
  atMostSeconds(40, 'a training step of 64–32–16–10 on 1,437 rows: at most 40 s', 'train_digits'),
  atMostSeconds(40, 'a training step of 64–32–16–10 on 60 rows: at most 40 s', 'train_digits_batch'),
  atMostSeconds(900, 'a training step of 784–128–32–10 on 60 rows: at most 15 min', 'train_mnist_batch'),
  {
    text: '100,000 ciphertexts that nobody disposes of: under 500 MiB resident',
    applies: (r) => r.op === 'undisposed_ciphertexts' && r.params.count === 100_000,
    figure: (r) => r.value,
    unit: ' MiB',
    most: 500,
  },
];

/** Each goal with the row that is worst for it. */
export function checkGoals(rows: readonly Row[]): GoalResult[] {
  return goals.map(({ text, applies, figure, unit, most, least }) => {
    const sign = most === undefined ? 1 : -1;
    const worst = rows
      .filter(applies)
      .map((row) => ({ row, figure: figure(row) }))
      .sort((a, b) => sign * (a.figure - b.figure))[0];
    const reached = worst !== undefined && worst.figure <= (most ?? Infinity) && worst.figure >= (least ?? 0);
    return { text, worst, unit, reached };
  });
}
