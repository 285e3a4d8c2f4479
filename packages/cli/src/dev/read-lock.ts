import { readFileSync } from 'node:fs';
import { type EventsLock, parseLock } from '@hubrelay/relay';

export type ReadLock =
  | { readonly ok: true; readonly lock: EventsLock }
  | { readonly ok: false; readonly problem: string };

/** Reads a lock that "hubrelay pull" wrote. */
export function readLock(path: string): ReadLock {
  let input: unknown;
  try {
    input = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { ok: false, problem: `${path} is unreadable: ${(error as Error).message}` };
  }
  const parsed = parseLock(input);
  if (parsed.ok) return parsed;
  const [issue] = parsed.issues;
  const what = `${issue?.path || 'it'} ${issue?.message}`;
  return { ok: false, problem: `${path} is not a lock: ${what}. Write it with "hubrelay pull".` };
}
