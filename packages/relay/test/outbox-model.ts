import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventKey, type HubSpotEvent } from '../src/hubspot/event.ts';
import type { Evidence } from '../src/hubspot/outcome.ts';
import type { SenderKind } from '../src/outbox/event-key.ts';
import type { OutboxLimits } from '../src/outbox/limits.ts';
import {
  type Claim,
  type ClaimFrom,
  type DeadFilter,
  type DeadLetter,
  type DeadReason,
  type Outbox,
  OutboxFullError,
  type Suspect,
} from '../src/outbox/outbox.ts';
import type { PendingEvent, PendingFilter } from '../src/outbox/pending-event.ts';
import type { OpenOutbox } from './outbox-contract.ts';

const UUIDS = Array.from({ length: 12 }, (_, i) => `10000000-0000-4000-8000-0000000000${10 + i}`);
const UTKS = ['1'.repeat(32), '2'.repeat(32)];
const EMAILS = ['a@example.com', 'b@example.com'];

/** Small, so that random histories meet every limit. */
const limits = {
  maxEvents: 9,
  maxBytes: 2600,
  maxDead: 4,
  maxRejected: 2,
  horizonMs: 1000,
  retentionMs: 2000,
  dedupeWindowMs: 1500,
} satisfies OutboxLimits;

interface Keyed {
  readonly key: string;
  readonly event: HubSpotEvent;
  /** A page's event whose key is a server's. */
  readonly isForeign?: boolean;
}

interface Pending extends Keyed {
  enqueuedAt: number;
  dueAt: number;
  attempts: number;
  suspicion: number;
  mayHaveArrived: boolean;
  error: Evidence | undefined;
  lease: { token: string; until: number } | undefined;
}

const KINDS: Readonly<Record<ClaimFrom, (suspicion: number) => boolean>> = {
  fresh: (suspicion) => suspicion === 0,
  newest: (suspicion) => suspicion === 0,
  suspects: (suspicion) => suspicion > 0,
  new_suspects: (suspicion) => suspicion === 1 || suspicion === 2,
};

/** What an outbox must be like, in plain maps. */
class Model {
  now = 1_000_000;
  readonly pending = new Map<string, Pending>();
  readonly dead = new Map<string, DeadLetter & Keyed>();
  /** Key to time of delivery, which never goes back though the clock does. */
  readonly delivered = new Map<string, number>();
  lastDeliveredAt = 0;
  /** Every claim ever handed out, stale ones too. */
  readonly claims: Claim[] = [];
  accepted = 0;
  deliveredTotal = 0;
  removed = 0;
  readonly dropped = { refused_by_hubspot: 0, expired: 0 };
  pausedAt: number | undefined;

  knows = (key: string) => this.pending.has(key) || this.dead.has(key) || this.delivered.has(key);

  /** What the event is known by, and under which uuid it goes on. */
  keyed(event: HubSpotEvent, sender: SenderKind): Keyed {
    const page = `${event.uuid} ${event.eventName}`;
    const server = `${page} server`;
    if (sender === 'page') {
      const isForeign = this.knows(server) && !this.knows(page);
      return { key: isForeign ? server : page, event, isForeign };
    }
    if (this.knows(server) || !this.knows(page)) return { key: server, event };
    const renamed = { ...event, uuid: event.uuid.replace(/-4(...)-/, '-8$1-') };
    return { key: `${renamed.uuid} ${event.eventName} server`, event: renamed };
  }

  /** A dead letter that an event with its key takes the place of. */
  supersededBy({ key, event, isForeign }: Keyed): Keyed | undefined {
    if (isForeign) return undefined;
    const letter = this.dead.get(key);
    const isOther = JSON.stringify(letter?.event) !== JSON.stringify(event);
    if (letter?.reason === 'rejected_by_policy') return letter;
    return letter?.reason === 'refused_by_hubspot' && isOther ? letter : undefined;
  }

  /** The last quarter is for what expires. */
  roomForDead(reason: DeadReason): number {
    const most = reason === 'expired' ? limits.maxDead : Math.ceil(limits.maxDead * 0.75);
    return Math.max(0, most - this.dead.size);
  }

  fits(events: readonly Keyed[]): boolean {
    const all = [...this.pending.values(), ...events];
    const bytes = all.reduce((sum, { event }) => sum + bytesOf(event), 0);
    return all.length <= limits.maxEvents && bytes <= limits.maxBytes;
  }

  add({ key, event }: Keyed): void {
    const { now } = this;
    this.pending.set(key, {
      key,
      event,
      enqueuedAt: now,
      dueAt: now,
      attempts: 0,
      suspicion: 0,
      mayHaveArrived: false,
      error: undefined,
      lease: undefined,
    });
  }

  /** Dead letters that HubSpot may have. */
  readonly arrivedPerhaps = new Set<string>();

  bury(entry: Pending, reason: DeadReason, error: object, attempts = entry.attempts): void {
    this.pending.delete(entry.key);
    if (attempts > 0 || entry.mayHaveArrived || entry.lease) this.arrivedPerhaps.add(entry.key);
    else this.arrivedPerhaps.delete(entry.key);
    this.dead.set(entry.key, {
      key: entry.key,
      event: entry.event,
      reason,
      error,
      attempts,
      firstAt: entry.enqueuedAt,
      lastAt: this.now,
    });
  }

  /** The events that these claims still stand for. */
  held(claims: readonly Claim[]): Pending[] {
    const byToken = new Map([...this.pending.values()].map((entry) => [entry.lease?.token, entry]));
    const entries = claims.map(({ token }) => byToken.get(token));
    return [...new Set(entries)].filter((entry) => entry !== undefined);
  }

  found(filter: DeadFilter): (DeadLetter & Keyed)[] {
    return [...this.dead.values()].filter(
      ({ event, reason, lastAt }) =>
        (filter.uuids?.includes(event.uuid) ?? true) &&
        (filter.reason ?? reason) === reason &&
        (filter.eventName ?? event.eventName) === event.eventName &&
        lastAt >= (filter.after ?? lastAt) &&
        lastAt < (filter.before ?? Number.POSITIVE_INFINITY),
    );
  }

  foundPending({ lastStatus, ...filter }: PendingFilter): Pending[] {
    return [...this.pending.values()].filter(
      ({ event, attempts, enqueuedAt, error }) =>
        (filter.uuids?.includes(event.uuid) ?? true) &&
        (filter.eventName ?? event.eventName) === event.eventName &&
        attempts >= (filter.minAttempts ?? 0) &&
        attempts <= (filter.maxAttempts ?? attempts) &&
        (lastStatus === undefined || lastStatus === (error?.status ?? 'none')) &&
        enqueuedAt >= (filter.after ?? enqueuedAt) &&
        enqueuedAt < (filter.before ?? Number.POSITIVE_INFINITY),
    );
  }

  unclaimed = (filter: PendingFilter) =>
    this.foundPending(filter).filter(({ lease }) => (lease?.until ?? 0) <= this.now);

  claimableAt = (entry: Pending) => Math.max(entry.dueAt, entry.lease?.until ?? 0);

  due(from: ClaimFrom): Pending[] {
    if (this.pausedAt !== undefined) return [];
    return [...this.pending.values()].filter(
      (entry) => KINDS[from](entry.suspicion) && this.claimableAt(entry) <= this.now,
    );
  }

  stats() {
    const entries = [...this.pending.values()];
    const suspects = entries.filter(({ suspicion }) => suspicion > 0);
    return {
      pending: entries.length,
      claimed: entries.filter((entry) => entry.lease && entry.lease.until > this.now).length,
      dead: this.dead.size,
      accepted: this.accepted,
      delivered: this.deliveredTotal,
      removed: this.removed,
      dropped: { ...this.dropped },
      ...(entries.length > 0 && {
        oldestPendingAt: Math.min(...entries.map((entry) => entry.enqueuedAt)),
      }),
      ...(suspects.length < entries.length && {
        freshDueAt: Math.min(
          ...entries.filter(({ suspicion }) => suspicion === 0).map(({ dueAt }) => dueAt),
        ),
      }),
      ...(this.pausedAt !== undefined && { pausedAt: this.pausedAt }),
      ...(this.pausedAt === undefined &&
        entries.length > 0 && { nextDueAt: Math.min(...entries.map(this.claimableAt)) }),
      ...(this.pausedAt === undefined &&
        suspects.length > 0 && { nextSuspectDueAt: Math.min(...suspects.map(this.claimableAt)) }),
    };
  }
}

interface Real {
  readonly outbox: Outbox;
  readonly setNow: (now: number) => void;
}

type Act = (model: Model, outbox: Outbox) => Promise<void>;

/** A step of a random history. Afterwards the outbox must look like the model from outside. */
class Step implements fc.AsyncCommand<Model, Real> {
  readonly text: string;
  readonly act: Act;

  constructor(text: string, act: Act) {
    this.text = text;
    this.act = act;
  }

  check = () => true;

  async run(model: Model, { outbox, setNow }: Real): Promise<void> {
    setNow(model.now);
    await this.act(model, outbox);
    setNow(model.now);
    const atEarliestNow = (stats: object) =>
      Object.fromEntries(
        Object.entries(stats).map(([name, value]) => [
          name,
          name.startsWith('next') ? Math.max(value, model.now) : value,
        ]),
      );
    expect(atEarliestNow(await outbox.stats())).toEqual(atEarliestNow(model.stats()));
  }

  toString = () => this.text;
}

const bytesOf = (event: HubSpotEvent) => new TextEncoder().encode(JSON.stringify(event)).byteLength;

const eventOf = fc
  .record({
    uuid: fc.constantFrom(...UUIDS),
    eventName: fc.constantFrom('pe1_signup', 'pe1_order'),
    utk: fc.constantFrom(...UTKS),
    properties: fc.constantFrom({}, { text: 'y'.repeat(300) }),
    contact: fc.constantFrom({}, ...EMAILS.map((email) => ({ email }))),
  })
  .map(
    ({ contact, ...fields }): HubSpotEvent => ({
      ...fields,
      ...contact,
      occurredAt: '2026-01-01T00:00:00.000Z',
    }),
  );

const eventsOf = fc.uniqueArray(eventOf, { maxLength: 4, selector: eventKey });
const errorOf = fc.constantFrom({}, { status: 500, message: 'oops' });
const picks = fc.array(fc.nat(), { maxLength: 4 });
const pick = (model: Model, indexes: readonly number[]) =>
  indexes.flatMap((index) => model.claims[index % model.claims.length] ?? []);

const filterOf: fc.Arbitrary<DeadFilter> = fc.record(
  {
    uuids: fc.array(fc.constantFrom(...UUIDS), { maxLength: 4 }),
    reason: fc.constantFrom<DeadReason>('expired', 'refused_by_hubspot', 'rejected_by_policy'),
    eventName: fc.constantFrom('pe1_signup', 'pe1_order'),
    after: fc.integer({ min: 1_000_000, max: 1_004_000 }),
    before: fc.integer({ min: 1_000_000, max: 1_004_000 }),
  },
  { requiredKeys: [] },
);

const pendingFilterOf: fc.Arbitrary<PendingFilter> = fc.record(
  {
    uuids: fc.array(fc.constantFrom(...UUIDS), { maxLength: 4 }),
    eventName: fc.constantFrom('pe1_signup', 'pe1_order'),
    minAttempts: fc.nat(2),
    maxAttempts: fc.nat(2),
    lastStatus: fc.constantFrom(500, 'none' as const),
    after: fc.integer({ min: 1_000_000, max: 1_004_000 }),
    before: fc.integer({ min: 1_000_000, max: 1_004_000 }),
  },
  { requiredKeys: [] },
);

const step = <T>(name: string, input: fc.Arbitrary<T>, act: (input: T) => Act) =>
  input.map((value) => new Step(`${name} ${JSON.stringify(value)}`, act(value)));

const callOf = fc.tuple(eventsOf, fc.constantFrom<SenderKind>('page', 'page', 'server'));

const enqueue = step('enqueue', callOf, ([events, sender]) => async (model, outbox) => {
  const items = events.map((event) => model.keyed(event, sender));
  const fresh = items.filter((item) => !model.knows(item.key) || model.supersededBy(item));
  const superseded = fresh.flatMap((item) => model.supersededBy(item) ?? []);
  if (fresh.length > 0 && !model.fits(fresh)) {
    await expect(outbox.enqueue(events, sender)).rejects.toThrow(OutboxFullError);
    return;
  }
  const result = await outbox.enqueue(events, sender);
  expect(result).toEqual({ stored: fresh.length, known: events.length - fresh.length });
  for (const { key } of superseded) model.dead.delete(key);
  for (const item of fresh) model.add(item);
  model.accepted += fresh.length;
  model.removed += superseded.length;
});

const claimInput = fc.record({
  from: fc.constantFrom<ClaimFrom>('fresh', 'fresh', 'newest', 'suspects', 'new_suspects'),
  maxEvents: fc.integer({ min: 1, max: 4 }),
  maxBytes: fc.constantFrom(300, 700, 10_000),
  leaseMs: fc.constantFrom(50, 400),
});

const claim = step('claim', claimInput, (request) => async (model, outbox) => {
  const due = model.due(request.from);
  const claims = await outbox.claim(request);
  // A page and a server may have an event with the same key each.
  const isSame = (a: HubSpotEvent, b: HubSpotEvent) => JSON.stringify(a) === JSON.stringify(b);
  const taken: (Pending | undefined)[] = [];
  for (const { event, enqueuedAt, attempts } of claims) {
    taken.push(
      due.find(
        (entry) =>
          !taken.includes(entry) &&
          isSame(entry.event, event) &&
          entry.enqueuedAt === enqueuedAt &&
          entry.attempts === attempts,
      ),
    );
  }
  const bytes = claims.reduce((sum, { event }) => sum + bytesOf(event), 0);
  expect(claims.length > 0).toBe(due.length > 0);
  expect(claims.length).toBeLessThanOrEqual(request.maxEvents);
  if (claims.length > 1) expect(bytes).toBeLessThanOrEqual(request.maxBytes);
  for (const [index, entry] of taken.entries()) {
    const { token, json: _, ...claimed } = { ...(claims[index] as Claim) };
    if (entry?.lease) entry.mayHaveArrived = true;
    const { event, attempts, suspicion, mayHaveArrived, enqueuedAt } = entry as Pending;
    expect({ ...claimed, event: claims[index]?.event }).toEqual({
      event,
      attempts,
      suspicion,
      mayHaveArrived,
      enqueuedAt,
    });
    if (entry) entry.lease = { token, until: model.now + request.leaseMs };
  }
  const left = due.filter((entry) => !taken.includes(entry));
  const rankOf = ({ suspicion, dueAt }: Pending) =>
    request.from === 'new_suspects'
      ? suspicion * 1e9 - dueAt
      : dueAt * (request.from === 'newest' ? -1 : 1);
  const lastTaken = Math.max(...taken.map((entry) => rankOf(entry as Pending)));
  for (const entry of left) expect(rankOf(entry)).toBeGreaterThanOrEqual(lastTaken);
  const mayStop = left.some((entry) => bytes + bytesOf(entry.event) > request.maxBytes);
  if (left.length > 0 && !mayStop) expect(claims).toHaveLength(request.maxEvents);
  model.claims.push(...claims);
});

const ack = step('ack', picks, (indexes) => async (model, outbox) => {
  const claims = pick(model, indexes);
  await outbox.ack(claims);
  for (const { key } of model.held(claims)) {
    model.pending.delete(key);
    model.lastDeliveredAt = Math.max(model.lastDeliveredAt, model.now);
    model.delivered.set(key, model.lastDeliveredAt);
    model.deliveredTotal += 1;
  }
});

const retryInput = fc.tuple(
  picks,
  fc.record(
    {
      delayMs: fc.nat(600),
      countAttempt: fc.boolean(),
      suspect: fc.constantFrom<Suspect>('together', 'alone'),
      mayHaveArrived: fc.boolean(),
      error: errorOf,
    },
    { requiredKeys: ['delayMs', 'countAttempt'] },
  ),
);

const retry = step('retry', retryInput, ([indexes, request]) => {
  return async (model, outbox) => {
    const claims = pick(model, indexes);
    const dueAt = model.now + request.delayMs;
    await outbox.retry(claims, request);
    for (const entry of model.held(claims)) {
      Object.assign(entry, { dueAt, error: request.error ?? entry.error, lease: undefined });
      if (request.countAttempt) entry.attempts += 1;
      if (request.mayHaveArrived) entry.mayHaveArrived = true;
      if (request.suspect === 'together') entry.suspicion = Math.max(entry.suspicion, 1);
      if (request.suspect === 'alone') entry.suspicion = Math.max(entry.suspicion + 1, 2);
    }
  };
});

const nameOf = ({ event }: { readonly event: HubSpotEvent }) => `${event.uuid} ${event.eventName}`;

const namesOfDead = async (outbox: Outbox) =>
  new Set((await outbox.listDead({ limit: 100 })).items.map(nameOf));

/** What the outbox did with these entries: which of them it had no room for is its own choice. @returns how many */
async function buryOrDrop(
  model: Model,
  outbox: Outbox,
  entries: readonly Pending[],
  reason: 'refused_by_hubspot' | 'expired',
  errorOf: (entry: Pending) => object,
): Promise<number> {
  const room = model.roomForDead(reason);
  const names = await namesOfDead(outbox);
  const kept =
    entries.length <= room ? entries : entries.filter((entry) => names.has(nameOf(entry)));
  expect(kept).toHaveLength(Math.min(room, entries.length));
  for (const entry of entries) {
    if (kept.includes(entry)) model.bury(entry, reason, errorOf(entry));
    else model.pending.delete(entry.key);
  }
  const dropped = entries.length - kept.length;
  model.removed += dropped;
  model.dropped[reason] += dropped;
  return dropped;
}

const bury = step('bury', fc.tuple(picks, errorOf), ([indexes, error]) => {
  return async (model, outbox) => {
    const claims = pick(model, indexes);
    const dropped = await outbox.bury(claims, 'refused_by_hubspot', error);
    const held = model.held(claims);
    for (const entry of held) entry.attempts += 1;
    expect(await buryOrDrop(model, outbox, held, 'refused_by_hubspot', () => error)).toBe(dropped);
  };
});

const buryRejected = step('buryRejected', eventOf, (event) => async (model, outbox) => {
  const room = limits.maxRejected - model.found({ reason: 'rejected_by_policy' }).length;
  const item = model.keyed(event, 'page');
  const takes = room > 0 && !model.knows(item.key) && model.roomForDead('rejected_by_policy') > 0;
  expect(await outbox.buryRejected([{ event, message: 'unknown event' }])).toBe(takes ? 1 : 0);
  if (!takes) return;
  model.add(item);
  const entry = model.pending.get(item.key) as Pending;
  model.bury(entry, 'rejected_by_policy', { message: 'unknown event' });
  model.accepted += 1;
});

const replay = step('replay', filterOf, (filter) => async (model, outbox) => {
  const found = model.found(filter);
  expect(await outbox.replay(filter)).toBe(found.length);
  for (const item of found) {
    model.dead.delete(item.key);
    model.add(item);
    (model.pending.get(item.key) as Pending).mayHaveArrived = model.arrivedPerhaps.has(item.key);
  }
});

const purge = step('purge', filterOf, (filter) => async (model, outbox) => {
  const found = model.found(filter);
  expect(await outbox.purge(filter)).toBe(found.length);
  for (const { key } of found) model.dead.delete(key);
  model.removed += found.length;
});

const keyOf = fc.oneof(
  fc.record({ field: fc.constant('utk' as const), value: fc.constantFrom(...UTKS) }),
  fc.record({ field: fc.constant('email' as const), value: fc.constantFrom(...EMAILS) }),
);

const forget = step('forget', keyOf, ({ field, value }) => async (model, outbox) => {
  const before = model.pending.size + model.dead.size;
  for (const store of [model.pending, model.dead]) {
    for (const { key, event } of [...store.values()]) if (event[field] === value) store.delete(key);
  }
  const gone = before - model.pending.size - model.dead.size;
  expect(await outbox.forget({ field, value })).toBe(gone);
  model.removed += gone;
});

const sweep = step('sweep', fc.constant(null), () => async (model, outbox) => {
  const { now } = model;
  const expired = [...model.pending.values()].filter(
    (entry) => entry.enqueuedAt + limits.horizonMs <= now && (entry.lease?.until ?? 0) <= now,
  );
  const old = [...model.dead.values()].filter(({ lastAt }) => lastAt + limits.retentionMs <= now);
  const swept = await outbox.sweep();
  const message = 'Not delivered within the horizon.';
  for (const { key } of old) model.dead.delete(key);
  const dropped = await buryOrDrop(
    model,
    outbox,
    expired,
    'expired',
    (entry) => entry.error ?? { message },
  );
  expect(swept).toEqual({ expired: expired.length - dropped, dropped, purged: old.length });
  model.removed += old.length;
  for (const [key, at] of model.delivered) {
    if (at + limits.dedupeWindowMs <= now) model.delivered.delete(key);
  }
});

const listDead = step('listDead', filterOf, (filter) => async (model, outbox) => {
  const items: DeadLetter[] = [];
  let cursor: string | undefined;
  do {
    const page = await outbox.listDead({ ...filter, limit: 2, ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  const byText = (a: DeadLetter, b: DeadLetter) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  expect(items.map(({ lastAt }) => lastAt)).toEqual(
    items.map(({ lastAt }) => lastAt).toSorted((a, b) => b - a),
  );
  const found = model.found(filter).map(({ key: _, ...letter }) => letter);
  expect(items.toSorted(byText)).toEqual(found.toSorted(byText));
});

const listPending = step('listPending', pendingFilterOf, (filter) => async (model, outbox) => {
  const items: PendingEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await outbox.listPending({ ...filter, limit: 2, ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  const expected = model
    .foundPending(filter)
    .map(({ key: _, isForeign: __, lease, error, ...entry }) => ({
      ...entry,
      isClaimed: (lease?.until ?? 0) > model.now,
      ...(error && { lastError: error }),
    }));
  const name = ({ event }: PendingEvent) => `${event.uuid} ${event.eventName}`;
  const byName = (a: PendingEvent, b: PendingEvent) => (name(a) < name(b) ? -1 : 1);
  expect(items.toSorted(byName)).toEqual(expected.toSorted(byName));
});

const buryPending = step('buryPending', pendingFilterOf, (filter) => async (model, outbox) => {
  const found = model.unclaimed(filter);
  const buried = await outbox.buryPending(filter);
  expect(buried).toBe(Math.min(found.length, model.roomForDead('buried_by_operator')));
  const kept = found.length > buried ? await namesOfDead(outbox) : undefined;
  const message = 'Buried by an operator before it was tried.';
  for (const entry of found) {
    if (kept && !kept.has(nameOf(entry))) continue;
    model.bury(entry, 'buried_by_operator', entry.error ?? { message });
  }
});

const purgePending = step('purgePending', pendingFilterOf, (filter) => async (model, outbox) => {
  const found = model.unclaimed(filter);
  expect(await outbox.purgePending(filter)).toBe(found.length);
  for (const { key } of found) model.pending.delete(key);
  model.removed += found.length;
});

const pause = step('pause', fc.constant(null), () => async (model, outbox) => {
  await outbox.pause();
  model.pausedAt ??= model.now;
});

const resume = step('resume', fc.constant(null), () => async (model, outbox) => {
  await outbox.resume();
  model.pausedAt = undefined;
  for (const entry of model.pending.values()) entry.dueAt = Math.min(entry.dueAt, model.now);
});

/** Clocks jump back, too. */
const wait = step('wait', fc.oneof(fc.nat(700), fc.integer({ min: -100, max: 0 })), (ms) => {
  return async (model) => {
    model.now += ms;
  };
});

const steps = [
  [enqueue, claim, wait, enqueue, claim, wait],
  [ack, retry, bury, buryRejected, replay, purge, forget, sweep, listDead],
  [listPending, retry, buryPending, listPending, purgePending],
  // Mostly open: a pause leaves claims little to do.
  [pause, resume, resume],
].flat();

/** Plays random histories against the outbox and a plain model of it. */
export function modelTest(open: OpenOutbox, numRuns: number): void {
  test('behaves like a plain model of it in random histories', { timeout: 300_000 }, async () => {
    // By default most histories would be a few steps long.
    const histories = fc.commands(steps, { maxCommands: 60, size: 'max' });
    const property = fc.asyncProperty(histories, async (commands) => {
      const model = new Model();
      let now = model.now;
      const outbox = await open({ ...limits, clock: () => now });
      const setNow = (time: number) => {
        now = time;
      };
      try {
        await fc.asyncModelRun(() => ({ model, real: { outbox, setNow } }), commands);
      } finally {
        await outbox.close();
      }
    });
    await fc.assert(property, { numRuns });
  });
}
