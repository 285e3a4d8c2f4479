import type { EventJson, HubSpotEvent } from '../../src/hubspot/event.ts';

/** A well-formed event; the number makes its uuid. */
export function event(number: number, changes: Partial<HubSpotEvent> = {}): HubSpotEvent {
  return {
    uuid: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    eventName: 'pe123_signup',
    properties: { plan: 'pro' },
    occurredAt: '2026-11-23T12:00:00.000Z',
    utk: '0123456789abcdef0123456789abcdef',
    ...changes,
  };
}

/** The same as JSON, as the client takes it. */
export function eventJson(number: number, changes: Partial<HubSpotEvent> = {}): EventJson {
  return JSON.stringify(event(number, changes));
}

export function events(count: number): HubSpotEvent[] {
  return Array.from({ length: count }, (_, number) => event(number));
}
