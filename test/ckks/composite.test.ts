import test from 'ava';

import { composites, evaluateComposite, Evaluator } from '../../lib/ckks/index.js';
import type { Ciphertext, CkksLiteral, Composite } from '../../lib/ckks/index.js';
import { native } from '../../lib/native.js';
import { makeContext, sequence } from './support.js';
import type { Context } from './support.js';

/** Fast and marked as insecure: fourteen levels over N = 2^11. */
const literal: CkksLiteral = {
  logN: 11,
  logQ: [60, ...new Array<number>(14).fill(45)],
  logP: [50, 50],
  logScale: 45,
  magnitude: 16,
  security: 'none',
};

let made: Promise<Context> | undefined;
const context = (): Promise<Context> => (made ??= makeContext(literal, { relinearization: true }));

/** What noise may add to values of 1: four bits above what is measured. */
const noise = 2 ** -26;

const cases: { composite: () => Composite; f: (...x: number[]) => number }[] = [
  { composite: () => composites.sign({ gap: 1 / 32, error: 2 ** -8 }), f: Math.sign },
  { composite: () => composites.sign({ gap: 1, error: 0.05, bound: 10 }), f: Math.sign },
  { composite: () => composites.comparison({ gap: 1 / 32, error: 2 ** -8 }), f: (a, b) => Number(a > b) },
  { composite: () => composites.absolute({ error: 2 ** -6 }), f: Math.abs },
  { composite: () => composites.relu({ error: 2 ** -6, bound: 4 }), f: (x) => Math.max(0, x) },
  { composite: () => composites.maximum({ error: 2 ** -7 }), f: Math.max },
  { composite: () => composites.minimum({ error: 2 ** -6, interval: [-2, 2] }), f: Math.min },
  { composite: () => composites.inverse({ interval: [0.125, 4], error: 1e-4 }), f: (x) => 1 / x },
  { composite: () => composites.inverse({ interval: [0.002, 1], error: 1e-2 }), f: (x) => 1 / x },
  {
    composite: () => composites.inverseSquareRoot({ interval: [0.1, 2], error: 1e-5 }),
    f: (x) => 1 / Math.sqrt(x),
  },
  { composite: () => composites.squareRoot({ interval: [0, 2], error: 0.01 }), f: Math.sqrt },
  { composite: () => composites.squareRoot({ interval: [0.01, 2], error: 1e-3 }), f: Math.sqrt },
  { composite: () => composites.exponential({ interval: [-12, 2], error: 1e-3 }), f: Math.exp },
  {
    composite: () => composites.sigmoid({ interval: [-8, 8], error: 1e-3 }),
    f: (x) => 1 / (1 + Math.exp(-x)),
  },
  { composite: () => composites.tanh({ interval: [-4, 4], error: 1e-3 }), f: Math.tanh },
];

/** Operands of the domain, ends first. */
function operandsOf({ operands, domain }: Composite, slots: number): Float64Array[] {
  const [lower, upper] = domain.interval;
  const gap = domain.gap ?? 0;
  const draw = sequence(7);
  const all = Array.from({ length: operands }, () =>
    draw(slots, 1).map((t) => Math.min(upper, lower + ((1 + t) / 2) * (upper - lower))),
  );
  const [x, y] = all as [Float64Array, Float64Array | undefined];
  [lower, upper].forEach((end, i) => (x[i] = end));
  for (let i = 0; i < slots; ++i) {
    const near = y?.[i] ?? 0;
    if (Math.abs(x[i]! - near) < gap) x[i] = near + gap <= upper ? near + gap : near - gap;
  }
  return all;
}

/** The largest deviation from f beyond the error that the composite states. */
function excess(
  composite: Composite,
  f: (...x: number[]) => number,
  operands: Float64Array[],
  result: Float64Array,
): number {
  let most = -Infinity;
  for (let i = 0; i < operands[0]!.length; ++i) {
    const exact = f(...operands.map((values) => values[i]!));
    const allowed = composite.error * (composite.errorKind === 'relative' ? Math.abs(exact) : 1);
    most = Math.max(most, Math.abs(result[i]! - exact) - allowed);
  }
  return most;
}

for (const [index, { composite: build, f }] of cases.entries()) {
  test(`encrypted, composite ${index} keeps to its error and spends its levels`, async (t) => {
    const { parameters, encryptor, decryptor, evaluator } = await context();
    const composite = build();
    const operands = operandsOf(composite, parameters.slots);
    const ciphertexts = await encryptor.encrypt(operands);
    const result = await evaluator.evaluateComposite(ciphertexts, composite);
    t.is(result.level, parameters.maxLevel - composite.levels, composite.name);
    const decrypted = await decryptor.decrypt(result);
    const clear = operands[0]!.map((_, i) => evaluateComposite(composite, ...operands.map((x) => x[i]!)));
    const allowed = noise * clear.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    const beyond = excess(composite, f, operands, decrypted);
    t.true(beyond <= allowed, `${composite.name}: ${beyond} above the error stated`);
    const difference = clear.reduce((most, x, i) => Math.max(most, Math.abs(x - decrypted[i]!)), 0);
    t.true(difference <= allowed, `${composite.name}: ${difference} from the value in the clear`);
    t.true(difference <= result.noise.errorBound, `${composite.name}: above the predicted error`);
  });
}

test('at 128 bits of security: the larger of two encrypted vectors', async (t) => {
  const composite = composites.maximum({ error: 2 ** -6 });
  const { parameters, encryptor, decryptor, evaluator } = await makeContext(
    { logN: 14, logQ: [50, ...new Array<number>(composite.levels).fill(40)], logP: [50], logScale: 40 },
    { relinearization: true },
  );
  const operands = operandsOf(composite, parameters.slots);
  const result = await evaluator.evaluateComposite(await encryptor.encrypt(operands), composite);
  t.is(result.level, 0);
  t.true(excess(composite, Math.max, operands, await decryptor.decrypt(result)) <= 2 ** -14);
});

// Serial: other tests allocate too.
test.serial('what is computed on the way is freed, also when it fails', async (t) => {
  const { parameters, evaluationKeys, encryptor, evaluator } = await context();
  const composite = composites.maximum({ error: 2 ** -6 });
  const operands = await encryptor.encrypt([Float64Array.of(0.5), Float64Array.of(0.25)]);
  // Handles weigh a little until they are collected; the smallest ciphertext has two limbs at least.
  const ciphertextBytes = 2 * 8 * 2 * parameters.slots;
  const before = native.externalMemory();
  const result = await evaluator.evaluateComposite(operands, composite);
  result.dispose();
  t.true(native.externalMemory() - before < ciphertextBytes);

  // Fails at the product, behind a difference and the polynomials.
  const failing = new Evaluator(parameters, evaluationKeys);
  failing.multiply = (): Promise<never> => Promise.reject(new RangeError('as if there were no memory'));
  await t.throwsAsync(failing.evaluateComposite(operands, composite), { instanceOf: RangeError });
  t.true(native.externalMemory() - before < ciphertextBytes);
  t.false(operands.some(({ disposed }) => disposed));
});

test('a missing level is refused before work starts', async (t) => {
  const { encryptor, evaluator } = await context();
  const composite = composites.sign({ gap: 1 / 32, error: 2 ** -8 });
  const x = await encryptor.encrypt(Float64Array.of(0.5));
  const low = await evaluator.dropToLevel(x, composite.levels - 1);
  let calls = 0;
  const onProgress = (): void => {
    ++calls;
  };
  const refused = { code: 'LEVEL_EXHAUSTED', message: new RegExp(`spends ${composite.levels} levels`) };
  await t.throwsAsync(evaluator.evaluateComposite(low, composite, { onProgress }), refused);
  t.is(calls, 0);
  const enough = await evaluator.dropToLevel(x, composite.levels);
  t.is((await evaluator.evaluateComposite(enough, composite)).level, 0);
});

test('progress rises to its total, a signal stops', async (t) => {
  const { encryptor, evaluator } = await context();
  const composite = composites.relu({ error: 2 ** -6 });
  const x = await encryptor.encrypt(Float64Array.of(0.5));
  const seen: { done: number; total: number }[] = [];
  await evaluator.evaluateComposite(x, composite, { onProgress: (progress) => void seen.push(progress) });
  t.deepEqual(
    seen.map(({ done }) => done),
    seen.map(({ done }) => done).toSorted((a, b) => a - b),
  );
  t.is(seen.at(-1)!.done, seen.at(-1)!.total);
  const controller = new AbortController();
  const stopped = evaluator.evaluateComposite(x, composite, { signal: controller.signal });
  controller.abort();
  await t.throwsAsync(stopped, { code: 'CANCELLED' });
  t.false(x.disposed);
});

test('a composite travels as JSON', async (t) => {
  const { encryptor, decryptor, evaluator } = await context();
  const composite = JSON.parse(
    JSON.stringify(composites.tanh({ interval: [-1, 1], error: 1e-3 })),
  ) as Composite;
  const y = await evaluator.evaluateComposite(await encryptor.encrypt(Float64Array.of(0.5)), composite);
  t.true(Math.abs((await decryptor.decrypt(y))[0]! - Math.tanh(0.5)) <= 1e-3 + noise);
});

test('what is no composite, and what is not its operands, is refused by name', async (t) => {
  const { encryptor, evaluator, parameters } = await context();
  const x = await encryptor.encrypt(Float64Array.of(0.5));
  const argument = { code: 'INVALID_ARGUMENT' };
  const evaluate = (composite: unknown, operands: unknown = x): Promise<Ciphertext> =>
    evaluator.evaluateComposite(operands as Ciphertext, composite as Composite);
  const maximum = composites.maximum({ error: 0.1 });
  await t.throwsAsync(evaluate(maximum), {
    ...argument,
    message: /2 ciphertexts for the operands of maximum/,
  });
  await t.throwsAsync(evaluate(maximum, [x, 3]), { ...argument, message: /operand 1/ });
  await t.throwsAsync(evaluate(null), argument);
  await t.throwsAsync(evaluate({ operands: 1, steps: [] }), { ...argument, message: /at least one step/ });
  const withStep = (step: object): object => ({ name: 'x', operands: 1, steps: [step] });
  const product = { kind: 'product', inputs: [0, 0], magnitude: 1 };
  const wrong: [object, RegExp][] = [
    [{ ...product, kind: 'power' }, /kind/],
    [{ ...product, inputs: [0, 1] }, /an input of step 0/],
    [{ ...product, inputs: [0] }, /inputs/],
    [{ ...product, magnitude: 0 }, /magnitude/],
    [{ kind: 'scale', input: 0, factor: '2', magnitude: 1 }, /factor/],
    [{ kind: 'sum', inputs: [0], signs: [2], constant: 0, magnitude: 1 }, /sign/],
    [{ kind: 'sum', inputs: [0], signs: [], constant: 0, magnitude: 1 }, /signs/],
    [{ kind: 'polynomial', input: 0, chebyshev: [1, 0], interval: [-1, 1], magnitude: 1 }, /degree 1/],
    [{ kind: 'polynomial', input: 0, chebyshev: [1], interval: [-1, 1], magnitude: 1 }, /degree 1/],
    [{ kind: 'polynomial', input: 0, chebyshev: [1, 2], interval: [1, -1], magnitude: 1 }, /interval/],
  ];
  for (const [step, message] of wrong)
    await t.throwsAsync(evaluate(withStep(step)), { ...argument, message });
  await t.throwsAsync(
    evaluator.evaluateComposite(x, composites.relu({ error: 0.1 }), { signals: 1 } as never),
    {
      message: /Did you mean signal/,
    },
  );
  t.true(parameters.maxLevel > 0);
});
