import { setTimeout as sleep } from 'node:timers/promises';
import { startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import { createRandom } from '../oracle/random.ts';
import { type RelayProcess, startRelayProcess } from '../oracle/relay-process.ts';
import { createSender, ORIGIN, type Sender } from '../oracle/sender.ts';
import { judge, type Verdict } from '../oracle/verdict.ts';
import { type PostgresPair, startPostgresPair } from './postgres-pair.ts';

export interface FailoverOptions {
  /** Times that the primary is killed and the standby promoted. */
  readonly kills: number;
  /** @default says nothing */
  readonly onRound?: (round: number, acceptingAfterMs: number) => void;
}

export interface FailoverReport extends Verdict {
  readonly kills: number;
  /** From the promotion to the first event that a relay acknowledged, per kill. */
  readonly acceptingAfterMs: readonly number[];
  /** Relays that were replaced one after the other, under load. */
  readonly rolled: number;
  readonly uncleanExits: number;
  /** Answers other than 202 and 503. */
  readonly complaints: readonly string[];
}

const RELAYS = 3;
const PATIENCE_MS = 120_000;

/**
 * Three relays on a primary with a synchronous standby, under load: the primary is killed and the standby promoted, again and
 * again; then the relays are replaced one after the other. Every uuid that a relay acknowledged is an obligation.
 */
export async function runFailover(options: FailoverOptions): Promise<FailoverReport> {
  const { kills, onRound = () => {} } = options;
  const hubspot = await startFakeHubSpot({
    hubId: '123',
    accessTokens: ['secret-token'],
    journalLimit: 10_000_000,
  });
  const pair = await startPostgresPair();
  const start = () =>
    startRelayProcess(
      {
        DATABASE_URL: pair.connectionString,
        ALLOWED_ORIGINS: ORIGIN,
        EVENTS: '*',
        HUBSPOT_HUB_ID: '123',
        HUBSPOT_ACCESS_TOKEN: 'secret-token',
        CHECK_KEY: 'false',
        HUBSPOT_BASE_URL: hubspot.url,
        RATE_LIMIT_PER_ADDRESS: '0',
        RATE_LIMIT_PER_VISITOR: '0',
      },
      0,
    );
  const relays = await Promise.all(Array.from({ length: RELAYS }, start));
  const urls = () => relays.filter((relay) => relay.isRunning()).map(({ url }) => url);
  const sender = createSender(urls, createRandom(1));
  const acceptingAfterMs: number[] = [];

  try {
    sender.start();
    for (let round = 1; round <= kills; round += 1) {
      await sleep(300);
      acceptingAfterMs.push(await failOver(pair, sender));
      onRound(round, acceptingAfterMs.at(-1) as number);
      await pair.addStandby();
    }
    const uncleanExits = await roll(relays, start);
    await sleep(300);
    await sender.stop();
    await sender.flush(PATIENCE_MS);

    const outbox = await openPostgresOutbox(pair);
    await untilNothingWaits(() => outbox.stats());
    const { sent, acknowledged, complaints } = sender;
    const verdict = await judge({ sent, acknowledged, hubspot, outbox, maxClockOffsetMs: 60_000 });
    await outbox.close();
    const rolled = relays.length;
    return { ...verdict, kills, acceptingAfterMs, rolled, uncleanExits, complaints };
  } finally {
    await sender.stop();
    await Promise.all(relays.map((relay) => relay.kill()));
    await pair.stop();
    await hubspot.close();
  }
}

/** @returns how long after the promotion the first event was acknowledged */
async function failOver(pair: PostgresPair, { acknowledged }: Sender): Promise<number> {
  await pair.killPrimary();
  await pair.promote();
  const promotedAt = performance.now();
  const before = acknowledged.size;
  while (acknowledged.size === before) {
    if (performance.now() - promotedAt > PATIENCE_MS) throw new Error('No relay accepts events.');
    await sleep(5);
  }
  return Math.round(performance.now() - promotedAt);
}

/** Replaces one relay after the other. @returns how many did not end by themselves */
async function roll(relays: RelayProcess[], start: () => Promise<RelayProcess>): Promise<number> {
  let unclean = 0;
  for (const [index, old] of relays.entries()) {
    const next = await start();
    await sleep(300);
    if ((await old.terminate()) !== 0) unclean += 1;
    relays[index] = next;
    await sleep(300);
  }
  return unclean;
}

async function untilNothingWaits(stats: () => Promise<{ readonly pending: number }>) {
  const end = performance.now() + PATIENCE_MS;
  while ((await stats()).pending > 0 && performance.now() < end) await sleep(200);
}
