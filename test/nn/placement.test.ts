import test from 'ava';
import { placeBootstraps } from '../../lib/nn/plan/placement.js';
import type { PlacementTask } from '../../lib/nn/plan/placement.js';
import { levelsOf, placeLevels, readersOf } from '../../lib/nn/plan/plan.js';
import type { Leveled } from '../../lib/nn/plan/plan.js';
import { SeededRandom } from '../../examples/support/random.js';

type Step = Leveled & { readonly sources: readonly number[] };

const random = new SeededRandom(17);
const below = (count: number): number => random.next() % count;

/** A linear step and a square after it, so many times, and a last linear step. */
const chain = (blocks: number): Step[] => [
  ...Array.from({ length: 2 * blocks }, (_, i): Step => ({
    kind: i % 2 ? 'square' : 'linear',
    sources: [i],
  })),
  { kind: 'linear', sources: [2 * blocks] },
];

/** Blocks of linear, square, linear, square whose last linear step also reads what came into the block. */
function residualNetwork(blocks: number): Step[] {
  const steps: Step[] = [
    { kind: 'linear', sources: [0] },
    { kind: 'square', sources: [1] },
  ];
  for (let block = 0; block < blocks; ++block) {
    const entry = steps.length;
    steps.push({ kind: 'linear', sources: [entry] });
    steps.push({ kind: 'square', sources: [entry + 1] });
    steps.push({ kind: 'linear', sources: [entry + 2, entry] });
    steps.push({ kind: 'square', sources: [entry + 3] });
  }
  steps.push({ kind: 'linear', sources: [steps.length] });
  return steps;
}

/** Steps of any kind that read any values before them; the last one reads all that nobody else does. */
function randomNetwork(count: number): Step[] {
  const steps: Step[] = [];
  for (let index = 0; index + 1 < count; ++index) {
    const source = (): number => Math.max(0, index - below(4));
    const pick = below(4);
    if (pick === 0) steps.push({ kind: 'product', sources: [source(), source()] });
    else if (pick === 1)
      steps.push({ kind: 'polynomial', degree: [3, 5, 12][below(3)]!, sources: [source()] });
    else steps.push({ kind: 'linear', sources: [...new Set([source(), source()])] });
  }
  const unread = steps.flatMap((_, index) => (readersOf(steps, index).length === 0 ? [index + 1] : []));
  steps.push({ kind: 'linear', sources: unread.length > 0 ? unread : [0] });
  return steps;
}

const task = (
  steps: readonly Step[],
  levelsAfter: number,
  widths: readonly number[] = steps.map(() => 1),
): PlacementTask => ({
  steps,
  levelsAfter,
  bootstrapsOf: (value) => widths[value - 1]!,
  secondsOf: (index, level) => (index + 1) * level,
});

const totalSeconds = ({ steps, secondsOf }: PlacementTask, levels: readonly number[]): number =>
  steps.reduce((sum, _, index) => sum + secondsOf(index, levels[index]!), 0);

/** Whether every step finds in its sources the level at which it begins, and none ends below 0. */
function suffices(
  steps: readonly Step[],
  levelsAfter: number,
  values: readonly number[],
  levels: readonly number[],
): boolean {
  const held = [levelsAfter];
  for (const [index, step] of steps.entries()) {
    const level = levels[index]!;
    const rest = level - levelsOf(step);
    if (rest < 0 || step.sources.some((source) => held[source]! < level)) return false;
    held.push(values.includes(index + 1) ? levelsAfter : rest);
  }
  return true;
}

/** The least bootstraps, and then seconds, over all sets of values. */
function bruteForce(given: PlacementTask): readonly [bootstraps: number, seconds: number] {
  const { steps, levelsAfter, bootstrapsOf } = given;
  let best: readonly [number, number] = [Infinity, Infinity];
  for (let set = 0; set < 2 ** (steps.length - 1); ++set) {
    const values = steps.flatMap((_, index) => ((set >> index) & 1 ? [index + 1] : []));
    const levels = placeLevels(steps, { bootstrapped: new Set(values), lowest: 0 });
    if (Math.max(...levels) > levelsAfter) continue;
    const bootstraps = values.reduce((sum, value) => sum + bootstrapsOf(value), 0);
    const seconds = totalSeconds(given, levels);
    if (bootstraps < best[0] || (bootstraps === best[0] && seconds < best[1])) best = [bootstraps, seconds];
  }
  return best;
}

test('a chain is bootstrapped as often as its depth asks for, and no more', (t) => {
  for (const blocks of [1, 4, 10, 100]) {
    const steps = chain(blocks);
    const depth = 2 * blocks + 1;
    for (const levelsAfter of [1, 2, 7, 10, depth]) {
      const { values, levels, bootstraps } = placeBootstraps(task(steps, levelsAfter));
      t.is(bootstraps, Math.ceil(depth / levelsAfter) - 1);
      t.is(values.length, bootstraps);
      t.true(suffices(steps, levelsAfter, values, levels));
    }
  }
});

test('a network that fits its levels is not bootstrapped, and its levels are those without', (t) => {
  const steps = residualNetwork(3);
  const { values, levels } = placeBootstraps(task(steps, 15));
  t.deepEqual(values, []);
  t.deepEqual(levels, placeLevels(steps));
});

test('a value that a shortcut reads again is bootstrapped once for both', (t) => {
  const steps = residualNetwork(12);
  for (const levelsAfter of [4, 5, 9]) {
    const { values, levels, bootstraps } = placeBootstraps(task(steps, levelsAfter));
    t.is(new Set(values).size, values.length);
    t.true(suffices(steps, levelsAfter, values, levels));
    // 51 levels on the longest path, which every block is on: no fewer, and shortcuts cost nothing more where blocks fit.
    t.true(bootstraps >= Math.ceil(51 / levelsAfter) - 1);
    if (levelsAfter === 4) t.is(bootstraps, 13);
  }
});

test('narrow values are bootstrapped rather than wide ones', (t) => {
  const steps = chain(6);
  const widths = steps.map((_, index) => (index % 4 === 1 ? 2 : 64));
  const { values, bootstraps } = placeBootstraps(task(steps, 6, widths));
  t.true(values.every((value) => value % 4 === 2));
  t.is(bootstraps, 2 * values.length);
});

test('bootstraps and seconds are those of the best of all placements in small random networks', (t) => {
  for (let run = 0; run < 150; ++run) {
    const steps = randomNetwork(3 + below(8));
    const widths = steps.map(() => 1 + below(3));
    const given = task(steps, 4 + below(4), widths);
    const placed = placeBootstraps(given);
    const [bootstraps, seconds] = bruteForce(given);
    t.is(placed.bootstraps, bootstraps);
    t.is(totalSeconds(given, placed.levels), seconds);
    t.true(suffices(steps, given.levelsAfter, placed.values, placed.levels));
  }
});

test('in wide graphs, where not every state is kept, each step still finds its level', (t) => {
  for (const count of [40, 120]) {
    const steps: Step[] = Array.from({ length: count }, (_, index): Step => {
      const sources = [...new Set([index, below(index + 1), below(index + 1), below(index + 1)])];
      return { kind: 'linear', sources };
    });
    const { values, levels } = placeBootstraps(task(steps, 7));
    t.true(suffices(steps, 7, values, levels));
    t.true(values.length > 0);
  }
});

test('a step that spends more levels than there are is refused', (t) => {
  const steps: Step[] = [{ kind: 'polynomial', degree: 31, sources: [0] }];
  t.throws(() => placeBootstraps(task(steps, 4)), { message: /more levels/ });
});
