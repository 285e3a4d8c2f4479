import { createHubSpot, type HubSpot } from './hubspot/hubspot.ts';
import { createLedger, type Ledger } from './laws/ledger.ts';
import { createQuiet, type Quiet } from './laws/quiet.ts';
import type { Plan } from './plan/plan.ts';
import { createDatabaseServer } from './relays/database-server.ts';
import { createRelayProcess, type RelayProcess } from './relays/relay-process.ts';
import { createSqliteFile } from './relays/sqlite-file.ts';
import type { Storage } from './relays/storage.ts';
import type { OpenTracker } from './site/bundle.ts';
import { createNetwork, type Network } from './site/network.ts';
import { createVisits, type Visits } from './site/visits.ts';
import { createRandom, type Random } from './time/random.ts';
import type { Scheduler } from './time/scheduler.ts';
import type { Trace } from './time/trace.ts';
import type { Trouble } from './trouble.ts';

/** A site with its visitors, relays, their storage, and HubSpot, on one clock. */
export interface World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly quiet: Quiet;
  readonly hubspot: HubSpot;
  readonly network: Network;
  readonly relays: readonly RelayProcess[];
  /** Absent in direct mode. */
  readonly storage: Storage | undefined;
  readonly visits: Visits;
  readonly trouble: Trouble;
  close(): void;
}

export function createWorld(
  plan: Plan,
  openTracker: OpenTracker,
  scheduler: Scheduler,
  trace: Trace,
): World {
  const random = createRandom(`world ${plan.seed}`);
  const { now } = scheduler;
  const quiet = createQuiet(now);
  const isDirect = plan.store === 'direct';
  // Other visitors close their pages and come back at any time.
  const areLoyal = isDirect && plan.kind === 'events at fault';
  const ledger = createLedger({
    now,
    acknowledged: (event) => isDirect || quiet.begin(event),
    posted: (event) => areLoyal && quiet.begin(event),
    applied: quiet.arrive,
  });
  const common = { scheduler, trace, ledger };
  const { habits } = plan;
  const hubspot = createHubSpot({ ...common, habits, random: random.fork('hubspot') });
  const sqlite =
    plan.store === 'sqlite' ? createSqliteFile(scheduler, random.fork('disk'), plan) : undefined;
  const storage =
    sqlite ??
    (isDirect ? undefined : createDatabaseServer(scheduler, random.fork('database'), plan));

  const relays = Array.from({ length: plan.relays }, (_, index) => {
    const name = `relay ${index + 1}`;
    const { pollMs } = plan;
    const onDeath = ledger.died;
    return createRelayProcess(name, {
      scheduler,
      trace,
      hubspot,
      storage,
      pollMs,
      onDeath,
      random: random.fork(name),
    });
  });
  const roads = random.fork('roads');
  const network = createNetwork({
    ...common,
    random: random.fork('network'),
    relay(body) {
      const up = relays.filter((relay) => relay.isUp);
      return up.length === 0 ? undefined : roads.pick(up).fetch(body);
    },
  });
  const visits = createVisits({
    ...common,
    network,
    openTracker,
    random: random.fork('visits'),
    areLoyal,
    isByVisitor: isDirect,
  });
  const trouble: Trouble = { active: 0, endedAt: now(), lookMs: 0, isPaused: false };
  const close = () => sqlite?.close();
  return {
    plan,
    scheduler,
    random,
    trace,
    ledger,
    quiet,
    hubspot,
    network,
    relays,
    storage,
    visits,
    trouble,
    close,
  };
}
