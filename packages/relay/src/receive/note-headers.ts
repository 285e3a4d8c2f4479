import type { Issue } from '@hubrelay/protocol';
import { scrubText } from '../observe/scrub.ts';
import type { DroppedProperty } from '../policy/policy.ts';

const SHOWN = 5;
const MAX_CHARS = 1000;

/**
 * What was changed or left out of events that were taken, in a header: a 202 and a 204 have no body. For who looks at an answer
 * by hand, as in the network panel of a browser. docs/decisions/notes-in-a-header.md
 */
export function noteHeaders(notes: readonly Issue[]): Record<string, string> {
  if (notes.length === 0) return {};
  const text = notes.slice(0, SHOWN).map(({ path, message }) => `${path}: ${message}`);
  const printable = scrubText(text.join('; ')).replace(/[^\x20-\x7e]/g, '?');
  return { 'x-hubrelay-notes': printable.slice(0, MAX_CHARS) };
}

export function noteOf({ name, reason }: DroppedProperty, at = ''): Issue {
  return { path: `${at}properties.${name}`, message: `left out: ${reason}` };
}
