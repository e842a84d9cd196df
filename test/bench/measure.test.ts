import test from 'ava';
import { interleave, summarize } from '../../bench/support/measure.js';

test('a summary holds the median, the smallest and the number of runs', (t) => {
  t.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, runs: 3 });
  t.deepEqual(summarize([4, 1, 2, 10]), { median: 3, min: 1, runs: 4 });
});

test('contenders take turns, an uncounted first time included, and each starts some round', async (t) => {
  const calls: string[] = [];
  const contender = (name: string, milliseconds: number) => (): Promise<number> => {
    calls.push(name);
    return Promise.resolve(milliseconds);
  };
  const [a, b] = await interleave([contender('a', 100), contender('b', 300)]);
  t.deepEqual([a!.median, b!.median], [100, 300]);
  t.is(a!.runs, 9);
  t.is(calls.length, 2 + 2 * 9);
  for (let i = 2; i < calls.length; i += 2) t.deepEqual(calls.slice(i, i + 2).toSorted(), ['a', 'b']);
  t.deepEqual(calls.slice(2, 6), ['a', 'b', 'b', 'a']);
});

test('three rounds suffice where one run takes over ten seconds, and short ones run more often', async (t) => {
  const runs = async (milliseconds: number): Promise<number> => {
    const [timing] = await interleave([() => Promise.resolve(milliseconds)]);
    return timing!.runs;
  };
  t.is(await runs(10_001), 3);
  t.is(await runs(9_999), 9);
  t.true((await runs(0.1)) > 9);
});
