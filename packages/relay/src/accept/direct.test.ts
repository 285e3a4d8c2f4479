import { describe, expect, test } from 'vitest';
import { type Connected, connect } from '../../test/support/connect.ts';
import { event, events } from '../../test/support/events.ts';
import type { Acceptance } from './acceptor.ts';
import { type DirectOptions, directAcceptor } from './direct.ts';

function direct(connected: Connected, options: DirectOptions = {}) {
  const { client, clock } = connected;
  return directAcceptor(client, { clock, random: () => 0.5, ...options });
}

/** Lets virtual time pass until there is an answer. */
async function answered({ clock }: Connected, acceptance: Promise<Acceptance>) {
  let answer: Acceptance | undefined;
  acceptance.then((value) => {
    answer = value;
  });
  await clock.runUntil(() => answer !== undefined, 60_000);
  return answer;
}

describe('events', () => {
  test('are at HubSpot when they are accepted', async () => {
    const connected = connect();
    expect(await direct(connected).accept(events(3))).toEqual({ kind: 'sent', refused: [] });
    expect(connected.hubspot.received().map(({ uuid }) => uuid)).toEqual(
      events(3).map(({ uuid }) => uuid),
    );
  });

  test('that HubSpot refuses are named, and the others are delivered', async () => {
    const connected = connect();
    connected.hubspot.fail({ poison: event(1).uuid });
    const acceptance = await direct(connected).accept(events(4));
    expect(acceptance).toMatchObject({
      kind: 'sent',
      refused: [
        { event: { uuid: event(1).uuid }, error: { status: 400, category: 'VALIDATION_ERROR' } },
      ],
    });
    expect(connected.hubspot.count().events).toBe(3);
  });

  test('get one quick retry within a second', async () => {
    const connected = connect();
    const startedAt = connected.clock.now();
    connected.hubspot.fail({ status: 503, times: 1 });
    const acceptance = direct(connected).accept(events(2));
    expect(await answered(connected, acceptance)).toEqual({ kind: 'sent', refused: [] });
    expect(connected.clock.now() - startedAt).toBeLessThanOrEqual(1000);
  });

  test('get no second one', async () => {
    const connected = connect();
    connected.hubspot.fail({ status: 503 });
    const acceptance = direct(connected).accept(events(2));
    expect(await answered(connected, acceptance)).toEqual({
      kind: 'not_now',
      reason: 'hubspot_unavailable',
      retryAfterMs: 5000,
    });
    // Together, and each alone: the two are all that fail, so there is no second round.
    expect(connected.hubspot.count().requests).toBe(3);
  });

  test('are applied once when the reply was lost', async () => {
    for (const duplicateUuid of [204, 400, 409] as const) {
      const connected = connect({ duplicateUuid });
      connected.hubspot.fail({ kind: 'drop-reply', times: 1 });
      const acceptance = direct(connected).accept(events(5));
      expect(await answered(connected, acceptance)).toEqual({ kind: 'sent', refused: [] });
      expect(connected.hubspot.count().events).toBe(5);
    }
  });

  test('are answered for within the deadline, however slow HubSpot is', async () => {
    const connected = connect();
    const startedAt = connected.clock.now();
    connected.hubspot.fail({ kind: 'hang' });
    const acceptance = direct(connected).accept(events(2));
    expect(await answered(connected, acceptance)).toMatchObject({ kind: 'not_now' });
    expect(connected.clock.now() - startedAt).toBeLessThanOrEqual(15_000);
  });

  test.each([401, 403, 477])('are not accepted while HubSpot answers %i', async (status) => {
    const connected = connect();
    connected.hubspot.fail({ status });
    expect(await direct(connected).accept(events(2))).toMatchObject({ kind: 'not_now' });
  });
});

describe('a resend', () => {
  test('repeats only what is not settled yet', async () => {
    const connected = connect();
    const acceptor = direct(connected);
    const undo = connected.hubspot.fail({
      status: 503,
      match: ({ body }) => body.includes(event(3).uuid) && !body.includes(event(0).uuid),
    });
    connected.hubspot.fail({ poison: event(0).uuid });
    const first = await answered(connected, acceptor.accept(events(4)));
    expect(first).toMatchObject({ kind: 'not_now' });
    undo();
    const before = connected.hubspot.count().requests;
    const second = await acceptor.accept(events(4));
    expect(second).toMatchObject({ kind: 'sent', refused: [{ event: { uuid: event(0).uuid } }] });
    expect(connected.hubspot.count()).toMatchObject({ requests: before + 1, duplicates: 0 });
  });

  test('that corrects what HubSpot refused is sent', async () => {
    const connected = connect();
    const acceptor = direct(connected);
    const undo = connected.hubspot.fail({
      status: 503,
      match: ({ body }) => body.includes(event(1).uuid) && !body.includes(event(0).uuid),
    });
    const wrong = event(0, { properties: { 'not a name': '' } });
    expect(await answered(connected, acceptor.accept([wrong, event(1)]))).toMatchObject({
      kind: 'not_now',
    });
    undo();
    expect(await acceptor.accept([event(0), event(1)])).toEqual({ kind: 'sent', refused: [] });
    expect(connected.hubspot.received().map(({ uuid }) => uuid)).toContain(wrong.uuid);
  });

  test('that no relay remembers is a duplicate, and counts as delivered', async () => {
    const connected = connect({ duplicateUuid: 409 });
    await direct(connected).accept(events(4));
    expect(await direct(connected).accept(events(4))).toEqual({ kind: 'sent', refused: [] });
    expect(connected.hubspot.count().events).toBe(4);
  });

  test('does not reach HubSpot before the time it asked for', async () => {
    const connected = connect();
    const acceptor = direct(connected);
    connected.hubspot.fail({ status: 429, retryAfter: 30, times: 1 });
    expect(await acceptor.accept(events(1))).toMatchObject({ retryAfterMs: 30_000 });
    await connected.clock.advance(20_000);
    expect(await acceptor.accept(events(1))).toMatchObject({
      kind: 'not_now',
      retryAfterMs: 10_000,
    });
    expect(connected.hubspot.count().requests).toBe(1);
    await connected.clock.advance(10_000);
    expect(await acceptor.accept(events(1))).toEqual({ kind: 'sent', refused: [] });
  });
});
