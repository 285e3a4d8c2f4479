import * as v from 'valibot';
import { occurrencesPath } from './occurrences.ts';
import type { ReadBackClient } from './read-back-client.ts';

export interface EventDefinitionFacts {
  readonly state: 'live' | 'archived';
  /** `CONTACT`, `COMPANY` …; undefined when no answer tells it. */
  readonly type: string | undefined;
  /** HubSpot finds the record by one of the event's properties. */
  readonly hasMatchingRule: boolean;
}

export type Definitions =
  | { readonly ok: true; of(eventName: string): Promise<EventDefinitionFacts> }
  | { readonly ok: false; readonly problem: string };

const eventTypes = v.object({ eventTypes: v.array(v.string()) });
const definition = v.object({
  primaryObject: v.optional(v.nullable(v.string())),
  customMatchingId: v.optional(v.nullable(v.unknown())),
});
const oneOccurrence = v.object({ results: v.array(v.object({ objectType: v.string() })) });

/**
 * What HubSpot says of the events' definitions. That one exists is told by the list of event types. What kind of record it takes
 * is told by the definition, where there is a token for those, or else by any event of its type that HubSpot shows.
 * @returns not ok when the list of event types cannot be read: then nothing else can
 */
export async function readDefinitions(
  client: ReadBackClient,
  definitionsClient: ReadBackClient | undefined,
): Promise<Definitions> {
  const answer = await client.get(`${occurrencesPath(client)}/event-types`);
  const parsed = answer.ok ? v.safeParse(eventTypes, answer.body) : undefined;
  if (!parsed?.success) return { ok: false, problem: explain(answer) };
  const names = new Set(parsed.output.eventTypes);
  const known = new Map<string, Promise<EventDefinitionFacts>>();

  async function look(eventName: string): Promise<EventDefinitionFacts> {
    if (!names.has(eventName))
      return { state: 'archived', type: undefined, hasMatchingRule: false };
    const defined = definitionsClient && (await readDefinition(definitionsClient, eventName));
    return {
      state: 'live',
      type: defined?.type ?? (await typeOfAnyEvent(client, eventName)),
      hasMatchingRule: defined?.hasMatchingRule ?? false,
    };
  }

  return {
    ok: true,
    of(eventName) {
      const looked = known.get(eventName) ?? look(eventName);
      known.set(eventName, looked);
      return looked;
    },
  };
}

/** The path takes the name without the account's prefix. */
async function readDefinition(client: ReadBackClient, eventName: string) {
  const name = eventName.replace(/^pe\d+_/, '');
  const answer = await client.get(`/events/${client.apiVersion}/event-definitions/${name}`);
  const parsed = answer.ok ? v.safeParse(definition, answer.body) : undefined;
  if (!parsed?.success) return undefined;
  const { primaryObject, customMatchingId } = parsed.output;
  return { type: primaryObject?.toUpperCase(), hasMatchingRule: Boolean(customMatchingId) };
}

async function typeOfAnyEvent(
  client: ReadBackClient,
  eventType: string,
): Promise<string | undefined> {
  const answer = await client.get(occurrencesPath(client), { eventType, limit: '1' });
  const parsed = answer.ok ? v.safeParse(oneOccurrence, answer.body) : undefined;
  return parsed?.success ? parsed.output.results[0]?.objectType.toUpperCase() : undefined;
}

function explain(answer: Awaited<ReturnType<ReadBackClient['get']>>): string {
  if (answer.ok) return 'HubSpot’s answer is not a list of event types: check HUBSPOT_BASE_URL.';
  const { status, problem } = answer;
  if (status === 401) {
    return `HubSpot does not take HUBSPOT_READ_TOKEN (401): check that it was copied whole and is still valid. ${problem}`;
  }
  if (status === 403) {
    return `The token in HUBSPOT_READ_TOKEN may not read events (403): HubSpot asks for the scope "oauth" and for Enterprise. ${problem}`;
  }
  return problem;
}
