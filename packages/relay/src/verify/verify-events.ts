import type { Clock } from '../core/clock.ts';
import type { DeliveredEvent } from '../delivery/delivered-sample.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import { readDefinitions } from './definitions.ts';
import { findOccurrence, listAround, listById } from './occurrences.ts';
import type { ReadBackClient } from './read-back-client.ts';
import { createRecords } from './records.ts';
import { type Evidence, type Verdict, verdictOf } from './verdict.ts';

export interface VerifyOptions {
  readonly client: ReadBackClient;
  /** Reads event definitions, which tell what kind of record an event takes. @default none */
  readonly definitionsClient?: ReadBackClient;
  readonly clock: Clock;
  /** How long after its delivery an event may be missing without more, milliseconds. @default 900_000 */
  readonly lagMs?: number;
  /** Hears of each event as soon as it is known. */
  readonly onVerdict?: (verified: VerifiedEvent) => void;
}

export interface VerifiedEvent extends Verdict {
  readonly event: HubSpotEvent;
  readonly deliveredAt: number;
}

export type Verified =
  | { readonly ok: true; readonly events: readonly VerifiedEvent[] }
  /** Nothing can be read back: the token, the scope, the address. */
  | { readonly ok: false; readonly problem: string };

/** HubSpot speaks of "several minutes". */
export const READ_BACK_LAG_MS = 900_000;

const AT_ONCE = 4;

/** Reads delivered events back from HubSpot and says of each whether it shows, and if not, why, as far as HubSpot tells. */
export async function verifyEvents(
  delivered: readonly DeliveredEvent[],
  options: VerifyOptions,
): Promise<Verified> {
  const { client, definitionsClient, clock, lagMs = READ_BACK_LAG_MS, onVerdict } = options;
  const definitions = await readDefinitions(client, definitionsClient);
  if (!definitions.ok) return definitions;
  const { of: definitionOf } = definitions;
  const records = createRecords(client);
  const events = delivered.map(({ event }) => event);

  async function evidenceOf({ event, deliveredAt }: DeliveredEvent): Promise<Evidence> {
    const listed = await listAround(client, event);
    const occurrence = listed ? findOccurrence(event, listed, events) : 'unread';
    const evidence: Evidence = {
      relay: 'delivered',
      occurrence,
      definition: 'live',
      record: 'unasked',
      isRecent: clock.now() - deliveredAt < lagMs,
    };
    if (occurrence === 'found') return evidence;
    const definition = await definitionOf(event.eventName);
    if (definition.state === 'archived') return { ...evidence, definition: 'archived' };
    return { ...evidence, record: await records.of(event, definition) };
  }

  const verified: VerifiedEvent[] = [];
  await each(delivered, AT_ONCE, async (one, index) => {
    const known = { ...one, ...verdictOf(await evidenceOf(one)) };
    verified[index] = known;
    onVerdict?.(known);
  });
  return { ok: true, events: verified };
}

/** Of an event that the relay does not remember as delivered. Found by its uuid, where HubSpot has that for an id. */
export async function verifyUnremembered(
  uuid: string,
  relay: Exclude<Evidence['relay'], 'delivered'>,
  client: ReadBackClient,
): Promise<Verdict> {
  const listed = await listById(client, uuid);
  const isListed = listed?.some(({ id }) => id.toLowerCase() === uuid.toLowerCase());
  return verdictOf({
    relay,
    occurrence: isListed ? 'found' : 'none',
    definition: 'live',
    record: 'unasked',
    isRecent: false,
  });
}

async function each<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) await run(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
