import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { printed } from './programs.js';

const folder = new URL('../../docs/tutorial/', import.meta.url);

/** A program of a page with what the page says that it prints. */
interface Example {
  readonly name: string;
  readonly program: string;
  readonly shown: string | undefined;
}

function examplesOf(page: string, text: string): Example[] {
  const blocks = [...text.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, body]) => ({
    language,
    body: body!,
  }));
  return blocks.flatMap(({ language, body }, i) => {
    if (language !== 'js') return [];
    const next = blocks[i + 1];
    const name = `${page.replace('.md', '')}-${blocks.slice(0, i + 1).filter((b) => b.language === 'js').length}`;
    return [{ name, program: body, shown: next?.language === 'text' ? next.body : undefined }];
  });
}

const pages = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort();
const examples = (
  await Promise.all(
    pages.map(async (page) => examplesOf(page, await readFile(new URL(page, folder), 'utf8'))),
  )
).flat();

/** What was measured, and a time among it. */
const measured = /about (\d+(?:\.\d+)?(?:e[+-]\d+)?)( n?m?s\b)?/g;
/** A number that stands by itself: not part of a name, a version or a power. */
const number = /(?<![\w.^])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w]|\.\d)/g;
/** Errors differ from run to run, by less than this factor. */
const kChance = 4;

/** One unit of the last digit that is shown; 0 for an integer. */
function unit(shown: string): number {
  const [mantissa, exponent = '0'] = shown.split('e') as [string, string?];
  const digits = mantissa.split('.')[1]?.length;
  return digits === undefined ? 0 : 10 ** (Number(exponent) - digits);
}

/** What is wrong with a line, or undefined. */
function difference(line: string, shown: string): string | undefined {
  const [mine, theirs] = [line, shown].map((text) => [...text.matchAll(measured)]);
  const [rest, expected] = [line, shown].map((text) => text.replace(measured, 'about …$2'));
  if (rest!.replace(number, '#') !== expected!.replace(number, '#')) return 'other words';
  const exact = rest!.match(number) ?? [];
  for (const [i, wanted] of (expected!.match(number) ?? []).entries())
    if (Math.abs(Number(exact[i]) - Number(wanted)) > 2.001 * unit(wanted))
      return `${exact[i]} for ${wanted}`;
  for (const [i, match] of theirs!.entries()) {
    const ratio = Number(mine![i]![1]) / Number(match[1]);
    if (match[2] === undefined && !(ratio < kChance && ratio > 1 / kChance))
      return `${mine![i]![1]} for about ${match[1]}`;
  }
  return undefined;
}

test('the tutorial has numbered steps, each with the output of its programs', (t) => {
  t.deepEqual(
    pages.map((page) => Number.parseInt(page, 10)),
    pages.map((_, i) => i + 1),
  );
  t.true(examples.length > 10);
  for (const { name, shown } of examples) t.truthy(shown, name);
});

test('every page that the tutorial links to exists', async (t) => {
  for (const page of ['README.md', ...pages]) {
    const text = await readFile(new URL(page, folder), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
      await t.notThrowsAsync(readFile(new URL(target!, folder)), `${page}: ${target}`);
  }
});

for (const { name, program, shown = '' } of examples) {
  test.serial(`program ${name} of the tutorial prints what the page shows`, async (t) => {
    const lines = (await printed(program, name)).trimEnd().split('\n');
    const wanted = shown.trimEnd().split('\n');
    t.is(lines.length, wanted.length, lines.join('\n'));
    lines.forEach((line, i) => {
      t.is(difference(line, wanted[i]!), undefined, `${line}\n${wanted[i]}`);
    });
  });
}
