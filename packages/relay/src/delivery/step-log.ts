import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import { isAbout } from '../outbox/erasure.ts';
import {
  type EventMark,
  type EventStep,
  factsOfCall,
  factsOfDeath,
  markOf,
  OUTCOME_OF_CALL,
  type StepFacts,
  type StepOutcome,
} from './event-step.ts';
import type { StepLog, TailQuery } from './steps.ts';

export interface StepLogOptions {
  /** Events, counted once in each step. @default 10_000 */
  readonly maxEvents?: number;
  /** Of JSON text, about. @default 8_000_000 */
  readonly maxBytes?: number;
  /** @default Date.now */
  readonly now?: () => number;
}

interface Entry {
  readonly at: number;
  readonly outcome: StepOutcome;
  /** How many events it was about, when nothing else is known of them. */
  readonly isCount: boolean;
  facts: () => StepFacts;
  events: readonly (EventJson | EventMark)[];
  /** How often the bounds count it. */
  readonly size: number;
  bytes: number;
}

/** An entry without its events, and an event of which only the mark is kept. About. */
const ENTRY_BYTES = 300;
const MARK_BYTES = 300;
/** A page looks at so many events, whatever its conditions. */
const MAX_LOOKED_AT = 2_000;

export function createStepLog(options: StepLogOptions = {}): StepLog {
  const { maxEvents = 10_000, maxBytes = 8_000_000, now = Date.now } = options;
  const startedAt = now();
  let entries: Entry[] = [];
  /** Of the entry that is the first in memory; entries before `head` are free already. */
  let firstNumber = 1;
  let head = 0;
  let size = 0;
  let bytes = 0;
  let since = startedAt;

  function push(added: Pick<Entry, 'at' | 'outcome' | 'events' | 'facts'>): void {
    const { events } = added;
    const isCount = events.length === 0;
    const entry = { ...added, isCount, size: isCount ? 1 : events.length, bytes: bytesOf(events) };
    entries.push(entry);
    size += entry.size;
    bytes += entry.bytes;
    while (size > maxEvents || bytes > maxBytes) dropOldest();
    if (head > 1_000 && head > entries.length / 2) compact();
  }

  function dropOldest(): void {
    const gone = entries[head];
    if (gone === undefined) return;
    size -= gone.size;
    bytes -= gone.bytes;
    since = Math.max(since, gone.at);
    gone.events = [];
    head += 1;
  }

  function compact(): void {
    entries = entries.slice(head);
    firstNumber += head;
    head = 0;
  }

  const cursorOf = (index: number) => `${startedAt.toString(36)}-${firstNumber + index}`;

  /** @returns the index of the first entry after a cursor, and whether some between are gone */
  function placeOf(cursor: string | undefined): { from: number; missed: boolean } {
    if (cursor === undefined) return { from: entries.length, missed: false };
    if (cursor === '0') return { from: head, missed: false };
    const [start, number] = cursor.split('-');
    const from = Number(number) - firstNumber;
    const isOurs = start === startedAt.toString(36) && from <= entries.length;
    if (!isOurs || Number.isNaN(from)) return { from: head, missed: true };
    return { from: Math.max(head, from), missed: from < head };
  }

  return {
    accepted(events, isResend) {
      const at = now();
      const shared = { outcome: 'accepted', at, events: events.length } as const;
      const facts = () => (isResend ? { ...shared, cause: 'resend' } : shared);
      push({ at, outcome: 'accepted', events: events.map(markOf), facts });
    },
    called({ events, answer, outcome, durationMs }) {
      const at = now();
      const count = events.length;
      const facts = () => factsOfCall({ answer, outcome, durationMs }, count, at);
      push({ at, outcome: OUTCOME_OF_CALL[outcome.kind], events, facts });
    },
    died(events, death) {
      const at = now();
      const known = typeof events === 'number' ? [] : events.map(jsonOrMark);
      const count = typeof events === 'number' ? events : events.length;
      const facts = () => factsOfDeath(death, count, at);
      if (count > 0) push({ at, outcome: 'dead', events: known, facts });
    },
    replayed(events) {
      const at = now();
      const shared = { outcome: 'accepted', cause: 'replayed', at, events } as const;
      if (events > 0) push({ at, outcome: 'accepted', events: [], facts: () => shared });
    },
    of(uuids) {
      const items = entries.slice(head).flatMap((entry) => stepsIn(entry, { uuids }));
      return { items, since, bounds: { events: maxEvents, bytes: maxBytes } };
    },
    delivered(uuid) {
      for (let index = entries.length - 1; index >= head; index -= 1) {
        const { outcome, events, at } = entries[index] as Entry;
        if (outcome !== 'delivered') continue;
        const json = events.find((event) => isOf(event, [uuid]));
        if (typeof json === 'string') return { json, at };
      }
      return undefined;
    },
    after(query) {
      const { from, missed } = placeOf(query.after);
      const items: EventStep[] = [];
      let index = from;
      let lookedAt = 0;
      while (index < entries.length && items.length < query.limit && lookedAt < MAX_LOOKED_AT) {
        const entry = entries[index] as Entry;
        items.push(...stepsIn(entry, query));
        lookedAt += entry.size;
        index += 1;
      }
      return { items, next: cursorOf(index), hasMore: index < entries.length, missed, since };
    },
    forget(key) {
      for (const entry of entries.slice(head)) {
        const rest = entry.events.filter((event) => !isAbout(parsed(event), key));
        if (rest.length === entry.events.length) continue;
        // It stays, so that no cursor moves, without the words, which may quote what was of the person.
        const { message: _, ...facts } = entry.facts();
        entry.facts = () => facts;
        entry.events = rest;
        bytes += bytesOf(rest) - entry.bytes;
        entry.bytes = bytesOf(rest);
      }
    },
  };
}

const jsonOrMark = (event: EventJson | HubSpotEvent) =>
  typeof event === 'string' ? event : markOf(event);

function bytesOf(events: Entry['events']): number {
  let bytes = ENTRY_BYTES;
  for (const event of events) bytes += typeof event === 'string' ? event.length : MARK_BYTES;
  return bytes;
}

type Wanted = Pick<TailQuery, 'uuids' | 'eventName' | 'outcome'>;

function stepsIn(entry: Entry, { uuids, eventName, outcome }: Wanted): EventStep[] {
  const { events, isCount } = entry;
  if (outcome !== undefined && outcome !== entry.outcome) return [];
  if (isCount) return uuids || eventName !== undefined ? [] : [entry.facts()];
  if (uuids && !uuids.some((uuid) => has(events, uuid))) return [];
  const shared = entry.facts();
  return events.flatMap((event): EventStep[] => {
    if (uuids && !isOf(event, uuids)) return [];
    if (eventName !== undefined && !names(event, eventName)) return [];
    const { uuid, eventName: name } = parsed(event);
    return eventName === undefined || eventName === name
      ? [{ ...shared, uuid, eventName: name }]
      : [];
  });
}

/** Cheap, as is `names`: to parse every event of the log for one of them would hold up the relay. */
function has(events: Entry['events'], uuid: string): boolean {
  return events.some((event) =>
    typeof event === 'string' ? event.includes(uuid) : event.uuid === uuid,
  );
}

function names(event: EventJson | EventMark, eventName: string): boolean {
  return typeof event === 'string' ? event.includes(eventName) : event.eventName === eventName;
}

function isOf(event: EventJson | EventMark, uuids: readonly string[]): boolean {
  return uuids.some((uuid) => has([event], uuid)) && uuids.includes(parsed(event).uuid);
}

const parsed = (event: EventJson | EventMark) =>
  typeof event === 'string' ? (JSON.parse(event) as HubSpotEvent) : event;
