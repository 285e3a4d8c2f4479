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
  let used = 0;

  const outbox = {
    /** Keys of what is on its way. */
    busy: new Set<string>(),
    /** The starts of the keys whose events this page sends: its own, and those of pages that are gone. */
    mine: new Set<string>(),
    /** Answers to the `track()` calls of this page, by key. */
    settlers: {} as Record<string, (outcome: Outcome) => void>,
    /** How many events were this page's to send when it last took a batch. */
    waiting: 0,

    keys: () =>
      [...Object.keys(disk), ...Object.keys(memory)].filter((key) => key.startsWith(prefix)).sort(),

    /** Keeps an event in memory. Tells why not, if it cannot. */
    add(key: string, text: string): DropReason | undefined {
      if (byteLength(text) > MAX_BODY_BYTES) return 'too_large';
      used += text.length + EXTRA_PER_EVENT;
      if (used > MAX_OUTBOX) return 'outbox_full';
      memory[key] = text;
      return undefined;
    },

    /** Moves an event from memory to localStorage, if that is neither denied nor full. */
    store(key: string): void {
      const text = memory[key];
      if (text) {
        attempt(() => {
          disk[key] = text;
          delete memory[key];
        });
      }
    },

    finish(entries: Entry[], outcome: Outcome, detail?: string): void {
      for (const { key } of entries) {
        delete disk[key];
        delete memory[key];
        outbox.settlers[key]?.(outcome);
        delete outbox.settlers[key];
      }
      if (entries[0])
        onFinish(
          entries.map(({ event }) => event),
          outcome,
          detail,
        );
    },

    /** Up to `count` events of this page that are not on their way; without a count, all there are, of any page. */
    take(count?: number): Entry[] {
      const batch: Entry[] = [];
      used = outbox.waiting = 0;
      for (const key of outbox.keys()) {
        const text = disk[key] || (memory[key] as string);
        const event = attempt(() => JSON.parse(text) as WireEvent);
        const age = Date.now() - (event?.occurredAt || 0);
        const isAbandoned = !navigator.locks && age > ABANDONED_MS;
        used += text.length + EXTRA_PER_EVENT;
        if (event && (!count || isAbandoned || outbox.mine.has(key.slice(0, -7)))) {
          outbox.waiting++;
          if (age > MAX_AGE_MS) outbox.finish([{ key, event }], 'expired');
          else if (!count || (batch.length < count && !outbox.busy.has(key)))
            batch.push({ key, event });
        }
      }
      return batch;
    },
  };
  return outbox;
}

/** Bytes of a text as UTF-8: browsers count quotas in bytes. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
