import type { LogFields, Logger, LogLevel } from './log.ts';

/**
 * What must never be in a log, wherever it came from: HubSpot quotes addresses in its messages, and clients put anything
 * anywhere. The last net, not the first: nothing logs a secret on purpose.
 */
const UNWANTED: readonly (readonly [RegExp, string])[] = [
  [/[^\s"'<>:,;()[\]{}=\\/@]{1,64}[@\uff20\ufe6b][^\s"'<>,;()[\]{}=\\/@]{1,190}/g, '[email]'],
  // As a URL, a page of HTML or JSON within JSON spells it.
  [
    /[\w.!#$*+~%-]{1,64}(?:%(?:25)?40|&(?:#0*64|#x0*40|commat);|\\u0040)[\p{L}\d%-]{1,60}(?:(?:\.|%2e)[\p{L}\d%-]{1,60}){1,4}/giu,
    '[email]',
  ],
  [/\b(?:pat-[a-z]{2,4}\d?-|hrk_)[A-Za-z0-9_-]{8,200}/g, '[key]'],
  [/\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*/g, '[jwt]'],
  // No key has an ellipsis: our own answers show with one where a key belongs.
  [/\b(bearer|hapikey=)\s*(?![^\s"',]*…)[^\s"',]+/gi, '$1 [key]'],
  // A log in a terminal is to be read, not run: a pretty-printer undoes the escapes of JSON.
  [/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\u{FFFD}'],
];

const MAX_DEPTH = 6;

export function scrubText(text: string): string {
  return UNWANTED.reduce((clean, [unwanted, shown]) => clean.replace(unwanted, shown), text);
}

/** JSON whose texts are clean. Scrubbing the finished JSON would cut its escapes in two. */
export function scrubbedJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'string' ? scrubText(part) : part));
}

const cleanLoggers = new WeakSet<Logger>();

/** Writes what it is given without addresses and keys. */
export function scrubbingLogger(log: Logger): Logger {
  if (cleanLoggers.has(log)) return log;
  const isLevelEnabled = (level: LogLevel) => log.isLevelEnabled?.(level) ?? true;
  const write =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (isLevelEnabled(level)) log[level](scrub(fields, 0) as LogFields, scrubText(message));
    };
  const clean: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isLevelEnabled,
  };
  cleanLoggers.add(clean);
  return clean;
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1));
  if (value instanceof Error) return scrubError(value, depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') return scrub(value.toJSON(), depth);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [scrubText(key), scrub(item, depth + 1)]),
  );
}

/** Stays an Error, so that the logger shows it as one. Its own extra fields may hold whole requests and are left out. */
function scrubError(error: Error, depth: number): Error {
  const clean = new Error(scrubText(error.message));
  clean.name = error.name;
  clean.stack = scrubText(error.stack ?? '');
  if (error.cause !== undefined) clean.cause = scrub(error.cause, depth + 1);
  return clean;
}
