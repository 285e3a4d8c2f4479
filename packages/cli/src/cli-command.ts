import { InvalidOptionsError } from '@hubrelay/relay';
import { type ArgsDef, type CommandContext, type CommandDef, defineCommand } from 'citty';

/** Something the person at the terminal can mend. Its message is all that is printed; the exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A command that refuses misspelt options and explains what can be mended in a sentence instead of a stack. */
export function cliCommand<const Args extends ArgsDef>(command: {
  readonly meta: { readonly name: string; readonly description: string };
  readonly args: Args;
  run(context: CommandContext<Args>): Promise<void>;
}): CommandDef<Args> {
  return defineCommand<Args>({
    ...command,
    async run(context) {
      try {
        refuseUnknownOptions(context.rawArgs, command.args);
        await command.run(context);
      } catch (error) {
        if (!(error instanceof CommandError || error instanceof InvalidOptionsError)) throw error;
        console.error(error.message);
        process.exitCode = 1;
      }
    },
  });
}

/** A misspelt `--check` must not write files. */
function refuseUnknownOptions(rawArgs: readonly string[], args: ArgsDef): void {
  const known = Object.keys(args).map((name) => `--${name}`);
  const unknown = rawArgs
    .filter((arg) => arg.startsWith('-'))
    .map((arg) => arg.replace(/=.*/, ''))
    .find((arg) => !known.includes(arg));
  if (unknown !== undefined) {
    const options = known.length > 0 ? `the options are ${known.join(', ')}` : 'it takes none';
    throw new CommandError(`There is no option ${unknown}: ${options}.`);
  }
}
