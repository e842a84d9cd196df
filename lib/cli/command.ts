import { Command } from 'commander';
import { Terminal } from './terminal.js';
import type { Answer, Surroundings } from './terminal.js';

/** What every command has: a name, a description, `--json`, and an action that gives an answer. */
export interface CommandDescription<Arguments extends unknown[], Options> {
  /** Name and arguments as commander reads them, e.g. `keygen <plan>`. */
  readonly name: string;
  readonly description: string;
  /** Text after the list of options: examples. */
  readonly examples: string;
  readonly configure: (command: Command) => void;
  readonly action: (
    terminal: Terminal,
    options: Options,
    ...args: Arguments
  ) => Promise<Answer | undefined> | Answer | undefined;
}

/** A command of commander from its description. Errors of its action go to whoever parses. */
export function makeCommand<Arguments extends unknown[], Options>(
  surroundings: Surroundings,
  description: CommandDescription<Arguments, Options>,
): Command {
  const command = new Command(description.name.split(' ')[0])
    .description(description.description)
    .option('--json', 'print JSON: one object a line, for programs')
    .addHelpText('after', `\nExamples:\n${description.examples.replace(/^/gm, '  ')}`);
  description.configure(command);
  return command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -2) as Arguments; // then the options and the command
    const options = given.at(-2) as Options & { readonly json?: boolean };
    const terminal = new Terminal(surroundings, options.json === true);
    try {
      const answer = await description.action(terminal, options, ...args);
      if (answer !== undefined) terminal.answer(answer);
    } catch (error) {
      terminal.error(error);
      throw new Reported(error);
    }
  });
}

/** An error that was printed already; the exit code is left to tell. */
export class Reported extends Error {
  constructor(readonly reason: unknown) {
    super('reported', { cause: reason });
  }
}
