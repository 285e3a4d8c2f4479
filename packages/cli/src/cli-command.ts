import { debuglog } from 'node:util';
import { InvalidOptionsError } from '@hubrelay/relay';
import { type ArgsDef, type CommandContext, type CommandDef, defineCommand } from 'citty';
import { forTerminal } from './admin/for-terminal.ts';

/** Something the person at the terminal can put right. Its message is all that is printed; the exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A command that refuses what it does not know, and explains what can be put right in a sentence instead of a stack. */
export function cliCommand<const Args extends ArgsDef>(command: {
  readonly meta: { readonly name: string; readonly description: string };
  readonly args: Args;
  /** Any number of words may follow that are no options, as `args._`. @default false */
  readonly takesList?: boolean;
  run(context: CommandContext<Args>): Promise<void>;
}): CommandDef<Args> {
  return defineCommand<Args>({
    ...command,
    async run(context) {
      try {
        refuseUnknownOptions(context.rawArgs, command.args);
        if (!command.takesList) refuseMoreWords(context.args._, command.args);
        refuseEmptyOptions(context.args, command.args);
        await command.run(context);
      } catch (error) {
        console.error(forTerminal(messageOf(error)));
        process.exitCode = 1;
      }
    },
  });
}

function messageOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof InvalidOptionsError) return error.message;
  const { code, path, stack } = error as NodeJS.ErrnoException;
  const reason = path === undefined ? undefined : FILE_PROBLEMS[code ?? ''];
  if (reason !== undefined) return `${path} ${reason}`;
  if (debuglog('hubrelay').enabled) return String(stack);
  return `${error}. This may be a fault of hubrelay: run it again with NODE_DEBUG=hubrelay, and report what it prints.`;
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'cannot be written: its folder does not exist.',
  ENOTDIR: 'cannot be written: a part of its path is a file.',
  EISDIR: 'is a folder: name a file.',
  EACCES: 'cannot be used: this user has no permission.',
  EPERM: 'cannot be used: this user has no permission.',
  EROFS: 'cannot be written: the file system is read-only.',
  ENOSPC: 'cannot be written: the disk is full.',
};

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

/** An unset variable of a script must not widen an order: `--event "$NAME"`. */
function refuseEmptyOptions(args: Readonly<Record<string, unknown>>, known: ArgsDef): void {
  const empty = Object.keys(known).find(
    (name) => known[name]?.type === 'string' && args[name] === '',
  );
  if (empty !== undefined) throw new CommandError(`--${empty} needs a value.`);
}

/** `hubrelay pull shop` must not pull something else than what was meant. */
function refuseMoreWords(words: readonly string[], args: ArgsDef): void {
  const taken = Object.values(args).filter(({ type }) => type === 'positional').length;
  const extra = words[taken];
  if (extra === undefined) return;
  const takes = ['no argument', 'one argument', 'two arguments'][taken];
  throw new CommandError(`"${extra}" is too much: this command takes ${takes}.`);
}
