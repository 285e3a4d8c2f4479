import { type CommandDef, defineCommand, type SubCommandsDef } from 'citty';

/** A command that has only commands. `hubrelay dead toString` is an unknown one, as every other that is not among them. */
export function commandGroup(
  meta: { readonly name: string; readonly version?: string; readonly description: string },
  /** Each is loaded when it is asked for. */
  commands: SubCommandsDef,
): CommandDef & { readonly subCommands: SubCommandsDef } {
  const subCommands: SubCommandsDef = Object.assign(Object.create(null), commands);
  return { ...defineCommand({ meta }), subCommands };
}
