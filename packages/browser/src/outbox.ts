import type { WireEvent } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import type { Outcome } from './outcome.ts';

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
  readonly _key: string;
  readonly _event: WireEvent;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * The events that wait, each under a key of its own in localStorage: pages never overwrite each other, nothing is read in
 * order to be written back, and a page that dies leaves its events to the next one. Memory holds what storage cannot or,
 * before consent, must not.
 */
export function createOutbox(
  prefix: string,
  isDenied: () => unknown,
  onFinish: (events: WireEvent[], outcome: Outcome, detail?: string) => void,
) {
  const disk: Record<string, string> = attempt(() => localStorage) || {};
  const memory = new Map<string, string>();
  /** The starts of the keys whose events this page sends: its own, and those of pages that are gone. */
  const mine = new Set<string>();
  /** Answers to the `track()` calls of this page, by key. */
  const settlers: Record<string, (outcome: Outcome) => void> = {};
  let used = 0;

  const keys = () =>
    [...Object.keys(disk), ...memory.keys()].filter((key) => key.startsWith(prefix)).sort();

  /** Keeps an event in memory, as the text that is to be sent; or drops it. */
  function add(entry: Entry, text: string | null | undefined): void {
    const reason = !text
      ? 'before_send'
      : isDenied()
        ? 'denied'
        : byteLength(text) > MAX_BODY_BYTES
          ? 'too_large'
          : used > MAX_OUTBOX && 'outbox_full';
    if (reason) finish([entry], reason);
    else {
      used += (text as string).length + EXTRA_PER_EVENT;
      memory.set(entry._key, text as string);
    }
  }

  /** Moves the events from memory to localStorage, unless that is denied or full. */
  function store(): void {
    for (const [key, text] of memory)
      attempt(() => {
        disk[key] = text;
        memory.delete(key);
      });
  }

  function finish(entries: Entry[], outcome: Outcome, detail?: string): void {
    for (const { _key: key } of entries) {
      delete disk[key];
      memory.delete(key);
      settlers[key]?.(outcome);
      delete settlers[key];
    }
    if (entries[0])
      onFinish(
        entries.map(({ _event }) => _event),
        outcome,
        detail,
      );
  }

  /** What this page has to send. Whatever must wait no longer goes, that of other pages, too. */
  function take(): Entry[] {
    const entries: Entry[] = [];
    const isRefused = isDenied();
    used = 0;
    for (const key of keys()) {
      const text = disk[key] || memory.get(key) || '';
      const event = attempt(() => JSON.parse(text) as WireEvent);
      used += text.length + EXTRA_PER_EVENT;
      if (event?.uuid) {
        const age = Date.now() - event.occurredAt;
        const reason = isRefused ? 'denied' : age > MAX_AGE_MS && 'expired';
        if (reason) finish([{ _key: key, _event: event }], reason);
        else if (mine.has(key.slice(0, -7)) || (!navigator.locks && age > ABANDONED_MS))
          entries.push({ _key: key, _event: event });
      }
    }
    return entries;
  }

  return {
    _mine: mine,
    _settlers: settlers,
    _keys: keys,
    _add: add,
    _store: store,
    _finish: finish,
    _take: take,
  };
}

/** Bytes of a text as UTF-8: browsers count quotas in bytes. A Blob would tell them, too, at three times the cost of `track()`. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
