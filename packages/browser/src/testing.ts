/**
 * A tracker for your own tests: it sends nothing and remembers everything.
 * @module
 */
import type { Properties } from '@hubrelay/protocol';
import type { Consent, EventMap, Tracker } from './tracker.ts';

/** One `track()` call. */
export interface TrackedEvent {
  readonly eventName: string;
  readonly properties: Properties;
}

/** A tracker that remembers what it was told. */
export interface RecordingTracker<Events = EventMap> extends Tracker<Events> {
  /** Every `track()` call since the start or the last `clear()`, the oldest first. */
  readonly events: TrackedEvent[];
  /** What `identify()` was called with last. */
  identity: string | undefined;
  /** What `consent()` was called with last. */
  consented: Consent | undefined;
  isDisabled: boolean;
  /** Forgets everything. */
  clear(): void;
}

/** Makes a tracker that accepts every event, until it is disabled. */
export function createRecordingTracker<Events = EventMap>(): RecordingTracker<Events> {
  const tracker: RecordingTracker<Events> = {
    events: [],
    identity: undefined,
    consented: undefined,
    isDisabled: false,
    async track(...[eventName, properties]) {
      if (tracker.isDisabled) return 'denied';
      tracker.events.push({ eventName, properties: { ...(properties as Properties) } });
      return 'accepted';
    },
    identify(identity) {
      tracker.identity = identity;
    },
    consent(consent) {
      tracker.consented = consent;
    },
    flush: async () => true,
    disable() {
      tracker.isDisabled = true;
    },
    close() {
      tracker.isDisabled = true;
    },
    clear() {
      tracker.events.length = 0;
      tracker.identity = tracker.consented = undefined;
      tracker.isDisabled = false;
    },
  };
  return tracker;
}
