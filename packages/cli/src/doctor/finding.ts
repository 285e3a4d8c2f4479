import { oneLine } from '../one-line.ts';

/** What one look found. `unknown`: it cannot be known from here, and why. */
export interface Finding {
  readonly status: 'ok' | 'warn' | 'fail' | 'unknown';
  /** What was looked at. */
  readonly check: string;
  readonly what: string;
  /** Why it matters. Absent when all is well. */
  readonly why?: string;
  /** What to do: a command, a setting or a click. Absent when there is nothing to do. */
  readonly fix?: string;
}

export const ok = (check: string, what: string): Finding => ({ status: 'ok', check, what });

export const fail = (check: string, what: string, why: string, fix: string): Finding => ({
  status: 'fail',
  check,
  what,
  why,
  fix,
});

export const warn = (check: string, what: string, why: string, fix: string): Finding => ({
  ...fail(check, what, why, fix),
  status: 'warn',
});

export const unknown = (check: string, what: string, fix?: string): Finding => ({
  status: 'unknown',
  check,
  what,
  ...(fix && { fix }),
});

const MARKS: Record<Finding['status'], string> = {
  ok: 'ok     ',
  warn: 'warn   ',
  fail: 'FAIL   ',
  unknown: 'unknown',
};

export function textOf({ status, check, what, why, fix }: Finding): string {
  const lines = [`${MARKS[status]}  ${check}: ${what}`, why, fix && `→ ${fix}`];
  const inOneLine = lines.flatMap((line) => (line ? [oneLine(line)] : []));
  return inOneLine.join('\n           ');
}
