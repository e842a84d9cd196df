import { readFileSync } from 'node:fs';
import test from 'ava';
import { CiphernetError } from '../../lib/errors.js';
import { ServerModel } from '../../lib/nn/index.js';
import { planFromBytes, planToBytes, readMessage, writeMessage } from '../../lib/roles/messages.js';
import { SeededRandom } from '../../examples/support/random.js';
import { examplePlan } from './support.js';

// What native/io's mutation tests are for files, for what the roles exchange: whatever the bytes are, a typed error, or
// an object that is written as bytes that read the same.

const mutations = 10_000;
const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/format-v1/${name}`, import.meta.url));

/** What stands at the ends of ranges, and what is of another type. */
const ends: readonly unknown[] = [
  ...[0, 1, -1, 2, 3, 0.5, 255, 65536, 1e9, 2 ** 31, 2 ** 53, 1e300, null, true],
  ...['', 'x', 'AAAA', 'constructor', [], {}, [0], [[]], { kind: 'linear' }],
];

type Container = Record<string, unknown>;

/** Every object and array in a value. */
function containers(value: unknown, found: Container[] = []): Container[] {
  if (typeof value !== 'object' || value === null) return found;
  found.push(value as Container);
  for (const inner of Object.values(value)) containers(inner, found);
  return found;
}

/** One to three fields replaced, taken away, doubled or exchanged. */
function edited(seed: unknown, random: SeededRandom): Buffer {
  const below = (bound: number): number => random.next() % bound;
  const value: unknown = structuredClone(seed);
  for (let edits = 1 + below(3); edits > 0; --edits) {
    const all = containers(value);
    const at = all[below(all.length)]!;
    const keys = Object.keys(at);
    if (keys.length === 0) continue;
    const key = keys[below(keys.length)]!;
    const field = at[key];
    switch (below(6)) {
      case 0:
        at[key] = structuredClone(ends[below(ends.length)]);
        break;
      case 1:
        at[key] = typeof field === 'number' ? field + below(3) - 1 : below(300);
        break;
      case 2:
        if (Array.isArray(at)) at.splice(Number(key), 1);
        else Reflect.deleteProperty(at, key);
        break;
      case 3:
        if (Array.isArray(at)) at.push(structuredClone(field));
        else at[`${key}2`] = structuredClone(field);
        break;
      case 4:
        if (typeof field === 'string') at[key] = field.slice(0, below(field.length + 1));
        break;
      default:
        at[key] = structuredClone(all[below(all.length)]);
    }
  }
  return Buffer.from(JSON.stringify(value));
}

/** A few bytes changed, and perhaps the end cut off. */
function damaged(bytes: Uint8Array, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  for (let changes = random.next() % 3; changes > 0; --changes)
    copy[random.next() % copy.length] = random.next() & 255;
  return random.next() % 4 === 0 ? copy.subarray(0, random.next() % copy.length) : copy;
}

/** The first mutation that breaks the property, or counts of what was accepted and refused. */
function attack<T>(
  read: (bytes: Uint8Array) => T,
  write: (object: T) => Uint8Array,
  make: (random: SeededRandom) => Buffer,
): { accepted: number; refused: number; broken?: string } {
  const random = new SeededRandom(21);
  let accepted = 0;
  for (let i = 0; i < mutations; ++i) {
    const bytes = make(random);
    try {
      const again = write(read(bytes));
      ++accepted;
      if (Buffer.compare(write(read(again)), again) !== 0)
        return { accepted, refused: i, broken: `not canonical: ${bytes.toString('latin1')}` };
    } catch (error) {
      if (error instanceof CiphernetError && error.code !== 'INTERNAL') continue;
      return { accepted, refused: i, broken: `${String(error)}: ${bytes.toString('latin1')}` };
    }
  }
  return { accepted, refused: mutations - accepted };
}

const plan: unknown = JSON.parse(Buffer.from(planToBytes(examplePlan)).toString());
const model: unknown = JSON.parse(fixture('server-model.json').toString());
const message = fixture('message.bin');

for (const [title, run] of Object.entries({
  'plans with edited fields': () => attack(planFromBytes, planToBytes, (random) => edited(plan, random)),
  'server models with edited fields': () =>
    attack(
      (bytes) => ServerModel.fromBytes(bytes),
      (read) => read.toBytes(),
      (random) => edited(model, random),
    ),
  'damaged plans': () =>
    attack(planFromBytes, planToBytes, (random) => damaged(planToBytes(examplePlan), random)),
  'damaged server models': () =>
    attack(
      (bytes) => ServerModel.fromBytes(bytes),
      (read) => read.toBytes(),
      (random) => damaged(fixture('server-model.json'), random),
    ),
  'damaged messages': () =>
    attack(
      (bytes) => readMessage(examplePlan, bytes, 'response'),
      (read) => writeMessage(examplePlan, read),
      (random) => damaged(message, random),
    ),
}))
  test(`${title} are refused by a typed error or read as what they are written as`, (t) => {
    const { accepted, refused, broken } = run();
    t.is(broken, undefined);
    t.true(accepted > 0 && refused > mutations / 4, `${accepted} accepted, ${refused} refused`);
  });
