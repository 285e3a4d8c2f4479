import { randomUuid } from './random-hex.ts';
import type { EventMap, Tracker } from './tracker.ts';
import { readVisitor } from './visitor.ts';

export interface TrackerOptions {
  /** Where the relay listens, such as `https://relay.example.com/v1/events` or `/v1/events`. */
  endpoint: string;
}

/** Starts a tracker. On a server, where there is no page, it does nothing. */
export function createTracker<Events = EventMap>({ endpoint }: TrackerOptions): Tracker<Events> {
  return {
    track(eventName, properties) {
      if (typeof document === 'undefined') return;
      const now = Date.now();
      const event = { uuid: randomUuid(crypto), eventName, properties, occurredAt: now };
      fetch(endpoint, {
        method: 'POST',
        keepalive: true,
        body: JSON.stringify({ sentAt: now, utk: readVisitor(), events: [event] }),
      })
        // An unread body keeps its bytes in Chromium's keepalive quota.
        .then((response) => response.text())
        .catch(() => {});
    },
  };
}
