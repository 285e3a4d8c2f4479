import type { WireEvent } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import type { Outcome } from './outcome.ts';

const MAX_AGE_MS = 604_800_000;
/** Of all that this page holds, in characters. Each event counts half a thousand more, which bounds their number, too. */
const MAX_OUTBOX = 1_000_000;
const EXTRA_PER_EVENT = 500;
/** Without Web Locks, or where they never answer, an event this old has no page any more. */
const ABANDONED_MS = 30_000;
const LOCKS_ANSWER_WITHIN_MS = 5000;
const LOAD_AT_ONCE = 50;
/** Of a request, and of one event: a bit less than the 64 KiB that browsers and the relay allow. */
export const MAX_BODY_BYTES = 60_000;

/** One event that waits until the relay has answered for it. */
export interface Entry {
  /** `<name>.<page>.<number>` */
  readonly _key: string;
  /** What is stored: the event with `utk` and `by`. */
  readonly _text: string;
  readonly _event: WireEvent;
  /** The visitor's token when the event was tracked, if there was one. */
  readonly _utk: string;
  /** The mark of who was identified then: see `markOf`. */
  readonly _by: string;
  /** Hears what became of it, if this page tracked it and was never left. */
  readonly _settle: ((outcome: Outcome) => void) | undefined;
  /** Whether it is on its way. */
  _isBusy?: boolean;
}

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * The events that this page sends, in memory until they are answered for, and each under a key of its own in localStorage:
 * pages never overwrite each other, nothing is read in order to be written back, and a page that dies leaves its events to
 * the next one. Before consent nothing is stored.
 */
export function createOutbox(
  prefix: string,
  own: string,
  isDenied: () => unknown,
  onFinish: (events: WireEvent[], outcome: Outcome, detail?: string) => void,
) {
  const disk: Record<string, string> = attempt(() => localStorage) || {};
  const memory = new Map<string, Entry>();
  /** End the Web Locks that this page holds. */
  const ends: (() => void)[] = [];
  /** Since when locks have not answered. */
  let askedAt = 0;

  function hold(_key: string, _text: string, _settle?: Entry['_settle']): Entry {
    const { utk: _utk, by: _by, ..._event } = JSON.parse(_text);
    const entry = { _key, _text, _event, _utk, _by, _settle };
    memory.set(_key, entry);
    return entry;
  }

  const isFull = () => {
    let used = 0;
    for (const { _text } of memory.values()) used += _text.length + EXTRA_PER_EVENT;
    return used > MAX_OUTBOX;
  };

  /** Copies an event to localStorage, unless that is denied or full. */
  function store({ _key, _text }: Entry): void {
    attempt(() => {
      if (memory.has(_key)) disk[_key] = _text;
    });
  }

  /** Lets go of events, but those that somebody else has let go of meanwhile. */
  function finish(entries: Entry[], outcome: Outcome, detail?: string): void {
    const finished = entries.filter(({ _key }) => memory.delete(_key));
    for (const { _key, _settle } of finished) {
      delete disk[_key];
      _settle?.(outcome);
    }
    if (finished[0])
      onFinish(
        finished.map(({ _event }) => _event),
        outcome,
        detail,
      );
  }

  /** Keys of the events in localStorage that this page does not hold. */
  const others = () =>
    Object.keys(disk).filter((key) => key.startsWith(prefix) && !memory.has(key));

  /** Takes over events of other pages, if they are that old. Drops what is too old. */
  function load(keys: string[], minAgeMs = -Infinity): void {
    for (const key of keys)
      attempt(() => {
        const { uuid, occurredAt } = JSON.parse(disk[key] as string);
        if (uuid && Date.now() - occurredAt >= minAgeMs) {
          const entry = hold(key, disk[key] as string);
          // By the clock as it was when the page was loaded: nothing expires because somebody has set it since.
          if (performance.timeOrigin + performance.now() - occurredAt > MAX_AGE_MS)
            finish([entry], 'expired');
        }
      });
  }

  /** What this page has to send. After a refusal nothing: then all is dropped, what is other pages', too. */
  function take(): Entry[] {
    if (isDenied()) {
      load(others());
      finish([...memory.values()], 'denied');
    }
    return [...memory.values()];
  }

  /**
   * Takes over what closed pages have left. Every page has an id of its own, never one that a duplicated tab could share,
   * and holds a Web Lock of that name while its events wait: what has no lock, has no page any more. One page at a time looks.
   */
  function adopt(onAdopt: () => void): void {
    if (outbox._isOver) return;
    const { locks } = navigator;
    if (!locks || (askedAt && performance.now() - askedAt > LOCKS_ANSWER_WITHIN_MS)) {
      load(others(), ABANDONED_MS);
      onAdopt();
    }
    askedAt ||= performance.now();
    for (const name of [own, prefix])
      locks
        ?.request(name, { ifAvailable: true }, async (lock) => {
          askedAt = 0;
          if (lock && name === prefix) {
            const living = (await locks.query()).held?.map((it) => it.name);
            // Its own were left when it went into the back/forward cache.
            const keys = others().filter(
              (key) => key.startsWith(own) || !living?.includes(key.slice(0, -7)),
            );
            // A few at a time: there may be a thousand, and the page must not stand still.
            while (keys[0]) {
              load(keys.splice(0, LOAD_AT_ONCE));
              await new Promise((done) => setTimeout(done));
            }
            onAdopt();
          }
          if (lock && memory.size) await new Promise<void>((end) => ends.push(end));
        })
        .catch(() => {});
  }

  /** Nothing waits here any more. A page that holds a lock is never frozen. */
  function release(): void {
    for (const end of ends.splice(0)) end();
  }

  /** The page ends, or rests in the back/forward cache: what is stored is for another one, or for this one when it is back. */
  function leave(): void {
    for (const [key, entry] of memory) {
      entry._isBusy = false;
      if (disk[key]) memory.delete(key);
    }
    outbox._isOver = true;
    release();
  }

  // Another page has sent an event, or dropped it after a refusal.
  if (globalThis.location)
    addEventListener('storage', ({ key, newValue }) => newValue ?? memory.delete(key as string));

  const outbox = {
    /** Whether the page has ended, or rests in the back/forward cache. */
    _isOver: false,
    _hold: hold,
    _isFull: isFull,
    _store: store,
    _finish: finish,
    _take: take,
    _adopt: adopt,
    _release: release,
    _leave: leave,
  };
  return outbox;
}

/** Bytes of a text as UTF-8: browsers count quotas in bytes. A Blob would tell them, too, at three times the cost of `track()`. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
