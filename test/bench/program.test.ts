import test from 'ava';
import { Program } from '../../bench/support/program.js';

/** A program that answers as the peers do: "run" in 1.5 ms, "break" with a failure, "end" not at all. */
const answering = `
  console.log(JSON.stringify({ version: '1', threads: 1 }));
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line === 'end') process.exit(3);
    const answers = { run: { ms: 1.5 }, 'check run': { error: 0.25 }, memory: { peak_rss_bytes: 4096 } };
    console.log(JSON.stringify(answers[line] ?? { failure: 'no operation named ' + line }));
  });`;

const start = (source: string): Promise<Program> =>
  Program.start('the program', process.execPath, ['-e', source]);

test('a program says what it set up, and answers one request after the other', async (t) => {
  await using program = await start(answering);
  t.deepEqual(program.ready, { version: '1', threads: 1 });
  t.is(await program.time('run'), 1.5);
  t.deepEqual(await program.check('run'), { error: 0.25 });
  t.is(await program.peakBytes(), 4096);
});

test('a failure of a program is ours, with its words', async (t) => {
  await using program = await start(answering);
  await t.throwsAsync(program.time('break'), { message: 'the program: no operation named break' });
  t.is(await program.time('run'), 1.5);
});

test('a program that ends or that is not there fails whoever waits for it', async (t) => {
  await using program = await start(answering);
  await t.throwsAsync(program.time('end'), { message: 'the program ended with status 3.' });
  await t.throwsAsync(start('process.exit(1)'), { message: 'the program ended with status 1.' });
  await t.throwsAsync(Program.start('the program', '/nowhere/at/all', []), { code: 'ENOENT' });
});
