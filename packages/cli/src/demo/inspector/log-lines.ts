import type { LogFields, Logger } from '@hubrelay/relay';

/** A line of the relay's log. */
export interface LogLine {
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that hands its lines on instead of printing them. */
export function logTo(write: (line: LogLine) => void): Logger {
  const at =
    (level: LogLine['level']) =>
    (fields: LogFields, message: string): void =>
      write({ at: Date.now(), level, message, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
