import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Delivered, Refused } from '../outcome.ts';

/** How an event ended for good. */
export interface Settled {
  readonly event: Pick<HubSpotEvent, 'uuid' | 'eventName'>;
  readonly outcome: Delivered | Refused;
}

export interface SettledEvents {
  /** @returns what became of an event with this uuid and name */
  get(event: HubSpotEvent): Settled | undefined;
  add(settled: Settled): void;
}

/** Remembers how the last `maxEvents` events ended. */
export function rememberSettled(maxEvents: number): SettledEvents {
  const settledByKey = new Map<string, Settled>();
  return {
    get: (event) => settledByKey.get(keyOf(event)),
    add({ event: { uuid, eventName }, outcome }) {
      const event = { uuid, eventName };
      settledByKey.set(keyOf(event), { event, outcome });
      const [oldest] = settledByKey.keys();
      if (settledByKey.size > maxEvents && oldest !== undefined) settledByKey.delete(oldest);
    },
  };
}

/** HubSpot's idempotency key is unique within the event type. */
function keyOf({ uuid, eventName }: Settled['event']): string {
  return `${eventName} ${uuid}`;
}
