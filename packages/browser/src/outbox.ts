import type { WireEvent } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import type { DropReason, Outcome } from './outcome.ts';

const MAX_AGE_MS = 604_800_000;
const ABANDONED_MS = 30_000;
/** Of all that waits, in characters. Each event counts half a thousand more, which bounds their number, too. */
const MAX_OUTBOX = 1_000_000;
const EXTRA_PER_EVENT = 500;
/** Of a request, and of one event: a bit less than the 64 KiB that browsers and the relay allow. */
export const MAX_BODY_BYTES = 60_000;

/** One event that waits until the relay has answered for it. */
export interface Entry {
  /** `<name>.<page>.<number>`: sorts by page, and then by time. */
  readonly key: string;
  readonly event: WireEvent;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * The events that wait, each under a key of its own in localStorage: pages never overwrite each other, nothing is read in
 * order to be written back, and a page that dies leaves its events to the next one. Memory holds what storage cannot or,
 * before consent, must not.
 */
export function createOutbox(
  prefix: string,
  onFinish: (events: WireEvent[], outcome: Outcome, detail?: string) => void,
) {
  const disk: Record<string, string> = attempt(() => localStorage) || {};
  const memory: Record<string, string> = {};
  /** The starts of the keys whose events this page sends: its own, and those of pages that are gone. */
  const mine = new Set<string>();
  /** Answers to the `track()` calls of this page, by key. */
  const settlers: Record<string, (outcome: Outcome) => void> = {};
  let used = 0;

  const keys = () =>
    [disk, memory]
      .flatMap((storage) => Object.keys(storage))
      .filter((key) => key.startsWith(prefix))
      .sort();

  /** Keeps an event in memory. Tells why not, if it cannot. */
  function add(key: string, text: string): DropReason | undefined {
    if (byteLength(text) > MAX_BODY_BYTES) return 'too_large';
    if (used > MAX_OUTBOX) return 'outbox_full';
    used += text.length + EXTRA_PER_EVENT;
    memory[key] = text;
    return undefined;
  }

  /** Moves the events from memory to localStorage, unless that is denied or full. */
  function store(): void {
    for (const key in memory)
      attempt(() => {
        disk[key] = memory[key] as string;
        delete memory[key];
      });
  }

  function finish(entries: Entry[], outcome: Outcome, detail?: string): void {
    for (const { key } of entries) {
      delete disk[key];
      delete memory[key];
      settlers[key]?.(outcome);
      delete settlers[key];
    }
    if (entries[0])
      onFinish(
        entries.map(({ event }) => event),
        outcome,
        detail,
      );
  }

  /** All that waits, of any page, or only what this page sends. */
  function take(isMineOnly?: boolean): Entry[] {
    const entries: Entry[] = [];
    used = 0;
    for (const key of keys()) {
      const text = disk[key] || memory[key] || '';
      const event = attempt(() => JSON.parse(text) as WireEvent);
      used += text.length + EXTRA_PER_EVENT;
      if (event) {
        const age = Date.now() - event.occurredAt;
        const isMine = mine.has(key.slice(0, -7)) || (!navigator.locks && age > ABANDONED_MS);
        if (age > MAX_AGE_MS) finish([{ key, event }], 'expired');
        else if (isMine || !isMineOnly) entries.push({ key, event });
      }
    }
    return entries;
  }

  return { mine, settlers, keys, add, store, finish, take };
}

/** Bytes of a text as UTF-8: browsers count quotas in bytes. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
