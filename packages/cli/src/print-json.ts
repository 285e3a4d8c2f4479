import { forTerminal } from './admin/for-terminal.ts';

/** The option of every command that has something to print. */
export const JSON_ARG = { type: 'boolean', description: 'As JSON' } as const;

/** Prints one JSON document for programs. Its shapes are in docs/cli.md. */
export function printJson(value: unknown): void {
  console.log(forTerminal(JSON.stringify(value, null, 2)));
}
