import { Command, CommanderError } from 'commander';
import { info } from '../native.js';
import { Reported } from './command.js';
import { compileCommand } from './compile.js';
import { decryptCommand, encryptCommand, keygenCommand } from './client-commands.js';
import { demoCommand } from './demo.js';
import { exitCodeOf, exitCodes } from './exit-codes.js';
import { inferCommand } from './infer.js';
import { inspectCommand } from './inspect.js';
import { serveCommand } from './serve.js';
import { Terminal } from './terminal.js';
import type { Surroundings } from './terminal.js';

const overview = `
In order:
  the model's owner  ciphernet compile model.json --calibration rows.csv --out digits
  the data's owner   ciphernet keygen digits/plan.json
                     ciphernet encrypt digits/plan.json rows.csv
  the server         ciphernet infer request.bin --model digits --keys evaluation.keys
  the data's owner   ciphernet decrypt digits/plan.json response.bin

Exit codes:
  0 done   1 defect of ciphernet   2 wrong command line   3 input refused
  4 files, memory or addon   5 service refused or unreachable   130 interrupted

\`ciphernet serve digits\` answers over HTTP, and \`infer --url\` asks such a service. \`ciphernet demo\` shows it all.
\`ciphernet help <command>\` tells more of each.`;

/** The whole command line. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('ciphernet')
    .description('Neural networks on encrypted data: the server computes without seeing a value.')
    .version(info().version, '-v, --version', 'print the version')
    .addHelpText('after', overview)
    .helpOption('-h, --help', 'print this help');
  for (const make of [
    compileCommand,
    keygenCommand,
    encryptCommand,
    inferCommand,
    decryptCommand,
    inspectCommand,
    serveCommand,
    demoCommand,
  ]) {
    program.addCommand(make(surroundings));
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => surroundings.stdout.write(text),
        writeErr: (text) => surroundings.stderr.write(text),
      })
      .configureHelp({ sortOptions: false })
      .showHelpAfterError('(add --help for what it takes)');
  }
  return program;
}

/**
 * Runs the command on arguments as a shell gives them, without the program's own name, and resolves to the exit code.
 * Never throws; errors are printed on stderr.
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram(surroundings);
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return exitCodes.usage;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof Reported) return exitCodeOf(error.reason);
    // What commander refuses it has printed itself.
    if (!(error instanceof CommanderError)) new Terminal(surroundings, args.includes('--json')).error(error);
    return exitCodeOf(error);
  }
}
