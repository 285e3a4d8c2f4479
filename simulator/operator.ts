import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import type { PendingFilter } from '../packages/relay/src/outbox/pending-event.ts';
import { REST_MS } from './trouble.ts';
import type { World } from './world.ts';

/** What the owner of a relay does by hand. Goes to whichever relay is up, and comes to nothing when it dies over it. */

/** An operator looks whether an order has come to anything. */
const AGAIN_MS = 20_000;

function anyDeliverer({ relays }: World) {
  return relays.find((relay) => relay.isUp)?.deliverer;
}

function order(world: World, what: (outbox: Outbox) => Promise<unknown>): void {
  const outbox = world.storage?.undisturbed;
  if (outbox) what(outbox).catch(failed(world));
}

/** The operator sees it and tries again another day. */
const failed = (world: World) => (error: Error) =>
  world.trace.note('operator', `fails: ${error.message}`);

export function pause(world: World): void {
  world.trouble.isPaused = true;
  anyDeliverer(world)?.pause().catch(failed(world));
}

/** Everything is due now. Where nothing ails, nothing more is waited for. Ordered again until a relay says that it is done. */
export function resume(world: World): void {
  const { trouble, hubspot, scheduler, quiet } = world;
  const askAgain = scheduler.schedule(() => resume(world), AGAIN_MS);
  const deliverer = anyDeliverer(world);
  deliverer?.resume().then(() => {
    askAgain();
    trouble.isPaused = false;
    trouble.endedAt = scheduler.now();
    quiet.disturb(REST_MS);
    if (trouble.active === 0 && hubspot.fault === undefined) trouble.lookMs = 0;
  }, failed(world));
}

export function replay(world: World): void {
  order(world, (outbox) => outbox.replay({}));
}

/** Deletes the newest dead letters. */
export function purge(world: World): void {
  order(world, async (outbox) => {
    const { items } = await outbox.listDead({ limit: 50 });
    const uuids = items.map(({ event }) => event.uuid);
    for (const uuid of uuids) world.ledger.remove(uuid);
    await outbox.purge({ uuids });
  });
}

/** Takes out what a bad release of the site has left: into the dead letters, from where it can be replayed. */
export function buryPending(world: World, filter: PendingFilter): void {
  order(world, async (outbox) => {
    for (const uuid of await unclaimed(outbox, filter)) world.ledger.bury(uuid);
    await outbox.buryPending(filter);
  });
}

/** The same, for good. */
export function purgePending(world: World, filter: PendingFilter): void {
  order(world, async (outbox) => {
    const uuids = await unclaimed(outbox, filter);
    for (const uuid of uuids) world.ledger.remove(uuid);
    await outbox.purgePending(filter);
  });
}

async function unclaimed(outbox: Outbox, filter: PendingFilter): Promise<string[]> {
  const uuids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await outbox.listPending({ ...filter, limit: 500, ...(cursor && { cursor }) });
    uuids.push(...page.items.flatMap((one) => (one.isClaimed ? [] : [one.event.uuid])));
    cursor = page.next;
  } while (cursor !== undefined);
  return uuids;
}

/** A visitor wants to be forgotten. */
export function forget(world: World): void {
  const { ledger, random } = world;
  const all = [...ledger.events.values()];
  if (all.length === 0) return;
  const { utk } = random.pick(all);
  for (const event of all) if (event.utk === utk) ledger.remove(event.uuid);
  order(world, (outbox) => outbox.forget({ field: 'utk', value: utk }));
}
