import test from 'ava';
import { FormatError, ParameterError } from '../../lib/errors.js';
import { rasterLayout } from '../../lib/nn/plan/layout.js';
import { planFromBytes, planToBytes, readMessage, writeMessage } from '../../lib/roles/messages.js';
import { examplePlan } from './support.js';

const changedStep = (at: number, change: object): object[] =>
  examplePlan.steps.map((step, index) => (index === at ? { ...step, ...change } : step));
const packing = { kind: 'interleaved', length: 64, samples: 64, input: rasterLayout([64]) } as const;
const interleaved = { packing, samplesPerBatch: 64 };
const fails = (code: string) => ({ instanceOf: FormatError, code });

test('a plan comes back from its bytes, and the same plan gives the same bytes', (t) => {
  const bytes = planToBytes(examplePlan);
  t.deepEqual(planFromBytes(bytes), examplePlan);
  const { steps, ...rest } = examplePlan;
  t.deepEqual(planToBytes({ steps, ...rest }), bytes);
});

test('a plan with a wrong field is refused by the name of the field', (t) => {
  const altered: readonly [string, object][] = [
    ['steps', { steps: [] }],
    ['steps.0.level', { steps: examplePlan.steps.map((step) => ({ ...step, level: step.level + 1 })) }],
    ['inputs', { inputs: 0 }],
    ['outputs', { outputs: 11 }],
    ['samplesPerBatch', { samplesPerBatch: 4095 }],
    ['steps.1.sources', { steps: changedStep(1, { sources: [2] }) }],
    ['steps.1.units', { steps: changedStep(1, { units: 31 }) }],
    ['steps.0.entries', { steps: changedStep(0, { entries: [1, 2] }) }],
    ['packing', { packing: { kind: 'interleaved', length: 64, samples: 32, input: rasterLayout([64]) } }],
    ['packing.input.shape', { ...interleaved, packing: { ...packing, input: rasterLayout([65], 64) } }],
    ['packing.input.period', { ...interleaved, packing: { ...packing, input: rasterLayout([64], 128) } }],
    [
      'packing.input',
      { ...interleaved, packing: { ...packing, input: { ...rasterLayout([64]), gap: [1, 2] } } },
    ],
    ['steps.0.transform', interleaved],
    ['keys.conjugation', { packing: { kind: 'samples', pairs: true }, samplesPerBatch: 8192 }],
    ['parameters.logN', { parameters: { ...examplePlan.parameters, logN: 30 } }],
    ['bounds.input', { bounds: { ...examplePlan.bounds, input: -1 } }],
    ['predicted.error', { predicted: { ...examplePlan.predicted, error: 'small' } }],
  ];
  for (const [field, change] of altered) {
    const bytes = Buffer.from(JSON.stringify({ ...examplePlan, ...change }));
    const error = t.throws(() => planFromBytes(bytes), fails('FORMAT_CORRUPT'), field);
    t.true(error.message.includes(field), `${field}: ${error.message}`);
  }
  t.throws(
    () => planFromBytes(Buffer.from(JSON.stringify({ ...examplePlan, weights: [1] }))),
    fails('FORMAT_CORRUPT'),
  );
  t.throws(
    () => planFromBytes(Buffer.from(JSON.stringify({ ...examplePlan, version: 1 }))),
    fails('FORMAT_VERSION'),
  );
  t.throws(() => planFromBytes(Buffer.from('{')), fails('FORMAT_CORRUPT'));
  t.throws(() => planFromBytes(Buffer.alloc(2 ** 20 + 1, 32)), fails('FORMAT_TOO_LARGE'));
});

test('a message comes back from its bytes', (t) => {
  const message = { kind: 'request', samples: 17, body: Uint8Array.of(1, 2, 3) } as const;
  const read = readMessage(examplePlan, writeMessage(examplePlan, message), 'request');
  t.is(read.samples, 17);
  t.deepEqual([...read.body], [1, 2, 3]);
});

test('a message that is cut, altered or meant for another plan is refused by a code', (t) => {
  const bytes = writeMessage(examplePlan, { kind: 'request', samples: 17, body: new Uint8Array(8) });
  const altered = (at: number, value: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[at] = value;
    return copy;
  };
  const read = (from: Uint8Array) => () => readMessage(examplePlan, from, 'request');
  for (let length = 0; length < 48; ++length)
    t.throws(read(bytes.subarray(0, length)), fails('FORMAT_TRUNCATED'));
  t.throws(read(altered(0, 0)), fails('FORMAT_MAGIC'));
  t.throws(read(altered(8, 1)), fails('FORMAT_TYPE'));
  t.throws(read(altered(8, 7)), fails('FORMAT_TYPE'));
  t.throws(read(altered(9, 1)), fails('FORMAT_CORRUPT'));
  t.throws(read(altered(15, 255)), fails('FORMAT_TOO_LARGE'));
  t.throws(read(altered(20, bytes[20]! ^ 1)), { instanceOf: ParameterError, code: 'PARAMETERS_MISMATCH' });
  t.throws(() => readMessage({ ...examplePlan, outputs: 9 }, bytes, 'request'), {
    instanceOf: ParameterError,
    code: 'PARAMETERS_MISMATCH',
  });
});

test('predictions are no part of what client and server agree on', (t) => {
  const bytes = writeMessage(examplePlan, { kind: 'response', samples: 1, body: new Uint8Array(0) });
  const elsewhere = {
    ...examplePlan,
    predicted: {
      ...examplePlan.predicted,
      seconds: { batch: 9, steps: [9, 0, 0], cpuLevel: 'neon', threads: 1 },
    },
  };
  t.is(readMessage(elsewhere, bytes, 'response').samples, 1);
});
