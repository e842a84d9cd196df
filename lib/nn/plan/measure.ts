import type { EvaluationKeys } from '../../ckks/evaluation-keys.js';
import { Encryptor } from '../../ckks/encryptor.js';
import { Evaluator } from '../../ckks/evaluator.js';
import { KeyGenerator } from '../../ckks/key-generator.js';
import { LinearTransform } from '../../ckks/linear-transform.js';
import { CkksParameters } from '../../ckks/parameters.js';
import type { CkksLiteral } from '../../ckks/parameters.js';
import { Ciphertext } from '../../ckks/ciphertext.js';
import { info } from '../../native.js';
import { costShapeOf } from './candidate.js';
import { LevelCosts, timesWork } from './cost.js';
import type { MachineProfile, Work } from './cost.js';

// What this machine takes for the operations that plans consist of.

/** An operation with the work that the cost model sees in it. */
interface Probe {
  readonly work: Work;
  readonly run: () => Promise<Ciphertext | Ciphertext[]>;
}

/** Two sets as plans choose them: one with digits of one prime, one of several. */
const smallSets: readonly CkksLiteral[] = [
  { logN: 13, logQ: [42, 36, 36, 36], logP: [42], logScale: 36 },
  { logN: 14, logQ: [46, 40, 40, 40, 40, 40], logP: [43, 43, 43], logScale: 40 },
];
/**
 * One as bootstrapping needs it: base conversions are most of a key switch. Linear maps and transforms would take gigabytes here,
 * and are not measured.
 */
const largeSet: CkksLiteral = {
  logN: 16,
  logQ: [52, ...new Array<number>(13).fill(34)],
  logP: new Array<number>(10).fill(50),
  logScale: 34,
};
const kRepetitions = 5;
const kColumns = 64;
const kRows = 32;
const kDiagonals = 128;
const kBabySteps = 16;
const kCiphertexts = 8;
/** By one after another: a program seldom takes the same key twice in a row, so that keys come from memory. */
const kLargeRotations = [1, 2, 4];

/** Work in the order of the fit. */
const fields = ['transforms', 'streamedProducts', 'scalarProducts'] as const;

async function median(run: Probe['run'], signal: AbortSignal | undefined): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i <= kRepetitions; ++i) {
    signal?.throwIfAborted();
    const start = performance.now();
    const made = await run();
    if (i > 0) times.push(performance.now() - start);
    for (const ciphertext of [made].flat()) ciphertext.dispose();
  }
  return times.sort((a, b) => a - b)[kRepetitions >> 1]!;
}

const rotateByAll = async (evaluator: Evaluator, of: Ciphertext): Promise<Ciphertext[]> => {
  const rotated: Ciphertext[] = [];
  for (const steps of kLargeRotations) rotated.push(await evaluator.rotate(of, steps));
  return rotated;
};

/** What one parameter set tells. */
interface Findings {
  /** Equations: work in units of the profile, divided by the nanoseconds it took. */
  readonly rows: readonly (readonly number[])[];
  readonly nanosecondsPerByte: number;
}

async function findings(
  literal: CkksLiteral,
  large: boolean,
  signal: AbortSignal | undefined,
): Promise<Findings> {
  using parameters = await CkksParameters.create(literal);
  const generator = new KeyGenerator(parameters);
  using secretKey = await generator.secretKey();
  const costs = costShapeOf(parameters);
  const { maxLevel: level, slots } = parameters;
  const diagonal = new Float64Array(slots).fill(0.5);
  using matrix = await LinearTransform.fromDiagonals(
    parameters,
    new Map(Array.from({ length: large ? 1 : kDiagonals }, (_, k) => [k, diagonal])),
    { babySteps: kBabySteps },
  );
  using keys: EvaluationKeys = await generator.evaluationKeys(secretKey, {
    relinearization: true,
    rotations: large ? kLargeRotations : matrix.rotations,
  });
  const evaluator = new Evaluator(parameters, keys);
  const encryptor = new Encryptor(parameters, secretKey);
  const columns = await encryptor.encrypt(
    Array.from({ length: large ? kCiphertexts : kColumns }, () => diagonal),
  );
  const few = columns.slice(0, kCiphertexts);
  const unscaled = await evaluator.multiply(few, 0.5, { rescale: false });
  const weights = new Float64Array(kRows * kColumns).fill(0.25);
  const at = new LevelCosts(costs, level);
  const giants = kDiagonals / kBabySteps - 1;
  const linearProbes: Probe[] = [
    {
      work: at.linear(kRows, kRows * kColumns),
      run: () => evaluator.linearMap(columns, weights, new Float64Array(kRows)),
    },
    {
      work: at.transform(kDiagonals, kBabySteps - 1, giants),
      run: () => evaluator.transform(few[0]!, matrix),
    },
  ];
  const probes: Probe[] = [
    { work: timesWork(kCiphertexts, at.product), run: () => evaluator.square(few) },
    { work: timesWork(kCiphertexts, at.rescale), run: () => evaluator.rescale(unscaled) },
    ...(large
      ? [
          {
            work: timesWork(kLargeRotations.length, at.keySwitch),
            run: () => rotateByAll(evaluator, few[0]!),
          },
        ]
      : [{ work: at.keySwitch, run: () => evaluator.rotate(few[0]!, 1) }, ...linearProbes]),
  ];
  const n = 2 ** costs.logN;
  const rows: number[][] = [];
  for (const { work, run } of probes) {
    const nanoseconds = 1e6 * (await median(run, signal));
    rows.push(
      fields.map(
        (field) => (work[field] * (field === 'transforms' ? (n / 2) * costs.logN : n)) / nanoseconds,
      ),
    );
  }
  const bytes = await Ciphertext.batchToBytes(parameters, few);
  const reading = await median(() => Ciphertext.batchFromBytes(parameters, bytes), signal);
  for (const ciphertext of [...columns, ...unscaled]) ciphertext.dispose();
  return { rows, nanosecondsPerByte: (1e6 * reading) / bytes.length };
}

const kSweeps = 400;

/**
 * x ≥ 0 with Σ (row · x − 1)² as small as can be, by coordinate descent: relative errors count alike. Entries that are known
 * stay.
 */
function fit(rows: readonly (readonly number[])[], known: readonly (number | undefined)[]): number[] {
  const x = known.map((value) => value ?? 0);
  for (let sweep = 0; sweep < kSweeps; ++sweep) {
    for (const j of x.keys()) {
      if (known[j] !== undefined) continue;
      let slope = 0;
      let curvature = 0;
      for (const row of rows) {
        const rest = row.reduce((sum, a, k) => sum + (k === j ? 0 : a * x[k]!), 0);
        slope += row[j]! * (1 - rest);
        curvature += row[j]! * row[j]!;
      }
      x[j] = Math.max(0, slope / curvature);
    }
  }
  return x;
}

/**
 * Measures this machine, with as many threads as the pool has: some seconds of work. Hand the profile to compile(), and
 * its predictions of time are for here.
 */
export async function measureMachine(
  options: { readonly signal?: AbortSignal } = {},
): Promise<MachineProfile> {
  const small: Findings[] = [];
  for (const set of smallSets) small.push(await findings(set, false, options.signal));
  const costs = fit(
    small.flatMap(({ rows }) => rows),
    [undefined, undefined, undefined],
  );
  const [butterfly, streamedProduct, scalarProduct] = costs as [number, number, number];
  // A limb under transform fits the caches in a large ring too; what streams from memory does not.
  const large = await findings(largeSet, true, options.signal);
  const largeStreamedProduct = fit(large.rows, [butterfly, undefined, scalarProduct])[1]!;
  const { cpuLevel, threads } = info();
  return Object.freeze({
    cpuLevel,
    threads,
    byte: small.reduce((sum, { nanosecondsPerByte }) => sum + nanosecondsPerByte, 0) / small.length,
    butterfly,
    streamedProduct,
    largeStreamedProduct,
    scalarProduct,
  });
}
