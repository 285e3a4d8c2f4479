import type { DuplicateEvent, ReceivedEvent, ReceivedRequest } from '@hubrelay/fake-hubspot';
import { uuidsIn } from '../inspector/observe-hubspot.ts';

/** Whom HubSpot shows events of, by what the events name. */
export interface Contact {
  readonly kind: 'visitor' | 'contact' | 'record';
  /** The token, the address or the record's id. */
  readonly name: string;
  /** Newest first. */
  readonly events: readonly TimelineEvent[];
}

export interface TimelineEvent {
  readonly event: ReceivedEvent;
  /** Calls that carried it, whatever became of them. */
  readonly calls: number;
  /** How often HubSpot knew its uuid already. */
  readonly duplicates: number;
}

export interface Account {
  readonly events: readonly ReceivedEvent[];
  readonly duplicates: readonly DuplicateEvent[];
  readonly requests: readonly ReceivedRequest[];
}

/** Whether a request carried events. */
export function isSend({ method, path }: ReceivedRequest): boolean {
  return method === 'POST' && path.startsWith('/events/');
}

/** The timelines of an account, the one with the newest event first. */
export function contactsOf({ events, duplicates, requests }: Account): Contact[] {
  const contacts = new Map<
    string,
    { kind: Contact['kind']; name: string; events: TimelineEvent[] }
  >();
  const calls = countOf(requests.flatMap(uuidsIn));
  const absorbed = countOf(duplicates.map(({ uuid }) => uuid));
  for (const event of events.toReversed()) {
    const { kind, name } = ownerOf(event);
    const key = `${kind} ${name}`;
    const contact = contacts.get(key) ?? { kind, name, events: [] };
    contacts.set(key, contact);
    contact.events.push({
      event,
      calls: calls.get(event.uuid) ?? 0,
      duplicates: absorbed.get(event.uuid) ?? 0,
    });
  }
  return [...contacts.values()];
}

/** How often each stands in a list. */
function countOf(uuids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const uuid of uuids) counts.set(uuid, (counts.get(uuid) ?? 0) + 1);
  return counts;
}

function ownerOf({ email, objectId, utk }: ReceivedEvent): Pick<Contact, 'kind' | 'name'> {
  if (objectId !== undefined) return { kind: 'record', name: objectId };
  if (email !== undefined) return { kind: 'contact', name: email };
  return { kind: 'visitor', name: utk ?? 'unknown' };
}
