import { type EventJson, eventKey, type HubSpotEvent } from '../hubspot/event.ts';
import type { Delivered, Refused } from '../hubspot/outcome.ts';

/** How an event ended for good. */
export interface Settled {
  readonly event: HubSpotEvent;
  readonly outcome: Delivered | Refused;
}

export interface SettledEvents {
  /** @returns how this event ended; undefined when it is not known, or when another one was refused under its key */
  get(event: HubSpotEvent): Settled['outcome'] | undefined;
  add(settled: Settled): void;
}

interface Remembered {
  readonly outcome: Delivered | Refused;
  /** Of a refused event: a corrected one is another. */
  readonly json?: EventJson;
}

/** Longer refused events are not remembered, which costs a call when they come again, and never much memory. */
const MAX_JSON_CHARS = 4096;

/** Remembers how the last `maxEvents` events ended. */
export function rememberSettled(maxEvents: number): SettledEvents {
  const settledByKey = new Map<string, Remembered>();
  return {
    get(event) {
      const known = settledByKey.get(eventKey(event));
      const isOther = known?.json !== undefined && known.json !== JSON.stringify(event);
      return isOther ? undefined : known?.outcome;
    },
    add({ event, outcome }) {
      const json = outcome.kind === 'refused' ? JSON.stringify(event) : undefined;
      if (json !== undefined && json.length > MAX_JSON_CHARS) return;
      settledByKey.set(eventKey(event), { outcome, ...(json !== undefined && { json }) });
      const [oldest] = settledByKey.keys();
      if (settledByKey.size > maxEvents && oldest !== undefined) settledByKey.delete(oldest);
    },
  };
}

/** The last `maxEvents` events that failed, each with the time before which it is not sent again. */
export function rememberFailed(maxEvents: number) {
  const notBefore = new Map<string, number>();
  return {
    /** @returns undefined when it did not fail */
    notBefore: (event: HubSpotEvent) => notBefore.get(eventKey(event)),
    add(event: HubSpotEvent, notBeforeAt: number): void {
      const key = eventKey(event);
      notBefore.delete(key);
      notBefore.set(key, notBeforeAt);
      const [oldest] = notBefore.keys();
      if (notBefore.size > maxEvents && oldest !== undefined) notBefore.delete(oldest);
    },
  };
}
