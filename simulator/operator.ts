import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { REST_MS } from './trouble.ts';
import type { World } from './world.ts';

/** What the owner of a relay does by hand. Goes to whichever relay is up, and comes to nothing when it dies over it. */

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

/** Everything is due now. Where nothing ails, nothing more is waited for. */
export function resume(world: World): void {
  const { trouble, hubspot, scheduler, quiet } = world;
  const deliverer = anyDeliverer(world);
  if (deliverer) deliverer.resume().catch(failed(world));
  else order(world, (outbox) => outbox.resume());
  trouble.isPaused = false;
  trouble.endedAt = scheduler.now();
  quiet.disturb(REST_MS);
  if (trouble.active === 0 && hubspot.fault === undefined) trouble.lookMs = 0;
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

/** A visitor wants to be forgotten. */
export function forget(world: World): void {
  const { ledger, random } = world;
  const all = [...ledger.events.values()];
  if (all.length === 0) return;
  const { utk } = random.pick(all);
  for (const event of all) if (event.utk === utk) ledger.remove(event.uuid);
  order(world, (outbox) => outbox.forget({ field: 'utk', value: utk }));
}
