import { type EventKey, eventKey, type HubSpotEvent } from '../hubspot/event.ts';

/** Who sent an event: a page, which is anyone on the internet, or a server with a relay key. */
export type SenderKind = 'page' | 'server';

const SERVER_MARK = ' server';

/**
 * What an outbox knows an event by. A page's event is never a server's: a page that used a server's uuid first would
 * otherwise keep the server's event out. docs/decisions/keys-of-events.md
 */
export function outboxKey(event: HubSpotEvent, sender: SenderKind): EventKey {
  return sender === 'server' ? eventKey(event) + SERVER_MARK : eventKey(event);
}

/** The key that the other kind of sender would have with the same uuid. */
export function foreignKey(key: EventKey, sender: SenderKind): EventKey {
  return sender === 'server' ? key.slice(0, -SERVER_MARK.length) : key + SERVER_MARK;
}

/**
 * The event of a server whose random uuid a page has used: HubSpot would take it for the page's. Derived, so that every
 * resend gets the same; version 8, which a page cannot send.
 */
export function withServerUuid(event: HubSpotEvent): HubSpotEvent {
  return { ...event, uuid: serverUuid(event.uuid) };
}

/** Under which a server's event goes on whose own uuid a page has used. */
export const serverUuid = (uuid: string) => `${uuid.slice(0, 14)}8${uuid.slice(15)}`;
