import { setTimeout as sleep } from 'node:timers/promises';
import { startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { canLimitFiles } from '../support/limit-files.ts';
import { createFleet, type Fleet, type FleetCounts } from './fleet.ts';
import { makeHostile } from './hostility.ts';
import { ADMIN_TOKEN, playPause } from './play-pause.ts';
import { createRandom, type Random } from './random.ts';
import { createSender, ORIGIN, type Sender } from './sender.ts';
import type { OracleStorage, StorageFault } from './storages.ts';
import { judge, type Verdict } from './verdict.ts';

export interface OracleOptions {
  readonly storage: OracleStorage;
  readonly cycles: number;
  readonly seed: number;
  /** @default says nothing */
  readonly onCycle?: (cycle: number, sender: Sender, counts: FleetCounts) => void;
}

export interface OracleReport extends Verdict, FleetCounts, PauseCounts {
  readonly cycles: number;
  readonly seed: number;
  /** What `storageFaults` were. */
  readonly storageFault: string;
  /** Answers to pages that no relay should ever give. */
  readonly complaints: readonly string[];
  /** Whether an event sent after all of it got through. */
  readonly isAliveAfterwards: boolean;
  /** How long it took until nothing was pending, once HubSpot was well again. */
  readonly calmMs: number;
}

export interface PauseCounts {
  /** An operator's. */
  pauses: number;
  /** To HubSpot. */
  callsInPauses: number;
}

const CYCLES_PER_PAUSE = 5;
const MINUTE = 60_000;
const MAX_CLOCK_JUMP_MS = 30 * MINUTE;
/** Longer than any backoff, so that everything is due when calm returns. */
const LAST_CLOCK_JUMP_MS = 10 * MINUTE;
const CALM_PATIENCE_MS = 15_000;
/** Events that failed often wait up to five minutes, by a database's clock that is not moved. */
const CALM_LIMIT_MS = 6 * MINUTE;

/**
 * Puts relays under fire, cycle by cycle: kill -9, SIGTERM, a hostile HubSpot, a full disk, clocks that jump, every few cycles an
 * operator's pause. Every uuid that a relay acknowledged is an obligation. When calm returns, the verdict says what became of each.
 */
export async function runOracle(options: OracleOptions): Promise<OracleReport> {
  const { storage, cycles, seed, onCycle = () => {} } = options;
  const random = createRandom(seed);
  const hubspot = await startFakeHubSpot({
    hubId: '123',
    accessTokens: ['secret-token'],
    journalLimit: 10_000_000,
  });
  const fleet = createFleet(storage.relays, {
    ...storage.variables,
    DELIVERY: 'queued',
    ALLOWED_ORIGINS: ORIGIN,
    EVENTS: '*',
    ADMIN_TOKEN,
    HUBSPOT_HUB_ID: '123',
    HUBSPOT_ACCESS_TOKEN: 'secret-token',
    CHECK_KEY: 'false',
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_TIMEOUT_MS: '1000',
    SHUTDOWN_TIMEOUT_MS: '2000',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_VISITOR: '0',
  });
  const sender = createSender(fleet.urls, random);
  const storageFault = storage.fault ?? (await processFault(fleet, random));
  const pauses: PauseCounts = { pauses: 0, callsInPauses: 0 };

  try {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      await fleet.start();
      const calm = makeHostile(hubspot, random);
      await oneCycle(fleet, sender, random, storageFault);
      calm();
      if (cycle % CYCLES_PER_PAUSE === 0) {
        pauses.pauses += 1;
        const calls = () => hubspot.count().requests;
        pauses.callsInPauses += await playPause(fleet, sender, random, calls);
      }
      onCycle(cycle, sender, fleet.counts);
    }
    const calmSince = performance.now();
    await settle(fleet, sender, () => hubspot.received());
    const calmMs = Math.round(performance.now() - calmSince);
    await fleet.stop();
    const outbox = await storage.open();
    const maxClockOffsetMs = MAX_CLOCK_JUMP_MS + LAST_CLOCK_JUMP_MS + MINUTE;
    const { sent, acknowledged, complaints } = sender;
    const verdict = await judge({ sent, acknowledged, hubspot, outbox, maxClockOffsetMs });
    await outbox.close();
    const isAliveAfterwards = await isAlive(fleet, sender, () => hubspot.received());
    return {
      ...verdict,
      ...fleet.counts,
      ...pauses,
      cycles,
      seed,
      storageFault: storageFault.name,
      calmMs,
      complaints: [...complaints, ...fleet.complaints],
      isAliveAfterwards,
    };
  } catch (error) {
    throw new Error(`The oracle could not finish. The relays' last words:\n${fleet.lastOutput()}`, {
      cause: error,
    });
  } finally {
    await sender.stop();
    await fleet.stop();
    await hubspot.close();
  }
}

async function oneCycle(
  fleet: Fleet,
  sender: Sender,
  random: Random,
  storageFault: StorageFault,
): Promise<void> {
  sender.start();
  await sleep(random.integer(100, 600));
  if (random.chance(0.2)) fleet.setClock(random.integer(-MAX_CLOCK_JUMP_MS, MAX_CLOCK_JUMP_MS));
  if (random.chance(0.2)) {
    fleet.counts.storageFaults += 1;
    await storageFault.play();
  }
  await sleep(random.integer(0, 400));
  await fleet.strike(random);
  await sender.stop();
}

/** Where no disk can be mounted: a relay's files cannot grow, which is what a full disk is to its process. */
async function processFault(fleet: Fleet, random: Random): Promise<StorageFault> {
  return (await canLimitFiles())
    ? { name: 'files that cannot grow (prlimit)', play: () => fleet.limitFiles(random) }
    : { name: 'none: this system has neither tmpfs for us nor prlimit', play: async () => {} };
}

type Received = () => readonly { readonly uuid: string }[];

/** Calm: HubSpot is well, all relays run, and whatever waits for its next try is due. */
async function settle(fleet: Fleet, sender: Sender, received: Received): Promise<void> {
  let clockMs = MAX_CLOCK_JUMP_MS + LAST_CLOCK_JUMP_MS;
  fleet.setClock(clockMs);
  await fleet.stop();
  await fleet.start();
  await sender.flush(MINUTE);
  let patienceEndsAt = performance.now() + CALM_PATIENCE_MS;
  await until(async () => {
    // A call may fail in the calm, too, on a busy machine: what failed often before then waits for minutes.
    if (performance.now() > patienceEndsAt) {
      clockMs += LAST_CLOCK_JUMP_MS;
      fleet.setClock(clockMs);
      // A clock that is set makes nothing due, but time in which no relay ran does.
      await fleet.stop();
      await fleet.start();
      patienceEndsAt = performance.now() + CALM_PATIENCE_MS;
    }
    const arrived = new Set(received().map(({ uuid }) => uuid));
    const { acknowledged, sent } = sender;
    const isHere = (uuid: string) => arrived.has(uuid) || sent.get(uuid)?.isPoison;
    return [...acknowledged].every(isHere) && (await isIdle(fleet));
  });
}

/** Whether nothing is pending, also no event that HubSpot has and whose delivery is not noted yet. */
async function isIdle(fleet: Fleet): Promise<boolean> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const stats = await Promise.all(
    fleet.urls().map(async (url) => {
      const answer = await fetch(`${url}/admin/v1/stats`, { headers });
      return answer.ok ? ((await answer.json()) as { outbox: { pending: number } }) : undefined;
    }),
  );
  return stats.every((one) => one?.outbox.pending === 0);
}

async function isAlive(fleet: Fleet, sender: Sender, received: Received): Promise<boolean> {
  await fleet.start();
  const before = new Set(received().map(({ uuid }) => uuid));
  sender.start();
  const isNew = ({ uuid }: { readonly uuid: string }) => !before.has(uuid);
  return until(async () => received().some(isNew));
}

/** @returns whether it came true; what is missing when it did not is for the verdict to say */
async function until(condition: () => Promise<boolean>): Promise<boolean> {
  // A machine that was put to sleep has another time of day when it wakes up.
  const end = performance.now() + CALM_LIMIT_MS;
  while (performance.now() < end) {
    if (await condition()) return true;
    await sleep(200);
  }
  return false;
}
