import { buryPending, forget, pause, purge, purgePending, replay, resume } from './operator.ts';
import { type Happening, wordsOf } from './plan/happening.ts';
import { attack } from './site/attacker.ts';
import { newVisitor } from './site/browser.ts';
import { ail, LOOK_MS, REST_MS, spoil } from './trouble.ts';
import type { World } from './world.ts';

type Does = Happening['does'];
type Player<D extends Does> = (happening: Extract<Happening, { does: D }>, world: World) => void;

/** SIGTERM to the last call's answer. */
const STOP_MS = 15_000;

const players: { readonly [D in Does]: Player<D> } = {
  'service fault'({ fault, forMs }, world) {
    const { hubspot } = world;
    hubspot.fault = fault;
    ail(world, forMs, fault.lookMs, () => {
      if (hubspot.fault === fault) hubspot.fault = undefined;
    });
  },

  'network fault'({ fault, share, forMs }, world) {
    world.network.disturb(fault, share);
    ail(world, forMs, 0, () => world.network.disturb(fault, 0));
  },

  'storage fault'({ fault, forMs }, world) {
    world.storage?.disturb(fault);
    ail(world, forMs, REST_MS, () => world.storage?.disturb(undefined));
  },

  kill({ relay, forMs }, world) {
    world.relays[relay]?.kill();
    ail(world, forMs, REST_MS, () => world.relays[relay]?.start());
  },

  restart({ relay, forMs }, world) {
    void world.relays[relay]?.stop();
    ail(world, STOP_MS + forMs, REST_MS, () => world.relays[relay]?.start());
  },

  'set clock'({ relay, ms }, world) {
    world.relays[relay]?.stepClock(ms);
    ail(world, 0, Math.min(Math.abs(ms), LOOK_MS) + REST_MS);
  },

  pause({ forMs }, world) {
    pause(world);
    ail(world, forMs, REST_MS, () => resume(world));
  },

  resume: (_, world) => resume(world),
  replay: (_, world) => replay(world),
  purge: (_, world) => purge(world),
  forget: (_, world) => forget(world),

  cure(_, { hubspot }) {
    hubspot.isCured = true;
  },

  'bury pending': ({ filter }, world) => buryPending(world, filter),
  'purge pending': ({ filter }, world) => purgePending(world, filter),

  /** The relays need no order and no restart to go on. */
  'end v3'({ answer }, world) {
    world.hubspot.endOfV3 = answer;
    ail(world, 0, LOOK_MS);
  },

  /** The old token ends at once; the relays get the new one when somebody has noticed. */
  'rotate token'({ forMs }, world) {
    const { hubspot, relays } = world;
    const token = hubspot.rotateToken();
    for (const relay of relays) relay.tokens = [token];
    ail(world, forMs + STOP_MS, LOOK_MS, () => {
      for (const relay of relays) if (relay.isUp) relay.restart();
    });
  },

  tabs({ how, share }, { visits, random }) {
    for (const browser of visits.browsers())
      for (const page of [...browser.pages]) {
        if (!random.chance(share)) continue;
        if (how === 'online') page.dispatch('online');
        else page[how]();
      }
  },

  'another visitor'({ share }, { visits, random }) {
    for (const browser of visits.browsers())
      if (random.chance(share)) browser.utk = newVisitor(browser.random);
  },

  attack({ fate, events }, world) {
    const { random, ledger, network, scheduler } = world;
    spoil(world);
    attack(fate, events, { random, ledger, network, now: scheduler.now });
  },

  'bad events'({ fate, share }, world) {
    spoil(world);
    world.visits.spoil(fate, share);
  },
};

/** Lets something happen to a world, and undoes it when its time is over. */
export function play(happening: Happening, world: World): void {
  if (world.trace.isOn) world.trace.note('HAPPENS', wordsOf(happening));
  (players[happening.does] as Player<Does>)(happening as never, world);
}
