import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HubSpotEvent } from '../src/hubspot/event.ts';
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
import type { OpenOutbox } from './outbox-contract.ts';

const UUIDS = Array.from({ length: 12 }, (_, i) => `10000000-0000-4000-8000-0000000000${10 + i}`);
const UTKS = ['1'.repeat(32), '2'.repeat(32)];
const EMAILS = ['a@example.com', 'b@example.com'];

/** Small, so that random histories meet every limit. */
const limits = {
  maxEvents: 9,
  maxBytes: 2600,
  maxRejected: 2,
  horizonMs: 1000,
  retentionMs: 2000,
  dedupeWindowMs: 1500,
} satisfies OutboxLimits;

interface Pending {
  readonly event: HubSpotEvent;
  enqueuedAt: number;
  dueAt: number;
  attempts: number;
  suspicion: number;
  mayHaveArrived: boolean;
  error: object | undefined;
  lease: { token: string; until: number } | undefined;
}

/** What an outbox must be like, in plain maps. */
class Model {
  now = 1_000_000;
  readonly pending = new Map<string, Pending>();
  readonly dead = new Map<string, DeadLetter>();
  /** Uuid to time of delivery, which never goes back though the clock does. */
  readonly delivered = new Map<string, number>();
  lastDeliveredAt = 0;
  /** Every claim ever handed out, stale ones too. */
  readonly claims: Claim[] = [];
  accepted = 0;
  deliveredTotal = 0;
  removed = 0;
  pausedAt: number | undefined;

  knows = (uuid: string) =>
    this.pending.has(uuid) || this.dead.has(uuid) || this.delivered.has(uuid);

  fits(events: readonly HubSpotEvent[]): boolean {
    const stored = [...this.pending.values(), ...this.dead.values()].map(({ event }) => event);
    const all = [...stored, ...events];
    const bytes = all.reduce((sum, event) => sum + bytesOf(event), 0);
    return all.length <= limits.maxEvents && bytes <= limits.maxBytes;
  }

  add(event: HubSpotEvent): void {
    const { now } = this;
    this.pending.set(event.uuid, {
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

  bury(entry: Pending, reason: DeadReason, error: object, attempts = entry.attempts): void {
    this.pending.delete(entry.event.uuid);
    this.dead.set(entry.event.uuid, {
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
    const entries = claims.map(({ event, token }) => {
      const entry = this.pending.get(event.uuid);
      return entry?.lease?.token === token ? entry : undefined;
    });
    return [...new Set(entries)].filter((entry) => entry !== undefined);
  }

  found(filter: DeadFilter): DeadLetter[] {
    return [...this.dead.values()].filter(
      ({ event, reason, lastAt }) =>
        (filter.uuids?.includes(event.uuid) ?? true) &&
        (filter.reason ?? reason) === reason &&
        (filter.eventName ?? event.eventName) === event.eventName &&
        lastAt >= (filter.after ?? lastAt) &&
        lastAt < (filter.before ?? Number.POSITIVE_INFINITY),
    );
  }

  claimableAt = (entry: Pending) => Math.max(entry.dueAt, entry.lease?.until ?? 0);

  due(from: ClaimFrom): Pending[] {
    if (this.pausedAt !== undefined) return [];
    return [...this.pending.values()].filter(
      (entry) =>
        entry.suspicion > 0 === (from === 'suspects') && this.claimableAt(entry) <= this.now,
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
      ...(entries.length > 0 && {
        oldestPendingAt: Math.min(...entries.map((entry) => entry.enqueuedAt)),
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

const eventsOf = fc.uniqueArray(eventOf, { maxLength: 4, selector: ({ uuid }) => uuid });
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

const step = <T>(name: string, input: fc.Arbitrary<T>, act: (input: T) => Act) =>
  input.map((value) => new Step(`${name} ${JSON.stringify(value)}`, act(value)));

const enqueue = step('enqueue', eventsOf, (events) => async (model, outbox) => {
  const fresh = events.filter(({ uuid }) => !model.knows(uuid));
  if (fresh.length > 0 && !model.fits(fresh)) {
    await expect(outbox.enqueue(events)).rejects.toThrow(OutboxFullError);
    return;
  }
  const result = await outbox.enqueue(events);
  expect(result).toEqual({ stored: fresh.length, known: events.length - fresh.length });
  for (const event of fresh) model.add(event);
  model.accepted += fresh.length;
});

const claimInput = fc.record({
  from: fc.constantFrom<ClaimFrom>('fresh', 'fresh', 'newest', 'suspects', 'suspects'),
  maxEvents: fc.integer({ min: 1, max: 4 }),
  maxBytes: fc.constantFrom(300, 700, 10_000),
  leaseMs: fc.constantFrom(50, 400),
});

const claim = step('claim', claimInput, (request) => async (model, outbox) => {
  const due = model.due(request.from);
  const claims = await outbox.claim(request);
  const taken = claims.map(({ event }) => due.find((entry) => entry.event.uuid === event.uuid));
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
  const dueAts = taken.map((entry) => entry?.dueAt ?? 0);
  for (const { dueAt } of left) {
    if (request.from === 'newest') expect(dueAt).toBeLessThanOrEqual(Math.min(...dueAts));
    else expect(dueAt).toBeGreaterThanOrEqual(Math.max(...dueAts, 0));
  }
  const mayStop = left.some((entry) => bytes + bytesOf(entry.event) > request.maxBytes);
  if (left.length > 0 && !mayStop) expect(claims).toHaveLength(request.maxEvents);
  model.claims.push(...claims);
});

const ack = step('ack', picks, (indexes) => async (model, outbox) => {
  const claims = pick(model, indexes);
  await outbox.ack(claims);
  for (const { event } of model.held(claims)) {
    model.pending.delete(event.uuid);
    model.lastDeliveredAt = Math.max(model.lastDeliveredAt, model.now);
    model.delivered.set(event.uuid, model.lastDeliveredAt);
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
    { requiredKeys: ['delayMs', 'countAttempt', 'error'] },
  ),
);

const retry = step('retry', retryInput, ([indexes, request]) => {
  return async (model, outbox) => {
    const claims = pick(model, indexes);
    const dueAt = model.now + request.delayMs;
    await outbox.retry(claims, request);
    for (const entry of model.held(claims)) {
      Object.assign(entry, { dueAt, error: request.error, lease: undefined });
      if (request.countAttempt) entry.attempts += 1;
      if (request.mayHaveArrived) entry.mayHaveArrived = true;
      if (request.suspect === 'together') entry.suspicion = Math.max(entry.suspicion, 1);
      if (request.suspect === 'alone') entry.suspicion = Math.max(entry.suspicion + 1, 2);
    }
  };
});

const bury = step('bury', fc.tuple(picks, errorOf), ([indexes, error]) => {
  return async (model, outbox) => {
    const claims = pick(model, indexes);
    await outbox.bury(claims, 'refused_by_hubspot', error);
    for (const entry of model.held(claims)) {
      model.bury(entry, 'refused_by_hubspot', error, entry.attempts + 1);
    }
  };
});

const buryRejected = step('buryRejected', eventOf, (event) => async (model, outbox) => {
  const room = limits.maxRejected - model.found({ reason: 'rejected_by_policy' }).length;
  const takes = room > 0 && !model.knows(event.uuid) && model.fits([event]);
  expect(await outbox.buryRejected([{ event, message: 'unknown event' }])).toBe(takes ? 1 : 0);
  if (!takes) return;
  model.add(event);
  const entry = model.pending.get(event.uuid) as Pending;
  model.bury(entry, 'rejected_by_policy', { message: 'unknown event' });
  model.accepted += 1;
});

const replay = step('replay', filterOf, (filter) => async (model, outbox) => {
  const found = model.found(filter);
  expect(await outbox.replay(filter)).toBe(found.length);
  for (const { event, attempts } of found) {
    model.dead.delete(event.uuid);
    model.add(event);
    (model.pending.get(event.uuid) as Pending).mayHaveArrived = attempts > 0;
  }
});

const purge = step('purge', filterOf, (filter) => async (model, outbox) => {
  const found = model.found(filter);
  expect(await outbox.purge(filter)).toBe(found.length);
  for (const { event } of found) model.dead.delete(event.uuid);
  model.removed += found.length;
});

const keyOf = fc.oneof(
  fc.record({ field: fc.constant('utk' as const), value: fc.constantFrom(...UTKS) }),
  fc.record({ field: fc.constant('email' as const), value: fc.constantFrom(...EMAILS) }),
);

const forget = step('forget', keyOf, ({ field, value }) => async (model, outbox) => {
  const before = model.pending.size + model.dead.size;
  for (const store of [model.pending, model.dead]) {
    for (const { event } of [...store.values()])
      if (event[field] === value) store.delete(event.uuid);
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
  expect(await outbox.sweep()).toEqual({ expired: expired.length, purged: old.length });
  const message = 'Not delivered within the horizon.';
  for (const entry of expired) model.bury(entry, 'expired', entry.error ?? { message });
  for (const { event } of old) model.dead.delete(event.uuid);
  model.removed += old.length;
  for (const [uuid, at] of model.delivered) {
    if (at + limits.dedupeWindowMs <= now) model.delivered.delete(uuid);
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
  const byUuid = (a: DeadLetter, b: DeadLetter) => (a.event.uuid < b.event.uuid ? -1 : 1);
  expect(items.map(({ lastAt }) => lastAt)).toEqual(
    items.map(({ lastAt }) => lastAt).toSorted((a, b) => b - a),
  );
  expect(items.toSorted(byUuid)).toEqual(model.found(filter).toSorted(byUuid));
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
  // Mostly open: a pause leaves claims little to do.
  [pause, resume, resume],
].flat();

/** Plays random histories against the outbox and a plain model of it. */
export function modelTest(open: OpenOutbox, numRuns: number): void {
  test('behaves like a plain model of it in random histories', { timeout: 120_000 }, async () => {
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
