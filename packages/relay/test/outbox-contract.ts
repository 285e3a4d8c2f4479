import { afterEach, describe, expect, test } from 'vitest';
import type { HubSpotEvent } from '../src/hubspot/event.ts';
import type { OutboxLimits } from '../src/outbox/limits.ts';
import { type Claim, type Outbox, OutboxFullError } from '../src/outbox/outbox.ts';
import { modelTest } from './outbox-model.ts';

export interface OpenOptions extends OutboxLimits {
  readonly clock: () => number;
}

/** Opens a new, empty outbox. */
export type OpenOutbox = (options: OpenOptions) => Promise<Outbox>;

export interface TestOutboxOptions {
  /** How many random histories the model test plays. */
  readonly modelRuns: number;
}

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utkA = 'a'.repeat(32);
const utkB = 'b'.repeat(32);

let counter = 0;

/** An event with a uuid of its own. */
export function sampleEvent(fields: Partial<HubSpotEvent> = {}): HubSpotEvent {
  counter += 1;
  return {
    uuid: `00000000-0000-4000-8000-${counter.toString(16).padStart(12, '0')}`,
    eventName: 'pe1234567_signup',
    properties: { plan: 'pro', note: 'grüße 👋' },
    occurredAt: '2026-01-01T00:00:00.000Z',
    utk: utkA,
    ...fields,
  };
}

export const sampleEvents = (count: number) => Array.from({ length: count }, () => sampleEvent());

const everything = { maxEvents: 500, maxBytes: 1e6, leaseMs: MINUTE };
const uuidsOf = (items: readonly { readonly event: HubSpotEvent }[]) =>
  items.map((item) => item.event.uuid);
const refused = { status: 400, category: 'VALIDATION_ERROR', message: 'no such event' };

/** The contract of an outbox as one suite: every implementation runs it. */
export function testOutbox(name: string, open: OpenOutbox, options: TestOutboxOptions): void {
  describe(`${name} keeps the outbox contract`, () => {
    let now = START;
    const opened: Outbox[] = [];

    async function openAt(limits: OutboxLimits = {}): Promise<Outbox> {
      now = START;
      const outbox = lawful(await open({ ...limits, clock: () => now }));
      opened.push(outbox);
      return outbox;
    }

    async function claimOne(outbox: Outbox): Promise<Claim> {
      const [claim] = await outbox.claim({ ...everything, maxEvents: 1 });
      if (claim === undefined) throw new Error('nothing to claim');
      return claim;
    }

    /** @returns how many had no room */
    async function buryAll(outbox: Outbox): Promise<number> {
      return outbox.bury(await outbox.claim(everything), 'refused_by_hubspot', refused);
    }

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((outbox) => outbox.close()));
    });

    describe('enqueue', () => {
      test('gives back every event exactly as it was stored', async () => {
        const outbox = await openAt();
        const bare = sampleEvent({ properties: {} });
        const { utk: _, ...withoutUtk } = bare;
        const all = [
          sampleEvent({
            properties: { quote: '\'";\\', nul: 'a\u0000b', line: '\u2028', url: '' },
          }),
          { ...withoutUtk, email: 'a@example.com', objectId: '51' },
        ];
        expect(await outbox.enqueue(all)).toEqual({ stored: 2, known: 0 });
        const claims = await outbox.claim(everything);
        expect(claims.map((claim) => claim.event)).toEqual(expect.arrayContaining(all));
        expect(claims.map(({ attempts, enqueuedAt }) => [attempts, enqueuedAt])).toEqual([
          [0, START],
          [0, START],
        ]);
      });

      test('knows a pending event, whatever else a resend says', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        await outbox.enqueue([event]);
        const changed = { ...event, properties: { plan: 'free' } };
        expect(await outbox.enqueue([changed, sampleEvent()])).toEqual({ stored: 1, known: 1 });
        const claims = await outbox.claim(everything);
        expect(claims.find((claim) => claim.event.uuid === event.uuid)?.event).toEqual(event);
      });

      test('knows an event that stands twice in one call', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        expect(await outbox.enqueue([event, event])).toEqual({ stored: 1, known: 1 });
      });

      test('knows a claimed event', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        await outbox.enqueue([event]);
        await outbox.claim(everything);
        expect(await outbox.enqueue([event])).toEqual({ stored: 0, known: 1 });
        expect(await outbox.claim(everything)).toEqual([]);
      });

      test('knows a delivered event until a sweep after its window', async () => {
        const outbox = await openAt({ dedupeWindowMs: HOUR });
        const event = sampleEvent();
        await outbox.enqueue([event]);
        await outbox.ack(await outbox.claim(everything));
        now += HOUR - 1;
        await outbox.sweep();
        expect(await outbox.enqueue([event])).toEqual({ stored: 0, known: 1 });
        now += 1;
        await outbox.sweep();
        expect(await outbox.enqueue([event])).toEqual({ stored: 1, known: 0 });
      });

      test('knows a dead event', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        await outbox.enqueue([event]);
        await buryAll(outbox);
        expect(await outbox.enqueue([event])).toEqual({ stored: 0, known: 1 });
        expect(await outbox.stats()).toMatchObject({ pending: 0, dead: 1 });
      });

      test('takes a corrected event in the place of one that HubSpot refused', async () => {
        const outbox = await openAt({ maxEvents: 1 });
        const wrong = sampleEvent();
        await outbox.enqueue([wrong]);
        await buryAll(outbox);
        const right = { ...wrong, properties: { plan: 'free' } };
        expect(await outbox.enqueue([right, right])).toEqual({ stored: 1, known: 1 });
        expect(await outbox.enqueue([right])).toEqual({ stored: 0, known: 1 });
        const claims = await outbox.claim(everything);
        expect(claims.map(({ event, attempts }) => [event, attempts])).toEqual([[right, 0]]);
        expect(await outbox.stats()).toMatchObject({
          accepted: 2,
          pending: 1,
          dead: 0,
          removed: 1,
        });
      });

      test('takes a correction of an event that still waits for a resend, as HubSpot would; once the first is gone, it is taken', async () => {
        const outbox = await openAt();
        const wrong = sampleEvent();
        const right = { ...wrong, properties: { plan: 'free' } };
        await outbox.enqueue([wrong]);
        expect(await outbox.enqueue([right])).toEqual({ stored: 0, known: 1 });
        expect(await outbox.listPending({ limit: 2 })).toMatchObject({ items: [{ event: wrong }] });
        await outbox.purgePending({ uuids: [wrong.uuid] });
        expect(await outbox.enqueue([right])).toEqual({ stored: 1, known: 0 });
        expect(await outbox.claim(everything)).toMatchObject([{ event: right }]);
      });

      test('takes any event in the place of one that the policy refused', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        await outbox.buryRejected([{ event, message: 'not defined' }]);
        expect(await outbox.enqueue([event])).toEqual({ stored: 1, known: 0 });
        expect(await outbox.stats()).toMatchObject({ pending: 1, dead: 0 });
      });

      test('leaves an event that expired as it is: HubSpot may have it', async () => {
        const outbox = await openAt({ horizonMs: HOUR });
        const event = sampleEvent();
        await outbox.enqueue([event]);
        now += HOUR;
        await outbox.sweep();
        const changed = { ...event, properties: {} };
        expect(await outbox.enqueue([changed])).toEqual({ stored: 0, known: 1 });
      });

      test('tells two events with the same uuid and different names apart', async () => {
        const outbox = await openAt();
        const signup = sampleEvent();
        const order = { ...signup, eventName: 'pe1234567_order' };
        expect(await outbox.enqueue([signup, order])).toEqual({ stored: 2, known: 0 });
        expect(await outbox.enqueue([order, signup])).toEqual({ stored: 0, known: 2 });
        await outbox.ack(await outbox.claim(everything));
        expect(await outbox.enqueue([order, signup])).toEqual({ stored: 0, known: 2 });
        expect(await outbox.stats()).toMatchObject({ accepted: 2, delivered: 2 });
      });

      test('a page that used the uuid first keeps no event of a server out', async () => {
        const outbox = await openAt();
        const ofPage = sampleEvent();
        const ofServer = { ...ofPage, email: 'jane@shop.example' };
        await outbox.enqueue([ofPage]);
        expect(await outbox.enqueue([ofServer], 'server')).toEqual({ stored: 1, known: 0 });
        expect(await outbox.enqueue([ofServer], 'server')).toEqual({ stored: 0, known: 1 });
        const claims = await outbox.claim(everything);
        expect(claims.map(({ event }) => event.email).toSorted()).toEqual([
          ofServer.email,
          undefined,
        ]);
        // HubSpot takes each uuid once.
        expect(new Set(uuidsOf(claims)).size).toBe(2);
        await outbox.ack(claims);
        expect(await outbox.enqueue([ofServer], 'server')).toEqual({ stored: 0, known: 1 });
        expect(await outbox.enqueue([ofPage])).toEqual({ stored: 0, known: 1 });
      });

      test('a server that used the uuid first keeps it, whatever a page sends', async () => {
        const outbox = await openAt();
        const ofServer = sampleEvent();
        await outbox.enqueue([ofServer], 'server');
        const ofPage = { ...ofServer, properties: {} };
        expect(await outbox.enqueue([ofPage])).toEqual({ stored: 0, known: 1 });
        await buryAll(outbox);
        expect(await outbox.enqueue([ofPage])).toEqual({ stored: 0, known: 1 });
        expect(await outbox.enqueue([ofPage], 'server')).toEqual({ stored: 1, known: 0 });
      });

      test('stores each uuid once when many calls race', async () => {
        const outbox = await openAt();
        const events = sampleEvents(20);
        const calls = Array.from({ length: 20 }, (_, shift) =>
          outbox.enqueue([...events.slice(shift), ...events.slice(0, shift)]),
        );
        const results = await Promise.all(calls);
        expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(20);
        expect(results.reduce((sum, { known }) => sum + known, 0)).toBe(380);
        const claims = await outbox.claim(everything);
        expect(uuidsOf(claims).toSorted()).toEqual(events.map(({ uuid }) => uuid).toSorted());
      });

      test('takes nothing and says so for an empty call', async () => {
        const outbox = await openAt();
        expect(await outbox.enqueue([])).toEqual({ stored: 0, known: 0 });
      });
    });

    describe('a full outbox', () => {
      test('refuses a call as a whole and stores nothing of it', async () => {
        const outbox = await openAt({ maxEvents: 3 });
        const events = sampleEvents(2);
        await outbox.enqueue(events);
        await expect(outbox.enqueue(sampleEvents(2))).rejects.toThrow(OutboxFullError);
        expect(await outbox.stats()).toMatchObject({ pending: 2, accepted: 2 });
        await outbox.enqueue([sampleEvent()]);
      });

      test('still knows what it has: a resend is no refusal', async () => {
        const outbox = await openAt({ maxEvents: 2 });
        const events = sampleEvents(2);
        await outbox.enqueue(events);
        expect(await outbox.enqueue(events)).toEqual({ stored: 0, known: 2 });
      });

      test('refuses one of several concurrent calls, not its neighbours', async () => {
        const outbox = await openAt({ maxEvents: 3 });
        const results = await Promise.allSettled([
          outbox.enqueue(sampleEvents(2)),
          outbox.enqueue(sampleEvents(4)),
          outbox.enqueue(sampleEvents(1)),
        ]);
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await outbox.stats()).toMatchObject({ pending: 3, accepted: 3 });
      });

      test('counts bytes, and takes events again when there is room', async () => {
        const big = () => sampleEvent({ properties: { text: 'x'.repeat(1000) } });
        const outbox = await openAt({ maxBytes: 2500 });
        await outbox.enqueue([big(), big()]);
        await expect(outbox.enqueue([big()])).rejects.toThrow(OutboxFullError);
        await outbox.ack(await outbox.claim(everything));
        expect(await outbox.enqueue([big()])).toEqual({ stored: 1, known: 0 });
      });

      test('is never full because of dead letters: what does not fit among them is counted', async () => {
        const outbox = await openAt({ maxEvents: 5, maxDead: 4, horizonMs: DAY });
        await outbox.enqueue(sampleEvents(5));
        expect(await buryAll(outbox)).toBe(2);
        const dropped = { refused_by_hubspot: 2, expired: 0 };
        expect(await outbox.stats()).toMatchObject({ pending: 0, dead: 3, removed: 2, dropped });
        await outbox.enqueue(sampleEvents(5));
        expect(await outbox.buryPending({})).toBe(0);
        now += DAY;
        expect(await outbox.sweep()).toEqual({ expired: 1, dropped: 4, purged: 0 });
        expect(await outbox.stats()).toMatchObject({ dead: 4, dropped: { expired: 4 } });
        expect(await outbox.enqueue(sampleEvents(5))).toEqual({ stored: 5, known: 0 });
      });

      test('keeps the last quarter of the dead letters for events that expire', async () => {
        const outbox = await openAt({ maxDead: 8, horizonMs: DAY });
        const [honest, ...refusedOnes] = sampleEvents(10) as [HubSpotEvent, ...HubSpotEvent[]];
        await outbox.enqueue([honest]);
        now += 1;
        await outbox.enqueue(refusedOnes);
        const claims = (await outbox.claim(everything)).filter(
          ({ event }) => event.uuid !== honest.uuid,
        );
        expect(await outbox.bury(claims, 'refused_by_hubspot', refused)).toBe(3);
        expect(await outbox.buryRejected([{ event: sampleEvent(), message: 'unknown' }])).toBe(0);
        now += DAY;
        expect(await outbox.sweep()).toEqual({ expired: 1, dropped: 0, purged: 0 });
        const { items } = await outbox.listDead({ reason: 'expired', limit: 9 });
        expect(items).toMatchObject([{ event: honest }]);
        expect(await outbox.stats()).toMatchObject({ dead: 7 });
      });

      test('takes again what had no room among the dead letters: it is known no more', async () => {
        const outbox = await openAt({ maxDead: 0 });
        const event = sampleEvent();
        await outbox.enqueue([event]);
        expect(await buryAll(outbox)).toBe(1);
        expect(await outbox.enqueue([event])).toEqual({ stored: 1, known: 0 });
      });

      test('counts a corrected event among the pending ones, whose dead letter it takes the place of', async () => {
        const outbox = await openAt({ maxEvents: 1 });
        const event = sampleEvent();
        await outbox.enqueue([event]);
        await buryAll(outbox);
        await outbox.enqueue([sampleEvent()]);
        const corrected = { ...event, properties: { corrected: 'yes' } };
        await expect(outbox.enqueue([corrected])).rejects.toThrow(OutboxFullError);
        expect(await outbox.stats()).toMatchObject({ pending: 1, dead: 1 });
      });

      test('keeps no more bytes of dead letters than it may, and has room again after a purge or replay', async () => {
        const big = () => sampleEvent({ properties: { text: 'x'.repeat(1000) } });
        const outbox = await openAt({ maxBytes: 5000, maxDeadBytes: 3600 });
        const buryThree = async () => {
          await outbox.enqueue([big(), big(), big()]);
          return buryAll(outbox);
        };
        expect(await buryThree()).toBe(1);
        expect(await outbox.buryRejected([{ event: big(), message: 'unknown event' }])).toBe(0);
        await outbox.enqueue([big()]);
        expect(await outbox.buryPending({})).toBe(0);
        expect(await outbox.purgePending({})).toBe(1);
        expect(await outbox.purge({})).toBe(2);
        expect(await buryThree()).toBe(1);
        expect(await outbox.replay({})).toBe(2);
        await outbox.ack(await outbox.claim(everything));
        expect(await buryThree()).toBe(1);
      });
    });

    describe('claim', () => {
      test('takes what is due longest, up to maxEvents', async () => {
        const outbox = await openAt();
        const events = sampleEvents(5);
        for (const event of events) {
          await outbox.enqueue([event]);
          now += 1;
        }
        const first = await outbox.claim({ ...everything, maxEvents: 3 });
        const second = await outbox.claim({ ...everything, maxEvents: 3 });
        expect([...uuidsOf(first), ...uuidsOf(second)]).toEqual(events.map(({ uuid }) => uuid));
        expect([first.length, second.length]).toEqual([3, 2]);
      });

      test('stops before maxBytes of JSON, and gives one larger event alone', async () => {
        const outbox = await openAt();
        const sized = (length: number) => sampleEvent({ properties: { text: 'ü'.repeat(length) } });
        for (const event of [sized(100), sized(100), sized(2000), sized(100)]) {
          await outbox.enqueue([event]);
          now += 1;
        }
        const request = { ...everything, maxBytes: 1000 };
        expect(await outbox.claim(request)).toHaveLength(2);
        expect(await outbox.claim(request)).toHaveLength(1);
        expect(await outbox.claim(request)).toHaveLength(1);
        expect(await outbox.claim(request)).toHaveLength(0);
      });

      test('never gives one event to two concurrent claims', async () => {
        const outbox = await openAt();
        await outbox.enqueue(sampleEvents(100));
        const claims = await Promise.all(
          Array.from({ length: 10 }, () => outbox.claim({ ...everything, maxEvents: 15 })),
        );
        const uuids = uuidsOf(claims.flat());
        expect(new Set(uuids).size).toBe(uuids.length);
        const rest = await outbox.claim(everything);
        expect(uuids.length + rest.length).toBe(100);
      });

      test('gives an event again when its lease has ended, and not before', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await outbox.claim(everything);
        now += MINUTE - 1;
        expect(await outbox.claim(everything)).toEqual([]);
        expect(await outbox.stats()).toMatchObject({ claimed: 1, nextDueAt: START + MINUTE });
        now += 1;
        expect(await outbox.stats()).toMatchObject({ claimed: 0, pending: 1 });
        expect(await outbox.claim(everything)).toHaveLength(1);
      });

      test('gives what was put back or came in while other events are under way', async () => {
        const outbox = await openAt();
        const [first, second, third] = sampleEvents(3) as [
          HubSpotEvent,
          HubSpotEvent,
          HubSpotEvent,
        ];
        await outbox.enqueue([first, second]);
        now += 1;
        await outbox.enqueue([third]);
        const claims = await outbox.claim({ ...everything, maxEvents: 2 });
        const givenBack = claims.filter(({ event }) => event.uuid === first.uuid);
        now -= 1;
        await outbox.retry(givenBack, { delayMs: 0, countAttempt: false, error: refused });
        now += 1;
        expect((await claimOne(outbox)).event.uuid).toBe(first.uuid);
        now -= 2;
        const late = sampleEvent();
        await outbox.enqueue([late]);
        expect(uuidsOf(await outbox.claim(everything))).toEqual([late.uuid]);
      });

      test('gives only those again whose lease has ended, also after a shorter lease', async () => {
        const outbox = await openAt();
        await outbox.enqueue(sampleEvents(2));
        const one = { ...everything, maxEvents: 1 };
        await outbox.claim({ ...one, leaseMs: 2 * MINUTE });
        await outbox.claim({ ...one, leaseMs: MINUTE });
        now += MINUTE;
        expect(await outbox.claim({ ...everything, leaseMs: DAY })).toHaveLength(1);
        expect(await outbox.claim(everything)).toHaveLength(0);
        now += MINUTE;
        expect(await outbox.claim(everything)).toHaveLength(1);
      });

      test('heeds the first deliverer no more once a second has taken over', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const stale = await claimOne(outbox);
        now += MINUTE;
        const current = await claimOne(outbox);
        await outbox.ack([stale]);
        await outbox.retry([stale], { delayMs: 0, countAttempt: true, error: {} });
        await outbox.bury([stale], 'refused_by_hubspot', refused);
        expect(await outbox.stats()).toMatchObject({
          pending: 1,
          claimed: 1,
          delivered: 0,
          dead: 0,
        });
        await outbox.ack([current]);
        expect(await outbox.stats()).toMatchObject({ pending: 0, delivered: 1 });
      });

      test('still heeds a late deliverer when no other took over', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const late = await claimOne(outbox);
        now += HOUR;
        await outbox.ack([late]);
        expect(await outbox.stats()).toMatchObject({ pending: 0, delivered: 1 });
      });

      test('counts an ack once, however often it is made', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const claim = await claimOne(outbox);
        await outbox.ack([claim, claim]);
        await outbox.ack([claim]);
        await outbox.bury([claim], 'refused_by_hubspot', refused);
        expect(await outbox.stats()).toMatchObject({ delivered: 1, dead: 0, accepted: 1 });
      });
    });

    describe('retry', () => {
      test('makes events pending at the given time, and counts the attempt', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const claim = await claimOne(outbox);
        await outbox.retry([claim], { delayMs: 5000, countAttempt: true, error: refused });
        expect(await outbox.stats()).toMatchObject({ claimed: 0, nextDueAt: START + 5000 });
        expect(await outbox.claim(everything)).toEqual([]);
        now += 5000;
        expect(await claimOne(outbox)).toMatchObject({ attempts: 1, enqueuedAt: START });
      });

      test('counts no attempt when no event was at fault', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const claim = await claimOne(outbox);
        await outbox.retry([claim], { delayMs: 0, countAttempt: false, error: refused });
        expect((await claimOne(outbox)).attempts).toBe(0);
      });
    });

    describe('suspects', () => {
      const failed = { delayMs: 0, countAttempt: true, error: refused };

      test('are claimed apart from events that were in no failed call', async () => {
        const outbox = await openAt();
        const [bad, good] = [sampleEvent(), sampleEvent()];
        await outbox.enqueue([bad]);
        await outbox.retry([await claimOne(outbox)], { ...failed, suspect: 'alone' });
        await outbox.enqueue([good]);
        expect(uuidsOf(await outbox.claim(everything))).toEqual([good.uuid]);
        expect(await outbox.claim({ ...everything, from: 'newest' })).toEqual([]);
        const suspects = await outbox.claim({ ...everything, from: 'suspects' });
        expect(uuidsOf(suspects)).toEqual([bad.uuid]);
        expect(await outbox.claim({ ...everything, from: 'suspects' })).toEqual([]);
      });

      test('count how often they failed alone', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await outbox.retry([await claimOne(outbox)], { ...failed, suspect: 'together' });
        for (const suspect of ['together', 'alone', 'alone', 'together'] as const) {
          const claims = await outbox.claim({ ...everything, from: 'suspects' });
          await outbox.retry(claims, { ...failed, suspect });
        }
        const [claim] = await outbox.claim({ ...everything, from: 'suspects' });
        expect(claim).toMatchObject({ suspicion: 3, attempts: 5 });
      });

      test('are as good as new after a replay', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await outbox.retry([await claimOne(outbox)], {
          ...failed,
          suspect: 'alone',
          mayHaveArrived: true,
        });
        const claims = await outbox.claim({ ...everything, from: 'suspects' });
        await outbox.bury(claims, 'refused_by_hubspot', refused);
        await outbox.replay({});
        const again = await claimOne(outbox);
        expect(again).toMatchObject({ suspicion: 0, attempts: 0, mayHaveArrived: true });
      });
    });

    describe('the newest event', () => {
      test('can be claimed before all that wait, and they stay for others', async () => {
        const outbox = await openAt();
        const [first, second, last] = [sampleEvent(), sampleEvent(), sampleEvent()];
        for (const event of [first, second, last]) {
          await outbox.enqueue([event]);
          now += 10;
        }
        const newest = await outbox.claim({ ...everything, from: 'newest', maxEvents: 1 });
        expect(uuidsOf(newest)).toEqual([last.uuid]);
        expect(uuidsOf(await outbox.claim(everything))).toEqual([first.uuid, second.uuid]);
      });
    });

    describe('that HubSpot may have an event', () => {
      const failed = { delayMs: 0, countAttempt: true, error: refused };

      test('is not so before its first try, nor after one that cannot have arrived', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        const first = await claimOne(outbox);
        expect(first.mayHaveArrived).toBe(false);
        await outbox.retry([first], failed);
        expect((await claimOne(outbox)).mayHaveArrived).toBe(false);
      });

      test('stays so, whatever later tries come to', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await outbox.retry([await claimOne(outbox)], { ...failed, mayHaveArrived: true });
        await outbox.retry([await claimOne(outbox)], { ...failed, mayHaveArrived: false });
        expect((await claimOne(outbox)).mayHaveArrived).toBe(true);
      });

      test('is so when a claim ended without a word', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent(), sampleEvent()]);
        await outbox.claim({ ...everything, leaseMs: 1000, maxEvents: 1 });
        now += 1000;
        const claims = await outbox.claim(everything);
        expect(claims.map(({ mayHaveArrived }) => mayHaveArrived).toSorted()).toEqual([
          false,
          true,
        ]);
        await outbox.retry(claims, failed);
        const again = await outbox.claim(everything);
        expect(again.filter(({ mayHaveArrived }) => mayHaveArrived)).toHaveLength(1);
      });
    });

    describe('resume, also where nothing is paused,', () => {
      test('makes everything due now, suspects too', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent(), sampleEvent()]);
        const [first, second] = await outbox.claim(everything);
        const later = { delayMs: DAY, countAttempt: true, error: refused };
        await outbox.retry([first as Claim], { ...later, suspect: 'alone' });
        await outbox.retry([second as Claim], later);
        expect(await outbox.claim(everything)).toEqual([]);
        await outbox.resume();
        expect(await outbox.claim(everything)).toHaveLength(1);
        expect(await outbox.claim({ ...everything, from: 'suspects' })).toHaveLength(1);
      });
    });

    describe('what an owner does with pending events', () => {
      const failed = { delayMs: 0, countAttempt: true, error: refused };

      test('shows each with the evidence of its last try, in pages, the first stored first', async () => {
        const outbox = await openAt();
        const events = sampleEvents(5);
        for (const event of events) await outbox.enqueue([event]);
        const claims = await outbox.claim({ ...everything, maxEvents: 2 });
        const [tried, underWay] = claims as [Claim, Claim];
        await outbox.retry([tried], { ...failed, delayMs: 5000, mayHaveArrived: true });
        const first = await outbox.listPending({ limit: 3 });
        const second = await outbox.listPending({ limit: 3, cursor: first.next as string });
        expect(second).not.toHaveProperty('next');
        const all = [...first.items, ...second.items];
        expect(uuidsOf(all)).toEqual(uuidsOf(events.map((event) => ({ event }))));
        const of = (uuid: string) => all.find(({ event }) => event.uuid === uuid);
        expect(of(tried.event.uuid)).toEqual({
          event: tried.event,
          attempts: 1,
          suspicion: 0,
          mayHaveArrived: true,
          enqueuedAt: START,
          dueAt: START + 5000,
          isClaimed: false,
          lastError: refused,
        });
        expect(of(underWay.event.uuid)).toMatchObject({ attempts: 0, isClaimed: true });
        expect(of(underWay.event.uuid)).not.toHaveProperty('lastError');
      });

      test('keeps the evidence of a try when a later claim came to none', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await outbox.retry([await claimOne(outbox)], failed);
        await outbox.retry([await claimOne(outbox)], { delayMs: 0, countAttempt: false });
        const { items } = await outbox.listPending({ limit: 1 });
        expect(items).toMatchObject([{ lastError: refused, attempts: 1 }]);
      });

      test('finds them by event, tries, last status and age, all of which must hold', async () => {
        const outbox = await openAt();
        const said = { status: 500, message: 'a "status":418 in words, \u0000' };
        const [server, timeout, order] = [
          sampleEvent({ properties: { note: '"eventName":"pe1234567_order"' } }),
          sampleEvent(),
          sampleEvent({ eventName: 'pe1234567_order' }),
        ];
        await outbox.enqueue([server]);
        await outbox.retry([await claimOne(outbox)], { ...failed, delayMs: DAY, error: said });
        await outbox.enqueue([timeout]);
        const error = { message: 'no answer' };
        await outbox.retry([await claimOne(outbox)], { ...failed, delayMs: DAY, error });
        now += HOUR;
        await outbox.enqueue([order]);
        const find = async (filter: Parameters<Outbox['purgePending']>[0]) =>
          uuidsOf((await outbox.listPending({ ...filter, limit: 9 })).items);
        expect(await find({ eventName: 'pe1234567_order' })).toEqual([order.uuid]);
        expect(await find({ minAttempts: 1 })).toEqual([server.uuid, timeout.uuid]);
        expect(await find({ maxAttempts: 0 })).toEqual([order.uuid]);
        expect(await find({ lastStatus: 500 })).toEqual([server.uuid]);
        expect(await find({ lastStatus: 418 })).toEqual([]);
        expect(await find({ lastStatus: 'none' })).toEqual([timeout.uuid, order.uuid]);
        expect(await find({ after: START + HOUR })).toEqual([order.uuid]);
        expect(await find({ before: START + HOUR, lastStatus: 'none' })).toEqual([timeout.uuid]);
        expect(await find({ uuids: [server.uuid, 'unknown'] })).toEqual([server.uuid]);
      });

      test('buries them as dead letters that can be replayed, but for claimed ones', async () => {
        const outbox = await openAt();
        const [tried, untried] = [sampleEvent(), sampleEvent()];
        await outbox.enqueue([tried]);
        await outbox.retry([await claimOne(outbox)], failed);
        await outbox.claim({ ...everything, leaseMs: 1000 });
        await outbox.enqueue([untried]);
        expect(await outbox.buryPending({})).toBe(1);
        expect(await outbox.stats()).toMatchObject({ pending: 1, dead: 1 });
        now += 1000;
        expect(await outbox.buryPending({})).toBe(1);
        const { items } = await outbox.listDead({ limit: 9, reason: 'buried_by_operator' });
        expect(items).toMatchObject([
          { event: tried, error: refused, attempts: 1 },
          { event: untried, attempts: 0 },
        ]);
        expect(await outbox.enqueue([untried])).toEqual({ stored: 0, known: 1 });
        expect(await outbox.replay({})).toBe(2);
        const again = await outbox.claim(everything);
        const arrived = Object.fromEntries(again.map((c) => [c.event.uuid, c.mayHaveArrived]));
        expect(arrived).toEqual({ [tried.uuid]: true, [untried.uuid]: false });
      });

      test('remembers that HubSpot may have what a crash left open, also as a dead letter', async () => {
        const outbox = await openAt({ horizonMs: DAY });
        await outbox.enqueue(sampleEvents(2));
        await outbox.claim({ ...everything, maxEvents: 1, leaseMs: 1000 });
        const [claimed] = (await outbox.listPending({ limit: 9 })).items.filter((e) => e.isClaimed);
        now += 1000;
        const uuid = claimed?.event.uuid as string;
        await outbox.buryPending({ uuids: [uuid] });
        await outbox.replay({});
        now += DAY;
        await outbox.sweep();
        await outbox.replay({});
        const claims = await outbox.claim(everything);
        expect(claims.filter((c) => c.mayHaveArrived).map((c) => c.event.uuid)).toEqual([uuid]);
      });

      test('deletes them for good, more than one transaction takes, but for claimed ones', async () => {
        const outbox = await openAt();
        await outbox.enqueue(sampleEvents(1200));
        const claimed = await claimOne(outbox);
        const other = sampleEvent({ eventName: 'pe1234567_order' });
        await outbox.enqueue([other]);
        expect(await outbox.purgePending({ eventName: 'pe1234567_signup' })).toBe(1199);
        expect(await outbox.stats()).toMatchObject({ pending: 2, claimed: 1, removed: 1199 });
        await outbox.ack([claimed]);
        expect(uuidsOf(await outbox.claim(everything))).toEqual([other.uuid]);
      });
    });

    describe('dead letters', () => {
      test('keep the event, the reason, what HubSpot said, the attempts and the times', async () => {
        const outbox = await openAt();
        const event = sampleEvent();
        await outbox.enqueue([event]);
        const claim = await claimOne(outbox);
        await outbox.retry([claim], { delayMs: 0, countAttempt: true, error: {} });
        now += 1000;
        await buryAll(outbox);
        expect(await outbox.listDead({ limit: 10 })).toEqual({
          items: [
            {
              event,
              reason: 'refused_by_hubspot',
              error: refused,
              attempts: 2,
              firstAt: START,
              lastAt: START + 1000,
            },
          ],
        });
      });

      test('may hold any text, and stop neither the next burying nor the sweep', async () => {
        const outbox = await openAt();
        const odd = sampleEvent({ properties: { note: 'a\u0000b "eventName":"x" \ud800' } });
        await outbox.enqueue([odd, sampleEvent()]);
        await buryAll(outbox);
        const { uuid, eventName } = odd;
        expect((await outbox.listDead({ limit: 10, eventName })).items).toHaveLength(2);
        expect(await outbox.replay({ uuids: [uuid] })).toBe(1);
        now += 49 * HOUR;
        expect(await outbox.sweep()).toMatchObject({ expired: 1 });
      });

      test('are listed in pages, the last died first, each once', async () => {
        const outbox = await openAt();
        const events = sampleEvents(7);
        for (const event of events) {
          await outbox.enqueue([event]);
          await buryAll(outbox);
          if (event !== events[2]) now += 1;
        }
        const listed: string[] = [];
        const diedAt: number[] = [];
        let cursor: string | undefined;
        do {
          const page = await outbox.listDead({ limit: 3, ...(cursor && { cursor }) });
          listed.push(...uuidsOf(page.items));
          diedAt.push(...page.items.map((item) => item.lastAt));
          cursor = page.next;
        } while (cursor !== undefined);
        expect(listed.toSorted()).toEqual(events.map(({ uuid }) => uuid).toSorted());
        expect(diedAt).toEqual(diedAt.toSorted((a, b) => b - a));
      });

      test('are found by uuid, reason, event and time of death, all of which must hold', async () => {
        const outbox = await openAt();
        const signup = sampleEvent();
        const order = sampleEvent({ eventName: 'pe1234567_order' });
        await outbox.enqueue([signup]);
        await buryAll(outbox);
        now += HOUR;
        await outbox.buryRejected([{ event: order, message: 'unknown event' }]);
        const find = async (filter: Parameters<Outbox['purge']>[0]) =>
          uuidsOf((await outbox.listDead({ ...filter, limit: 10 })).items);
        expect(await find({})).toEqual([order.uuid, signup.uuid]);
        expect(await find({ uuids: [signup.uuid, 'nobody'] })).toEqual([signup.uuid]);
        expect(await find({ uuids: [] })).toEqual([]);
        expect(await find({ reason: 'rejected_by_policy' })).toEqual([order.uuid]);
        expect(await find({ eventName: signup.eventName })).toEqual([signup.uuid]);
        expect(await find({ after: START + HOUR })).toEqual([order.uuid]);
        expect(await find({ before: START + HOUR })).toEqual([signup.uuid]);
        expect(await find({ reason: 'expired', uuids: [signup.uuid] })).toEqual([]);
      });

      test('are replayed as if they were new', async () => {
        const outbox = await openAt({ horizonMs: DAY });
        const event = sampleEvent();
        await outbox.enqueue([event, sampleEvent()]);
        await buryAll(outbox);
        now += 2 * DAY;
        expect(await outbox.replay({ uuids: [event.uuid] })).toBe(1);
        await outbox.sweep();
        expect(await outbox.claim(everything)).toMatchObject([
          { event, attempts: 0, enqueuedAt: now },
        ]);
        expect(await outbox.stats()).toMatchObject({ accepted: 2, dead: 1, pending: 1 });
      });

      test('are purged for good', async () => {
        const outbox = await openAt();
        await outbox.enqueue(sampleEvents(3));
        await buryAll(outbox);
        await outbox.buryRejected([{ event: sampleEvent(), message: 'unknown event' }]);
        expect(await outbox.purge({ reason: 'refused_by_hubspot' })).toBe(3);
        expect(await outbox.stats()).toMatchObject({ dead: 1, removed: 3, accepted: 4 });
        expect(await outbox.purge({ uuids: [] })).toBe(0);
      });

      test('of the policy are capped, and a known uuid is left alone', async () => {
        const outbox = await openAt({ maxRejected: 3 });
        const pending = sampleEvent();
        await outbox.enqueue([pending]);
        const reject = (events: readonly HubSpotEvent[]) =>
          outbox.buryRejected(events.map((event) => ({ event, message: 'unknown event' })));
        expect(await reject([pending, ...sampleEvents(2)])).toBe(2);
        expect(await reject(sampleEvents(2))).toBe(1);
        expect(await reject(sampleEvents(2))).toBe(0);
        expect(await outbox.stats()).toMatchObject({ pending: 1, dead: 3, accepted: 4 });
        const { items } = await outbox.listDead({ limit: 1 });
        expect(items).toMatchObject([
          { reason: 'rejected_by_policy', error: { message: 'unknown event' }, attempts: 0 },
        ]);
      });
    });

    describe('forget', () => {
      test("deletes a visitor's pending, claimed and dead events and no other's", async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent(), sampleEvent({ utk: utkB })]);
        await buryAll(outbox);
        await outbox.enqueue([sampleEvent()]);
        const claimed = await claimOne(outbox);
        await outbox.enqueue([sampleEvent(), sampleEvent({ utk: utkB })]);
        expect(await outbox.forget({ field: 'utk', value: utkA })).toBe(3);
        await outbox.ack([claimed]);
        expect(await outbox.stats()).toMatchObject({
          pending: 1,
          dead: 1,
          removed: 3,
          delivered: 0,
        });
        expect(await outbox.forget({ field: 'utk', value: utkA })).toBe(0);
      });

      test.each([
        ['email', { email: 'Ann@Example.com' }, 'ann@example.COM'],
        ['objectId', { objectId: '51' }, '51'],
      ] as const)(
        'finds events of servers by %s, in the field alone',
        async (field, own, value) => {
          const outbox = await openAt();
          const others = [
            sampleEvent({ properties: { [field]: value } }),
            sampleEvent({ email: 'bob@example.com', objectId: '510' }),
          ];
          // Text that a database may stumble over when it reads an event as JSON.
          const odd = { note: '\\\u0000 \u0000 \ud800 "email":"bob@example.com","objectId":"510"' };
          const theirs = () => sampleEvent({ ...own, properties: odd });
          await outbox.enqueue([theirs(), ...others]);
          await buryAll(outbox);
          await outbox.enqueue([theirs(), sampleEvent({ properties: { [field]: value } })]);
          expect(await outbox.forget({ field, value })).toBe(2);
          expect(await outbox.stats()).toMatchObject({ pending: 1, dead: 2, removed: 2 });
          expect(await outbox.forget({ field, value: '' })).toBe(0);
        },
      );
    });

    describe('sweep', () => {
      test('takes an event that expires away from a deliverer whose lease has ended', async () => {
        const outbox = await openAt({ horizonMs: MINUTE });
        await outbox.enqueue([sampleEvent()]);
        const claim = await claimOne(outbox);
        now += MINUTE;
        expect(await outbox.sweep()).toEqual({ expired: 1, dropped: 0, purged: 0 });
        await outbox.ack([claim]);
        expect(await outbox.stats()).toMatchObject({ pending: 0, dead: 1, delivered: 0 });
      });

      test('buries what passed the horizon with the last error, unless a lease is held', async () => {
        const outbox = await openAt({ horizonMs: DAY });
        const [first, second, third] = sampleEvents(3) as [
          HubSpotEvent,
          HubSpotEvent,
          HubSpotEvent,
        ];
        await outbox.enqueue([first]);
        const claim = await claimOne(outbox);
        await outbox.retry([claim], { delayMs: 9 * DAY, countAttempt: true, error: refused });
        await outbox.enqueue([second]);
        await outbox.claim({ ...everything, leaseMs: 2 * DAY });
        now += 1;
        await outbox.enqueue([third]);
        now = START + DAY;
        expect(await outbox.sweep()).toEqual({ expired: 1, dropped: 0, purged: 0 });
        expect((await outbox.listDead({ limit: 9 })).items).toMatchObject([
          { event: first, reason: 'expired', error: refused, attempts: 1, lastAt: now },
        ]);
        now = START + 2 * DAY;
        expect(await outbox.sweep()).toEqual({ expired: 2, dropped: 0, purged: 0 });
      });

      test('deletes dead letters after 30 days', async () => {
        const outbox = await openAt();
        await outbox.enqueue([sampleEvent()]);
        await buryAll(outbox);
        now += 30 * DAY - 1;
        expect(await outbox.sweep()).toEqual({ expired: 0, dropped: 0, purged: 0 });
        now += 1;
        expect(await outbox.sweep()).toEqual({ expired: 0, dropped: 0, purged: 1 });
        expect(await outbox.stats()).toMatchObject({ dead: 0, removed: 1, accepted: 1 });
      });
    });

    describe('a pause', () => {
      test('gives claims nothing until it is resumed, and keeps nothing else from going on', async () => {
        const outbox = await openAt();
        const [first, second, third] = sampleEvents(3) as [
          HubSpotEvent,
          HubSpotEvent,
          HubSpotEvent,
        ];
        await outbox.enqueue([first, second]);
        const underWay = await claimOne(outbox);
        await outbox.pause();
        expect(await outbox.claim(everything)).toEqual([]);
        await outbox.ack([underWay]);
        await outbox.enqueue([third]);
        now += HOUR;
        expect(await outbox.claim(everything)).toEqual([]);
        expect(await outbox.stats()).toMatchObject({ pending: 2, delivered: 1 });
        await outbox.resume();
        const left = [first, second, third].filter(({ uuid }) => uuid !== underWay.event.uuid);
        expect(uuidsOf(await outbox.claim(everything)).toSorted()).toEqual(
          left.map(({ uuid }) => uuid).toSorted(),
        );
      });

      test('is told by stats, since its first order, and nothing is due in it', async () => {
        const outbox = await openAt();
        await outbox.resume();
        await outbox.enqueue([sampleEvent()]);
        expect(await outbox.stats()).not.toHaveProperty('pausedAt');
        await outbox.pause();
        now += HOUR;
        await outbox.pause();
        const stats = await outbox.stats();
        expect(stats).toMatchObject({ pausedAt: START, oldestPendingAt: START });
        expect(stats).not.toHaveProperty('nextDueAt');
        await outbox.resume();
        expect(await outbox.stats()).toMatchObject({ nextDueAt: START });
        expect(await outbox.stats()).not.toHaveProperty('pausedAt');
        await outbox.pause();
        expect(await outbox.stats()).toMatchObject({ pausedAt: now });
      });
    });

    describe('stats', () => {
      test('tell the oldest event and when there is something to claim', async () => {
        const outbox = await openAt();
        const counts = { pending: 0, claimed: 0, dead: 0, accepted: 0, delivered: 0, removed: 0 };
        const empty = { ...counts, dropped: { refused_by_hubspot: 0, expired: 0 } };
        expect(await outbox.stats()).toEqual(empty);
        await outbox.enqueue([sampleEvent()]);
        now += 1000;
        await outbox.enqueue([sampleEvent()]);
        expect(await outbox.stats()).toMatchObject({ oldestPendingAt: START, nextDueAt: START });
        await claimOne(outbox);
        expect(await outbox.stats()).toMatchObject({
          oldestPendingAt: START,
          nextDueAt: START + 1000,
        });
      });
    });

    test('refuses every call after close, and closes twice without complaint', async () => {
      const outbox = await openAt();
      await outbox.close();
      await outbox.close();
      await expect(outbox.enqueue([sampleEvent()])).rejects.toThrow(/closed/);
    });

    test('finishes what was called before close', async () => {
      const outbox = await openAt();
      const stored = outbox.enqueue([sampleEvent()]);
      await outbox.close();
      expect(await stored).toEqual({ stored: 1, known: 0 });
    });

    modelTest(open, options.modelRuns);
  });
}

/** Checks the law of the contract after every call. */
function lawful(outbox: Outbox): Outbox {
  let open = true;
  const check = async () => {
    if (!open) return;
    const { accepted, delivered, dead, pending, removed, claimed } = await outbox.stats();
    expect(accepted).toBe(delivered + dead + pending + removed);
    expect(claimed).toBeLessThanOrEqual(pending);
  };
  return new Proxy(outbox, {
    get(target, name: keyof Outbox) {
      const method = target[name] as ((...args: unknown[]) => Promise<unknown>) | undefined;
      if (method === undefined) return undefined;
      if (name === 'close') open = false;
      return async (...args: unknown[]) => {
        try {
          return await method.apply(target, args);
        } finally {
          await check();
        }
      };
    },
  });
}
