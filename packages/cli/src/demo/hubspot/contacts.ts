import type { DuplicateEvent, ReceivedEvent, ReceivedRequest } from '@hubrelay/fake-hubspot';

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
  for (const event of events.toReversed()) {
    const { kind, name } = ownerOf(event);
    const key = `${kind} ${name}`;
    const contact = contacts.get(key) ?? { kind, name, events: [] };
    contacts.set(key, contact);
    contact.events.push({
      event,
      calls: requests.filter(({ body }) => body.includes(event.uuid)).length,
      duplicates: duplicates.filter(({ uuid }) => uuid === event.uuid).length,
    });
  }
  return [...contacts.values()];
}

function ownerOf({ email, objectId, utk }: ReceivedEvent): Pick<Contact, 'kind' | 'name'> {
  if (objectId !== undefined) return { kind: 'record', name: objectId };
  if (email !== undefined) return { kind: 'contact', name: email };
  return { kind: 'visitor', name: utk ?? 'unknown' };
}
