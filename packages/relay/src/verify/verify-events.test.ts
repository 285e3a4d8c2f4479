import { readFileSync } from 'node:fs';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from '@hubrelay/fake-hubspot';
import { expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { Redacted } from '../core/redacted.ts';
import type { DeliveredEvent } from '../delivery/delivered-sample.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import { createReadBackClient } from './read-back-client.ts';
import { VERDICTS, type VerdictReason } from './verdict.ts';
import { verifyEvents, verifyUnremembered } from './verify-events.ts';

const START = Date.parse('2026-05-01T12:00:00Z');
const MINUTE = 60_000;
const EVENTS = 1_000;

/** Time passes only when somebody sleeps. */
function sleepyClock(): Clock & { pass(ms: number): void } {
  let now = START;
  return {
    now: () => now,
    monotonic: () => now,
    schedule(run, delayMs) {
      now += delayMs;
      queueMicrotask(run);
      return () => {};
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

const hex = (number: number) => number.toString(16).padStart(32, '0');
const uuidOf = (number: number) => `0199aaaa-0000-7000-8000-${String(number).padStart(12, '0')}`;

type Kind = Exclude<
  VerdictReason,
  | 'pending'
  | 'dead_letter'
  | 'not_remembered'
  | 'read_back_failed'
  | 'record_unreadable'
  | 'record_not_named'
>;

/** What each kind of event needs to end that way. */
const KINDS: {
  readonly [K in Kind]: (i: number) => Partial<HubSpotEvent> & { eventName: string };
} = {
  listed: (i) =>
    i % 2
      ? { eventName: 'signup', utk: hex(i % 50) }
      : { eventName: 'signup', email: `c${i % 50}@example.com` },
  unknown_contact: (i) =>
    i % 2
      ? { eventName: 'signup', utk: hex(10_000 + i) }
      : { eventName: 'signup', objectId: `9${i}` },
  unknown_record: (i) => ({ eventName: 'deal_won', objectId: `77${i}` }),
  wrong_object_type: (i) =>
    i % 2
      ? { eventName: 'deal_won', utk: hex(i % 50) }
      : { eventName: 'deal_won', objectId: String(1_000 + (i % 50)) },
  definition_archived: (i) => ({ eventName: 'old_event', utk: hex(i % 50) }),
  missing: (i) => ({ eventName: 'signup', utk: hex(i % 50) }),
  events_alike: (i) => ({
    eventName: 'signup',
    utk: hex(i % 50),
    properties: { plan: 'twin' },
    // In pairs, of which one is lost.
    occurredAt: new Date(START - 30 * MINUTE + Math.floor(i / 18) * 2).toISOString(),
  }),
  no_contact_yet: (i) => ({ eventName: 'signup', utk: hex(20_000 + i) }),
  read_back_lag: (i) => ({ eventName: 'signup', utk: hex(i % 50) }),
};
const ORDER = Object.keys(KINDS) as Kind[];

function account(clock: Clock): FakeHubSpot {
  return createFakeHubSpot({
    now: clock.now,
    readBackDelayMs: 5 * MINUTE,
    contactForOtherRecord: 'accept',
    contacts: Array.from({ length: 50 }, (_, i) => ({
      id: String(1_000 + i),
      email: `c${i}@example.com`,
      utks: [hex(i)],
    })),
    records: [{ objectType: 'DEAL', id: '500' }],
    definitions: [
      { name: 'signup', properties: [{ name: 'plan', type: 'string' }] },
      { name: 'deal_won', primaryObject: 'DEAL' },
      { name: 'old_event' },
    ],
  });
}

async function deliver(hubspot: FakeHubSpot, events: readonly HubSpotEvent[], now: number) {
  const answer = await hubspot.fetch('https://api.hubapi.com/events/v3/send/batch', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${demoCredentials.accessToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ inputs: events }),
  });
  expect(answer.status).toBe(204);
  return events.map((event): DeliveredEvent => ({ event, deliveredAt: now }));
}

function clientOf(
  hubspot: FakeHubSpot,
  clock: Clock,
  token: string = demoCredentials.readBackToken,
) {
  return createReadBackClient({
    token: new Redacted(token),
    apiVersion: 'v3',
    fetch: hubspot.fetch,
    clock,
    random: () => 0.5,
  });
}

function eventOf(i: number, kind: Kind): HubSpotEvent {
  const made = KINDS[kind](i);
  return {
    uuid: uuidOf(i),
    properties: {},
    occurredAt: new Date(START - 60 * MINUTE + i * 50).toISOString(),
    ...made,
    eventName: `pe1234567_${made.eventName}`,
  };
}

test.each(['v3', '2026-09'] as const)(
  '1,000 of 1,000 events are classified rightly (%s)',
  async (apiVersion) => {
    const clock = sleepyClock();
    const hubspot = account(clock);
    const kinds = Array.from({ length: EVENTS }, (_, i) => {
      // Twins stand together: 16 kinds in a row of 18, the last of which are two twins.
      const place = i % 18;
      return place >= 16
        ? 'events_alike'
        : (ORDER.filter((kind) => kind !== 'events_alike')[place % 8] as Kind);
    });
    const events = kinds.map((kind, i) => eventOf(i, kind));
    const isLate = (_: unknown, i: number) =>
      kinds[i] === 'read_back_lag' || kinds[i] === 'no_contact_yet';
    const early = events.filter((event, i) => !isLate(event, i));
    const delivered = [
      ...(await deliver(hubspot, early.slice(0, 500), clock.now())),
      ...(await deliver(hubspot, early.slice(500), clock.now())),
    ];
    events.forEach((event, i) => {
      const isTwinToLose = kinds[i] === 'events_alike' && i % 18 === 17;
      if (kinds[i] === 'missing' || isTwinToLose) hubspot.lose(event.uuid);
    });
    hubspot.define({ name: 'old_event', archived: true });
    clock.pass(20 * MINUTE);
    // These are so late that HubSpot does not show them before the last question.
    hubspot.change({ readBackDelayMs: 19 * MINUTE });
    delivered.push(...(await deliver(hubspot, events.filter(isLate), clock.now())));

    const client = { ...clientOf(hubspot, clock), apiVersion };
    const definitionsClient = clientOf(hubspot, clock, demoCredentials.definitionsToken);
    const verified = await verifyEvents(delivered, { client, definitionsClient, clock });

    if (!verified.ok) throw new Error(verified.problem);
    expect(verified.events).toHaveLength(EVENTS);
    const wrong = verified.events.filter(
      ({ event, reason }) => reason !== kinds[Number(event.uuid.slice(-12))],
    );
    expect(wrong).toEqual([]);
    expect(new Set(verified.events.map(({ reason }) => reason)).size).toBe(ORDER.length);
  },
);

async function verifyOne(
  event: HubSpotEvent,
  token: string,
  prepare: (hubspot: FakeHubSpot) => void = () => {},
) {
  const clock = sleepyClock();
  const hubspot = account(clock);
  const delivered = await deliver(hubspot, [event], clock.now());
  hubspot.lose(event.uuid);
  clock.pass(30 * MINUTE);
  prepare(hubspot);
  return verifyEvents(delivered, { client: clientOf(hubspot, clock, token), clock });
}

test('what the token may not ask is said to be unknown', async () => {
  const verified = await verifyOne(eventOf(1, 'missing'), demoCredentials.accessToken);
  expect(verified).toMatchObject({
    events: [{ state: 'cannot_be_known', reason: 'record_unreadable' }],
  });
});

test('without a definitions token and without any shown event the type of the record is unknown', async () => {
  const verified = await verifyOne(eventOf(1, 'missing'), demoCredentials.readBackToken);
  expect(verified).toMatchObject({ events: [{ reason: 'record_unreadable' }] });
});

test('without a contact an event does not show, whatever its definition takes', async () => {
  const verified = await verifyOne(eventOf(1, 'unknown_contact'), demoCredentials.readBackToken);
  expect(verified).toMatchObject({ events: [{ state: 'not_shown', reason: 'unknown_contact' }] });
});

test('an event that HubSpot does not answer for cannot be known', async () => {
  const verified = await verifyOne(
    eventOf(1, 'missing'),
    demoCredentials.readBackToken,
    (hubspot) => hubspot.fail({ status: 500, match: (call) => call.path === '/events/v3/events' }),
  );
  expect(verified).toMatchObject({
    events: [{ state: 'cannot_be_known', reason: 'read_back_failed' }],
  });
});

test.each([['wrong', /^HubSpot does not take HUBSPOT_READ_TOKEN \(401\)/]])(
  'a %s token is a problem of the whole',
  async (token, problem) => {
    expect(await verifyOne(eventOf(1, 'missing'), token)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
    });
  },
);

test.each([
  ['pending', 'other', 'not_shown_yet'],
  ['dead', 'other', 'not_shown'],
  ['unknown', 'other', 'cannot_be_known'],
  ['unknown', 'uuid', 'shown'],
] as const)(
  'an event that is %s in the relay, with %s for id, is %s',
  async (relay, occurrenceId, state) => {
    const clock = sleepyClock();
    const hubspot = account(clock);
    hubspot.change({ occurrenceId, readBackDelayMs: 0 });
    const event = eventOf(1, 'listed');
    await deliver(hubspot, [event], clock.now());
    const verdict = await verifyUnremembered(event.uuid, relay, clientOf(hubspot, clock));
    expect(verdict.state).toBe(state);
  },
);

test('each reason stands in one row', () => {
  const reasons = VERDICTS.map(({ reason }) => reason);
  expect(new Set(reasons).size).toBe(reasons.length);
});

test('where a rule in HubSpot chooses the record, nothing is concluded from it', async () => {
  const clock = sleepyClock();
  const hubspot = account(clock);
  hubspot.define({
    name: 'signup',
    properties: [{ name: 'plan', type: 'string' }],
    customMatchingProperty: 'plan',
  });
  const event = { ...eventOf(1, 'missing'), properties: { plan: '7' } };
  const delivered = await deliver(hubspot, [event], clock.now());
  hubspot.lose(event.uuid);
  clock.pass(30 * MINUTE);
  const client = clientOf(hubspot, clock);
  const definitionsClient = clientOf(hubspot, clock, demoCredentials.definitionsToken);
  expect(await verifyEvents(delivered, { client, definitionsClient, clock })).toMatchObject({
    events: [{ state: 'cannot_be_known', reason: 'record_not_named' }],
  });
});

test('docs/operations/verify.md has the table', () => {
  const page = readFileSync(
    new URL('../../../../docs/operations/verify.md', import.meta.url),
    'utf8',
  );
  const rows = [...page.matchAll(/^\| ([a-z ]+) \| `(\w+)` \|/gm)];
  expect(rows.map(([, state, reason]) => [state?.replaceAll(' ', '_'), reason])).toEqual(
    VERDICTS.map(({ state, reason }) => [state, reason]),
  );
});
