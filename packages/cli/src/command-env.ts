import { readFileSync } from 'node:fs';
import { EnvReader, unknownSettings } from '@hubrelay/relay';

/** The environment of a command. Warns of misspelt variables: without `RELAY_URL` a command asks the relay of this machine. */
export function commandEnv(): EnvReader {
  for (const warning of unknownSettings(process.env)) console.error(`Note: ${warning}`);
  return new EnvReader(process.env, (path) => readFileSync(path, 'utf8'));
}
