import type { WireBatch } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

const MINUTE_MS = 60_000;
const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

/** As a backend signs it: only who is named stays the same. */
const jwtOf = (email: string, issuedAt = 1) =>
  `header.${Buffer.from(JSON.stringify({ email, iat: issuedAt, exp: issuedAt + 3600 })).toString('base64url')}.signature${issuedAt}`;
const jwtA = jwtOf('a@shop.example');
const jwtB = jwtOf('b@shop.example');

async function createShop() {
  const world = await createWorld();
  world.cookie = `hubspotutk=${A}`;
  /** Whose each event was, as the relay was told by the request that it accepted. */
  const owners = () =>
    Object.fromEntries(
      world.requests
        .filter(({ mode }) => mode === 'up')
        .flatMap(({ batch: { utk, identity, events } }) =>
          events.map(({ eventName }) => [eventName, [utk, identity]]),
        ),
    );
  return { world, owners };
}

test('an event is vouched for by the identity that was set when it was tracked', async () => {
  const { world, owners } = await createShop();
  const { tracker } = world.open();
  tracker.identify(jwtA);
  tracker.track('logged_out');
  tracker.identify(jwtB);
  tracker.track('logged_in');
  await world.advance(3000);
  expect(owners()).toEqual({ logged_out: [A, jwtA], logged_in: [A, jwtB] });
  expect(world.requests).toHaveLength(2);
});

test('the first identity of a page vouches for what was tracked before it', async () => {
  const { world, owners } = await createShop();
  const { tracker } = world.open();
  tracker.track('viewed');
  tracker.identify(jwtA);
  tracker.identify(jwtB);
  await world.advance(3000);
  expect(owners()).toEqual({ viewed: [A, jwtA] });
});

test('after a logout no identity vouches for what was tracked before the next login', async () => {
  const { world, owners } = await createShop();
  const { tracker } = world.open({ identity: jwtA });
  tracker.track('of_a');
  tracker.identify(undefined);
  tracker.track('of_nobody');
  tracker.identify(jwtB);
  tracker.track('of_b');
  await world.advance(3000);
  expect(owners()).toEqual({ of_a: [A, jwtA], of_nobody: [A, undefined], of_b: [A, jwtB] });
});

test('a logout counts where no identity had been set, too', async () => {
  const { world, owners } = await createShop();
  const { tracker } = world.open();
  tracker.track('before');
  tracker.identify();
  tracker.identify(jwtB);
  await world.advance(3000);
  expect(owners()).toEqual({ before: [A, undefined] });
});

test('an event that another page has left goes on as its visitor’s, also when another person has logged in since', async () => {
  const { world, owners } = await createShop();
  world.relay = 'down';
  const page = world.open({ identity: jwtA }, ['fetchLater']);
  page.tracker.track('order_of_a');
  await world.advance(10);
  world.crash(page);
  expect(JSON.stringify(world.storage)).not.toContain(jwtA);
  expect(JSON.stringify(world.storage)).not.toContain('shop.example');

  world.relay = 'up';
  world.cookie = `hubspotutk=${B}`;
  world.open({ identity: jwtB }).tracker.track('order_of_b');
  await world.advance(20_000);
  expect(owners()).toEqual({ order_of_a: [A, undefined], order_of_b: [B, jwtB] });
});

test('an event that another page has left waits a moment for the identity that fits, a fresh one will do', async () => {
  const { world, owners } = await createShop();
  world.relay = 'down';
  const page = world.open({ identity: jwtA }, ['fetchLater']);
  page.tracker.track('order_of_a');
  await world.advance(10);
  world.crash(page);
  world.relay = 'up';
  const next = world.open();
  await world.advance(2000);
  const fresh = jwtOf('a@shop.example', 2);
  next.tracker.identify(fresh);
  await world.advance(5000);
  expect(owners()).toEqual({ order_of_a: [A, fresh] });
});

test('an event that another page has left unidentified is never vouched for', async () => {
  const { world, owners } = await createShop();
  world.relay = 'down';
  const page = world.open({}, ['fetchLater']);
  page.tracker.track('left');
  await world.advance(10);
  world.crash(page);
  world.relay = 'up';
  world.open({ identity: jwtB });
  await world.advance(20_000);
  expect(owners()).toEqual({ left: [A, undefined] });
});

test('an event keeps the visitor’s token it was tracked with; without one it gets the next', async () => {
  const { world, owners } = await createShop();
  world.relay = 503;
  world.cookie = '';
  const { tracker } = world.open();
  tracker.track('of_the_next');
  world.cookie = `hubspotutk=${A}`;
  tracker.track('of_a');
  await world.advance(3000);
  world.cookie = `hubspotutk=${B}`;
  tracker.track('of_b');
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(owners()).toEqual({
    of_the_next: [B, undefined],
    of_a: [A, undefined],
    of_b: [B, undefined],
  });
  for (const { batch } of world.requests) expect(ownersIn(batch)).toBe(1);
});
const ownersIn = ({ utk, identity }: WireBatch) => new Set([`${utk} ${identity}`]).size;

test('a cookie that is gone means that nothing is sent, identified or not', async () => {
  const { world } = await createShop();
  const { tracker } = world.open({ identity: jwtA });
  tracker.track('a');
  world.cookie = '';
  await world.advance(MINUTE_MS);
  expect(world.requests).toEqual([]);
  world.cookie = `hubspotutk=${A}`;
  await world.advance(MINUTE_MS);
  expect(world.accepted.size).toBe(1);
});

test('the events of an expired identity wait for a fresh one, and hold up no other', async () => {
  const { world, owners } = await createShop();
  world.relay = 401;
  world.code = 'identity_expired';
  let asked = 0;
  const { tracker } = world.open({ identity: jwtA, onIdentityExpired: () => asked++ });
  const outcome = tracker.track('of_a');
  await world.advance(3000);
  expect(asked).toBe(1);
  world.relay = 'up';
  tracker.identify();
  tracker.track('of_nobody');
  await world.advance(10 * MINUTE_MS);
  expect(owners()).toEqual({ of_nobody: [A, undefined] });
  expect(Object.keys(world.storage)).toHaveLength(1);

  tracker.identify(jwtB);
  await world.advance(MINUTE_MS);
  expect(owners()).not.toHaveProperty('of_a');
  const fresh = jwtOf('a@shop.example', 2);
  tracker.identify(fresh);
  await world.advance(MINUTE_MS);
  expect(owners()).toHaveProperty('of_a', [A, fresh]);
  expect(await outcome).toBe('accepted');
});

test('any other refusal of an identity is for good', async () => {
  const { world } = await createShop();
  world.relay = 401;
  world.code = 'identity_required';
  const { tracker } = world.open({ identity: jwtA });
  const outcome = tracker.track('a');
  await world.advance(3000);
  expect(await outcome).toBe('rejected');
});

test('a JWT that cannot be read is a person of its own', async () => {
  const { world, owners } = await createShop();
  const { tracker } = world.open();
  for (const jwt of ['opaque-1', 'opaque-2']) {
    tracker.identify(jwt);
    tracker.track(jwt.replace('-', '_'));
  }
  await world.advance(3000);
  expect(owners()).toEqual({ opaque_1: [A, 'opaque-1'], opaque_2: [A, 'opaque-2'] });
});
