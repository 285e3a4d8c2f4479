import { join } from 'node:path';

/**
 * What a process that a test starts gets of the environment: nothing else that happens to be set here. Node keeps what it has
 * compiled there: the tests start some hundred relays and commands, and each costs half as much CPU.
 */
export const childEnv = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/hubrelay-compiled'),
};
