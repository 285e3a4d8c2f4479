import type { LogFields, Logger } from '../observe/log.ts';
import { scrubbingLogger } from '../observe/scrub.ts';

/**
 * One JSON line per message on the console: what log collectors of edge platforms take. The names are pino's, as on the Node
 * host; `message` is what HubSpot said.
 */
export const consoleLogger: Logger = scrubbingLogger({
  debug() {},
  isLevelEnabled: (level) => level !== 'debug',
  info: (fields, message) => write('info', fields, message),
  warn: (fields, message) => write('warn', fields, message),
  error: (fields, message) => write('error', fields, message),
});

function write(level: 'info' | 'warn' | 'error', fields: LogFields, message: string): void {
  // biome-ignore lint/suspicious/noConsole: the console is the log of an edge platform
  console[level](JSON.stringify({ level, ...fields, msg: message }, errorAsData));
}

/** An Error has no own enumerable properties, so JSON would show `{}`. */
function errorAsData(_key: string, value: unknown): unknown {
  return value instanceof Error
    ? { name: value.name, message: value.message, stack: value.stack }
    : value;
}
