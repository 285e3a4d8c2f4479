import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import type { Evidence } from '../../src/hubspot/outcome.ts';
import { isAbout } from '../../src/outbox/erasure.ts';
import {
  foreignKey,
  outboxKey,
  type SenderKind,
  withServerUuid,
} from '../../src/outbox/event-key.ts';
import { deadLimitsFor, type OutboxLimits, resolveLimits } from '../../src/outbox/limits.ts';
import {
  type Claim,
  type ClaimFrom,
  type DeadFilter,
  type DeadLetter,
  type DeadReason,
  type DroppedReason,
  type Outbox,
  OutboxFullError,
  OutboxUnavailableError,
  type Suspect,
} from '../../src/outbox/outbox.ts';
import type { PendingFilter } from '../../src/outbox/pending-event.ts';

const UNTRIED = { attempts: 0, suspicion: 0, mayHaveArrived: false };

interface Keyed {
  readonly key: string;
  readonly event: HubSpotEvent;
  /** A page's event whose key is a server's. */
  readonly isForeign?: boolean;
}

interface Pending extends Keyed {
  readonly enqueuedAt: number;
  readonly dueAt: number;
  readonly attempts: number;
  readonly suspicion: number;
  readonly mayHaveArrived: boolean;
  readonly error?: Evidence;
  readonly lease?: { readonly token: string; readonly until: number };
}

/** The outbox contract in plain maps: quick, and gone with the process. For tests only. */
export function createMemoryOutbox(
  options: OutboxLimits & { readonly clock: () => number },
): Outbox {
  const { clock } = options;
  const limits = resolveLimits(options);
  const pending = new Map<string, Pending>();
  const dead = new Map<string, DeadLetter & Keyed>();
  const delivered = new Map<string, number>();
  /** Dead letters that HubSpot may have. */
  const arrivedPerhaps = new Set<string>();
  /** `bytes`: of pending events. */
  const total = { accepted: 0, delivered: 0, removed: 0, bytes: 0, deadBytes: 0, tokens: 0 };
  const dropped = { refused_by_hubspot: 0, expired: 0 };
  let pausedAt: number | undefined;
  let isClosed = false;

  const knows = (key: string) => pending.has(key) || dead.has(key) || delivered.has(key);
  const claimableAt = ({ dueAt, lease }: Pending) => Math.max(dueAt, lease?.until ?? 0);

  /** A server's event whose key a page has used goes on under another uuid. A page's whose key a server has used is known. */
  function keyed(event: HubSpotEvent, sender: SenderKind): Keyed {
    const key = outboxKey(event, sender);
    const foreign = foreignKey(key, sender);
    if (knows(key) || !knows(foreign)) return { key, event };
    if (sender === 'page') return { key: foreign, event, isForeign: true };
    const renamed = withServerUuid(event);
    return { key: outboxKey(renamed, sender), event: renamed };
  }

  /** What was refused makes room for another event with its key. */
  function isSuperseded({ key, event, isForeign }: Keyed): boolean {
    if (isForeign) return false;
    const letter = dead.get(key);
    const isSame = JSON.stringify(letter?.event) === JSON.stringify(event);
    return (
      letter?.reason === 'rejected_by_policy' ||
      (letter?.reason === 'refused_by_hubspot' && !isSame)
    );
  }

  function newOnes(items: readonly Keyed[]): Keyed[] {
    const unknown = items.filter((item) => !knows(item.key) || isSuperseded(item));
    return [...new Map(unknown.toReversed().map((item) => [item.key, item])).values()].toReversed();
  }

  function fits(events: readonly HubSpotEvent[]): boolean {
    const bytes = events.reduce((sum, event) => sum + bytesOf(event), total.bytes);
    return pending.size + events.length <= limits.maxEvents && bytes <= limits.maxBytes;
  }

  function add({ key, event }: Keyed, mayHaveArrived = false): void {
    const now = clock();
    pending.set(key, { key, event, enqueuedAt: now, dueAt: now, ...UNTRIED, mayHaveArrived });
    total.bytes += bytesOf(event);
  }

  function held(claims: readonly Claim[]): Pending[] {
    const entries = claims.map(({ token }) => {
      const entry = pending.get(token.slice(token.indexOf('.') + 1));
      return entry?.lease?.token === token ? entry : undefined;
    });
    return [...new Set(entries)].filter((entry) => entry !== undefined);
  }

  function kill(entry: Pending, reason: DeadReason, error: Evidence) {
    const { key, event, enqueuedAt, attempts, mayHaveArrived, lease } = entry;
    if (pending.delete(key)) total.bytes -= bytesOf(event);
    total.deadBytes += bytesOf(event);
    if (attempts > 0 || mayHaveArrived || lease) arrivedPerhaps.add(key);
    else arrivedPerhaps.delete(key);
    const letter = { key, event, reason, error, attempts, firstAt: enqueuedAt, lastAt: clock() };
    dead.delete(key);
    dead.set(key, letter);
  }

  function hasRoomForDead(event: HubSpotEvent, reason: DeadReason): boolean {
    const { maxDead, maxDeadBytes } = deadLimitsFor(reason, limits);
    return dead.size < maxDead && total.deadBytes + bytesOf(event) <= maxDeadBytes;
  }

  function killOrDrop(entry: Pending, reason: DroppedReason, error: Evidence): void {
    if (hasRoomForDead(entry.event, reason)) {
      kill(entry, reason, error);
      return;
    }
    remove(pending, [entry]);
    dropped[reason] += 1;
  }

  function remove(store: Map<string, unknown>, items: readonly Keyed[]): number {
    for (const { key, event } of items) {
      store.delete(key);
      total[store === dead ? 'deadBytes' : 'bytes'] -= bytesOf(event);
    }
    total.removed += items.length;
    return items.length;
  }

  function unclaimed(filter: PendingFilter): Pending[] {
    const now = clock();
    return [...pending.values()].filter(
      (entry) => (entry.lease?.until ?? 0) <= now && matchesPending(entry, filter),
    );
  }

  function found(filter: DeadFilter): (DeadLetter & Keyed)[] {
    return [...dead.values()].filter((letter) => matches(letter, filter));
  }

  const outbox: Outbox = {
    async enqueue(events, sender = 'page') {
      const fresh = newOnes(events.map((event) => keyed(event, sender)));
      const superseded = fresh.flatMap(({ key }) => dead.get(key) ?? []);
      if (fresh.length > 0 && !fits(fresh.map(({ event }) => event))) {
        throw new OutboxFullError('The outbox is full.');
      }
      remove(dead, superseded);
      for (const item of fresh) add(item);
      total.accepted += fresh.length;
      return { stored: fresh.length, known: events.length - fresh.length };
    },

    async claim({ from = 'fresh', maxEvents, maxBytes, leaseMs }) {
      if (pausedAt !== undefined) return [];
      const now = clock();
      const longestDueFirst = [...pending.values()]
        .filter(({ suspicion }) => isOfKind(suspicion, from))
        .filter((entry) => claimableAt(entry) <= now)
        .toSorted((a, b) => a.dueAt - b.dueAt);
      const due = from.startsWith('new')
        ? longestDueFirst.toReversed().toSorted((a, b) => a.suspicion - b.suspicion)
        : longestDueFirst;
      const claims: Claim[] = [];
      let bytes = 0;
      for (const entry of due.slice(0, maxEvents)) {
        bytes += bytesOf(entry.event);
        if (claims.length > 0 && bytes > maxBytes) break;
        const token = `${++total.tokens}.${entry.key}`;
        const mayHaveArrived = entry.mayHaveArrived || entry.lease !== undefined;
        const lease = { token, until: now + leaseMs };
        pending.set(entry.key, { ...entry, mayHaveArrived, lease });
        const { event, attempts, suspicion, enqueuedAt } = entry;
        const json = JSON.stringify(event);
        claims.push({ event, json, token, attempts, suspicion, mayHaveArrived, enqueuedAt });
      }
      return claims;
    },

    async ack(claims) {
      for (const { key, event } of held(claims)) {
        pending.delete(key);
        delivered.set(key, clock());
        total.delivered += 1;
        total.bytes -= bytesOf(event);
      }
    },

    async retry(claims, { delayMs, countAttempt, suspect, mayHaveArrived = false, error }) {
      const dueAt = clock() + delayMs;
      for (const { lease: _, ...entry } of held(claims)) {
        pending.set(entry.key, {
          ...entry,
          dueAt,
          ...(error !== undefined && { error }),
          attempts: entry.attempts + (countAttempt ? 1 : 0),
          suspicion: suspicionAfter(entry.suspicion, suspect),
          mayHaveArrived: entry.mayHaveArrived || mayHaveArrived,
        });
      }
    },

    async bury(claims, reason, error) {
      const before = dropped[reason];
      for (const entry of held(claims)) {
        killOrDrop({ ...entry, attempts: entry.attempts + 1 }, reason, error);
      }
      return dropped[reason] - before;
    },

    async buryRejected(rejected) {
      let stored = 0;
      for (const { event, message } of rejected) {
        const isCapped = found({ reason: 'rejected_by_policy' }).length >= limits.maxRejected;
        const { key } = keyed(event, 'page');
        if (isCapped || knows(key) || !hasRoomForDead(event, 'rejected_by_policy')) continue;
        const now = clock();
        const entry = { key, event, enqueuedAt: now, dueAt: now, ...UNTRIED };
        kill(entry, 'rejected_by_policy', { message });
        total.accepted += 1;
        stored += 1;
      }
      return stored;
    },

    async pause() {
      pausedAt ??= clock();
    },

    async resume() {
      pausedAt = undefined;
      const now = clock();
      for (const entry of pending.values()) {
        if (entry.dueAt > now) pending.set(entry.key, { ...entry, dueAt: now });
      }
    },

    async stats() {
      const now = clock();
      const entries = [...pending.values()];
      const suspects = entries.filter(({ suspicion }) => suspicion > 0);
      return {
        pending: entries.length,
        claimed: entries.filter(({ lease }) => lease !== undefined && lease.until > now).length,
        dead: dead.size,
        accepted: total.accepted,
        delivered: total.delivered,
        removed: total.removed,
        dropped: { ...dropped },
        ...(entries.length > 0 && {
          oldestPendingAt: lowest(entries.map(({ enqueuedAt }) => enqueuedAt)),
          ...(pausedAt === undefined && { nextDueAt: lowest(entries.map(claimableAt)) }),
        }),
        ...(suspects.length < entries.length && {
          freshDueAt: lowest(
            entries.filter(({ suspicion }) => suspicion === 0).map(({ dueAt }) => dueAt),
          ),
        }),
        ...(suspects.length > 0 &&
          pausedAt === undefined && { nextSuspectDueAt: lowest(suspects.map(claimableAt)) }),
        ...(pausedAt !== undefined && { pausedAt }),
      };
    },

    async listPending({ limit, cursor, ...filter }) {
      const now = clock();
      const all = [...pending.values()].filter((entry) => matchesPending(entry, filter));
      const start = Number(cursor ?? 0);
      const items = all
        .slice(start, start + limit)
        .map(({ key: _, isForeign: __, lease, error, ...entry }) => ({
          ...entry,
          isClaimed: (lease?.until ?? 0) > now,
          ...(error && { lastError: error }),
        }));
      const end = start + items.length;
      return { items, ...(end < all.length && { next: String(end) }) };
    },

    async buryPending(filter) {
      const entries = unclaimed(filter);
      const fallback = { message: 'Buried by an operator before it was tried.' };
      let buried = 0;
      for (const entry of entries) {
        if (!hasRoomForDead(entry.event, 'buried_by_operator')) break;
        kill(entry, 'buried_by_operator', entry.error ?? fallback);
        buried += 1;
      }
      return buried;
    },

    async purgePending(filter) {
      return remove(pending, unclaimed(filter));
    },

    async listDead({ limit, cursor, ...filter }) {
      const newest = found(filter)
        .toReversed()
        .toSorted((a, b) => b.lastAt - a.lastAt);
      const start = Number(cursor ?? 0);
      const items = newest.slice(start, start + limit).map(({ key: _, ...letter }) => letter);
      const end = start + items.length;
      return { items, ...(end < newest.length && { next: String(end) }) };
    },

    async replay(filter) {
      const letters = found(filter);
      for (const letter of letters) {
        dead.delete(letter.key);
        total.deadBytes -= bytesOf(letter.event);
        add(letter, arrivedPerhaps.has(letter.key));
      }
      return letters.length;
    },

    async purge(filter) {
      return remove(dead, found(filter));
    },

    async forget(key) {
      const theirs = (store: Map<string, Keyed>) =>
        [...store.values()].filter(({ event }) => isAbout(event, key));
      return remove(pending, theirs(pending)) + remove(dead, theirs(dead));
    },

    async sweep() {
      const now = clock();
      const old = [...dead.values()].filter(({ lastAt }) => lastAt + limits.retentionMs <= now);
      const expired = [...pending.values()].filter(
        ({ enqueuedAt, lease }) =>
          enqueuedAt + limits.horizonMs <= now && (lease?.until ?? 0) <= now,
      );
      const purged = remove(dead, old);
      const fallback = { message: 'Not delivered within the horizon.' };
      const before = dropped.expired;
      for (const entry of expired) killOrDrop(entry, 'expired', entry.error ?? fallback);
      const gone = dropped.expired - before;
      for (const [uuid, at] of delivered) {
        if (at + limits.dedupeWindowMs <= now) delivered.delete(uuid);
      }
      return { expired: expired.length - gone, dropped: gone, purged };
    },

    async close() {
      isClosed = true;
    },
  };

  return new Proxy(outbox, {
    get(target, name: keyof Outbox) {
      if (!isClosed || name === 'close') return target[name];
      return async () => {
        throw new OutboxUnavailableError('The outbox is closed.');
      };
    },
  });
}

function isOfKind(suspicion: number, from: ClaimFrom): boolean {
  if (from === 'suspects') return suspicion > 0;
  if (from === 'new_suspects') return suspicion === 1 || suspicion === 2;
  return suspicion === 0;
}

function suspicionAfter(before: number, suspect: Suspect | undefined): number {
  if (suspect === undefined) return before;
  return suspect === 'together' ? Math.max(before, 1) : Math.max(before + 1, 2);
}

function matchesPending(entry: Pending, filter: PendingFilter): boolean {
  const { event, attempts, enqueuedAt, error } = entry;
  const { lastStatus } = filter;
  return (
    (filter.uuids?.includes(event.uuid) ?? true) &&
    (filter.eventName ?? event.eventName) === event.eventName &&
    attempts >= (filter.minAttempts ?? 0) &&
    attempts <= (filter.maxAttempts ?? attempts) &&
    (lastStatus === undefined || (error?.status ?? 'none') === lastStatus) &&
    enqueuedAt >= (filter.after ?? enqueuedAt) &&
    enqueuedAt < (filter.before ?? Number.POSITIVE_INFINITY)
  );
}

function matches({ event, reason, lastAt }: DeadLetter, filter: DeadFilter): boolean {
  return (
    (filter.uuids?.includes(event.uuid) ?? true) &&
    (filter.reason ?? reason) === reason &&
    (filter.eventName ?? event.eventName) === event.eventName &&
    lastAt >= (filter.after ?? lastAt) &&
    lastAt < (filter.before ?? Number.POSITIVE_INFINITY)
  );
}

function bytesOf(event: HubSpotEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

/** `Math.min(...values)` overflows the stack with many values. */
function lowest(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}
