import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError } from '../../lib/errors.js';
import { kClasses as kDigits, digitsFile, readDigits } from '../digits/data.js';
import type { Digits, DigitsPart } from '../digits/data.js';
import { kClasses, readMnist, sliceMnist, unitPixels } from '../mnist/data.js';
import type { MnistPart } from '../mnist/data.js';
import { SeededRandom } from '../support/random.js';
import { readTable } from './table.js';
import type { Table } from './table.js';

/** Samples in the clear, row after row. */
export interface Samples {
  readonly rows: number;
  /** rows × inputs. */
  readonly features: Float64Array;
  /** rows × outputs: 0 or 1. */
  readonly labels: Float64Array;
}

/** Samples to train on, and samples for figures only. */
export interface Split {
  readonly training: Samples;
  readonly test: Samples;
}

/** Chooses the split of data that has none. */
const kSplitSeed = 1;
const wdbcFile = fileURLToPath(new URL('data/wdbc.csv', import.meta.url));
const measurements = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave_points',
  'symmetry',
  'fractal_dimension',
];
const wdbcColumns = [
  ...measurements.map((name) => `mean_${name}`),
  ...measurements.map((name) => `${name}_error`),
  ...measurements.map((name) => `worst_${name}`),
];
const icuColumns = [
  'age',
  'gcs_last',
  'hr_mean',
  'sbp_mean',
  'temp_mean',
  'urine_total',
  'bun_last',
  'hco3_last',
  'wbc_last',
  'mech_vent',
];

/** The rows of these numbers, of these columns. */
function select(table: Table, rows: ArrayLike<number>, columns: readonly string[], label: string): Samples {
  const values = columns.map((name) => table.numbers(name));
  const labels = table.numbers(label);
  const wrong = labels.findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0)
    throw new ArgumentError(
      `Expected 0 or 1 for ${label} in row ${wrong + 1} but received ${labels[wrong]!}.`,
      { column: label, row: wrong + 1, value: labels[wrong] },
    );
  const features = new Float64Array(rows.length * columns.length);
  for (let i = 0; i < rows.length; ++i)
    values.forEach((column, j) => (features[i * columns.length + j] = column[rows[i]!]!));
  return { rows: rows.length, features, labels: Float64Array.from(rows, (row) => labels[row]!) };
}

/** Tumours, 30 features, 1 where benign: four fifths, chosen by a fixed seed, to train on, one fifth for the test. */
export async function readWdbc(folder?: string): Promise<Split> {
  const path = folder === undefined ? wdbcFile : join(folder, 'wdbc.csv');
  const table = await readTable(path, 'Without --data the example takes its own copy.');
  const order = new SeededRandom(kSplitSeed).permutation(table.rows);
  const boundary = Math.floor(0.8 * table.rows);
  return {
    training: select(table, order.subarray(0, boundary), wdbcColumns, 'benign'),
    test: select(table, order.subarray(boundary), wdbcColumns, 'benign'),
  };
}

/** Stays in intensive care, ten features, 1 where the patient died: set a to train on, sets b and c for the test. */
export async function readIcu(folder: string): Promise<Split> {
  const path = join(folder, 'icu_mortality10.csv');
  const table = await readTable(
    path,
    'It is a summary of the PhysioNet/CinC Challenge 2012 (https://physionet.org/content/challenge-2012/1.0.0/).',
  );
  const sets = table.text('set');
  const of = (wanted: (set: string) => boolean): Samples => {
    const rows = sets.flatMap((set, row) => (wanted(set) ? [row] : []));
    return select(table, rows, icuColumns, 'in_hospital_death');
  };
  const split = { training: of((set) => set === 'a'), test: of((set) => set !== 'a') };
  if (split.training.rows === 0 || split.test.rows === 0)
    throw new ArgumentError(`Expected rows of set a and of others for ${path} but received one kind only.`, {
      path,
    });
  return split;
}

/** 1 in the place of the class, 0 in the others. */
function oneHot(classes: Uint8Array, count: number): Float64Array {
  const labels = new Float64Array(classes.length * count);
  classes.forEach((value, row) => (labels[row * count + value] = 1));
  return labels;
}

/** Digits of 8 × 8 pixels: the last 360 for the test. */
export async function readDigitSamples(folder?: string): Promise<Split> {
  const path = folder === undefined ? digitsFile : join(folder, 'digits8x8.csv');
  const samples = ({ rows, pixels, labels }: Digits): Samples => ({
    rows,
    features: pixels,
    labels: oneHot(labels, kDigits),
  });
  const read = async (part: DigitsPart): Promise<Samples> => samples(await readDigits(part, path));
  return { training: await read('training'), test: await read('test') };
}

/** The first images of MNIST, as many as are trained on and tested with. */
export async function readMnistSamples(folder: string, trained: number, tested: number): Promise<Split> {
  const read = async (part: MnistPart, rows: number): Promise<Samples> => {
    const { pixels, labels } = sliceMnist(await readMnist(folder, part), 0, rows);
    return { rows, features: unitPixels(pixels), labels: oneHot(labels, kClasses) };
  };
  return { training: await read('training', trained), test: await read('test', tested) };
}
