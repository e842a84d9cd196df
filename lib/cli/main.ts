#!/usr/bin/env node
import process from 'node:process';
import { runCommand } from './program.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first asks to stop in order; a second one ends the process as it is.
  process.once(signal, () => {
    stop.abort(signal);
  });
}
// `ciphernet decrypt … | head` closes the pipe early: no mistake.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  interactive: process.stderr.isTTY,
  signal: stop.signal,
}).then((code) => {
  process.exitCode = code;
});
