import * as v from 'valibot';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { ReadBackClient } from './read-back-client.ts';

/** `ExternalUnifiedEvent` of HubSpot's specification. */
const occurrence = v.object({
  id: v.string(),
  eventType: v.string(),
  objectType: v.string(),
  objectId: v.string(),
  occurredAt: v.string(),
  properties: v.optional(v.record(v.string(), v.string()), {}),
});
const page = v.object({
  results: v.array(occurrence),
  paging: v.optional(v.object({ next: v.optional(v.object({ after: v.string() })) })),
});

/** An event as HubSpot shows it. */
export type Occurrence = v.InferOutput<typeof occurrence>;

/** Undefined: HubSpot gave no answer, or more pages than are read. */
export type Listed = readonly Occurrence[] | undefined;

const MAX_PAGES = 5;
/** Bounds may be inclusive or not, and HubSpot may keep whole seconds: both are undocumented. */
const MARGIN_MS = 1_000;

/** Where occurrences are read: the address changed with the dated versions. */
export function occurrencesPath({ apiVersion }: ReadBackClient): string {
  return apiVersion === 'v3' ? '/events/v3/events' : `/events/event-occurrences/${apiVersion}`;
}

/** All occurrences of an event's type around its time. */
export async function listAround(
  client: ReadBackClient,
  { eventName, occurredAt }: Pick<HubSpotEvent, 'eventName' | 'occurredAt'>,
): Promise<Listed> {
  const at = Date.parse(occurredAt);
  return list(client, {
    eventType: eventName,
    occurredAfter: new Date(at - MARGIN_MS).toISOString(),
    occurredBefore: new Date(at + MARGIN_MS).toISOString(),
  });
}

/** Works where HubSpot uses the uuid as id, which is not documented. */
export async function listById(client: ReadBackClient, uuid: string): Promise<Listed> {
  return list(client, { id: uuid });
}

async function list(client: ReadBackClient, query: Record<string, string>): Promise<Listed> {
  const found: Occurrence[] = [];
  for (let pages = 0, after = ''; pages < MAX_PAGES; pages += 1) {
    const asked = { ...query, limit: '100', ...(after && { after }) };
    const answer = await client.get(occurrencesPath(client), asked);
    const parsed = answer.ok ? v.safeParse(page, answer.body) : undefined;
    if (!parsed?.success) return undefined;
    found.push(...parsed.output.results);
    const next = parsed.output.paging?.next?.after;
    if (next === undefined) return found;
    after = next;
  }
  return undefined;
}

/**
 * Whether an event is among what HubSpot lists around its time. Occurrences carry no uuid that is promised, so events are told
 * apart by name, time, record and properties.
 * @param delivered what is known to have been delivered: of events that look alike all must be listed
 */
export function findOccurrence(
  event: HubSpotEvent,
  listed: readonly Occurrence[],
  delivered: readonly HubSpotEvent[],
): 'found' | 'none' | 'alike' {
  if (listed.some(({ id }) => id.toLowerCase() === event.uuid.toLowerCase())) return 'found';
  const others = delivered.filter(({ uuid }) => uuid !== event.uuid);
  const exact = count(event, listed, others, isSameTime);
  if (exact !== 'none' || !listed.every(({ occurredAt }) => isWholeSecond(occurredAt)))
    return exact;
  // Perhaps HubSpot keeps whole seconds: what is another event's exact time is that event's.
  const free = listed.filter((one) => !others.some((other) => isOf(other, one, isSameTime)));
  return count(event, free, others, isSameSecond);
}

type SameTime = (one: string, other: string) => boolean;

const isSameTime: SameTime = (one, other) => Date.parse(one) === Date.parse(other);
const isSameSecond: SameTime = (one, other) => secondOf(one) === secondOf(other);
const secondOf = (time: string) => Math.floor(Date.parse(time) / 1_000);
const isWholeSecond = (time: string) => Date.parse(time) % 1_000 === 0;

function count(
  event: HubSpotEvent,
  listed: readonly Occurrence[],
  others: readonly HubSpotEvent[],
  isSame: SameTime,
): 'found' | 'none' | 'alike' {
  const candidates = listed.filter((one) => isOf(event, one, isSame)).length;
  if (candidates === 0) return 'none';
  const alike = others.filter((other) => isOf(event, asShown(other, event), isSame)).length;
  return candidates > alike ? 'found' : 'alike';
}

function isOf(event: HubSpotEvent, shown: Occurrence, isSame: SameTime): boolean {
  const { eventType, occurredAt, objectId, properties } = shown;
  return (
    eventType === event.eventName &&
    isSame(event.occurredAt, occurredAt) &&
    (event.objectId === undefined || event.objectId === objectId) &&
    // HubSpot may add properties of its own, and leave out those it does not know.
    Object.entries(event.properties).every(([name, value]) => (properties[name] ?? value) === value)
  );
}

/** Another event as HubSpot would list it. It may be of the same record, unless both name one. */
function asShown(other: HubSpotEvent, event: HubSpotEvent): Occurrence {
  const { eventName: eventType, occurredAt, properties } = other;
  const objectId = other.objectId ?? event.objectId ?? '';
  return { id: '', eventType, objectType: '', objectId, occurredAt, properties };
}
