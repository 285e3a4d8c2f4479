import { pino } from 'pino';
import type { Logger } from '../../observe/log.ts';
import { scrubbingLogger } from '../../observe/scrub.ts';
import { traceFields } from './follow-traces.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard output, as pino writes them, without addresses and keys. */
export function pinoLogger(level: LogLevel): Logger {
  return scrubbingLogger(
    pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin: traceFields }),
  );
}
