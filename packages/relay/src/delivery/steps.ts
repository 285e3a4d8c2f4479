import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { ErasureKey } from '../outbox/erasure.ts';
import type { Death, EventStep, StepOutcome } from './event-step.ts';
import type { CallReport } from './send-events.ts';

/**
 * What happened to the last events of this process, step by step: for `hubrelay show` and `hubrelay tail`. A ring in memory,
 * bounded by the number of events in it and by their bytes. Delivery pays one push per call; nothing is parsed before someone asks.
 */
export interface StepLog {
  /** The outbox has them. @param isResend it had all of them before */
  accepted(events: readonly HubSpotEvent[], isResend: boolean): void;
  called(report: CallReport): void;
  /** @param events themselves, or how many where only that is known */
  died(events: readonly (EventJson | HubSpotEvent)[] | number, death: Death): void;
  /** An order of the owner: dead letters are pending again. */
  replayed(events: number): void;
  /** The steps of an event, the first first. @param uuids the event may be stored under any of them */
  of(uuids: readonly string[]): StepHistory;
  /** The last delivery of an event that it remembers. */
  delivered(uuid: string): { readonly json: EventJson; readonly at: number } | undefined;
  after(query: TailQuery): TailPage;
  forget(key: ErasureKey): void;
}

export interface StepHistory {
  readonly items: readonly EventStep[];
  /** What happened before this time is not known: the relay started later, or had no room. Epoch milliseconds. */
  readonly since: number;
  /** The most that it keeps. */
  readonly bounds: { readonly events: number; readonly bytes: number };
}

export interface TailQuery {
  /** `next` of the page before; `0`: from the first step that is remembered. @default what happens from now on */
  readonly after?: string;
  readonly uuids?: readonly string[];
  readonly eventName?: string;
  readonly outcome?: StepOutcome;
  /** About so many steps: a call is told with all its events. */
  readonly limit: number;
}

export interface TailPage {
  /** The first first. */
  readonly items: readonly EventStep[];
  /** Where to go on. */
  readonly next: string;
  /** There is more at once. */
  readonly hasMore: boolean;
  /** Steps after the cursor are not known any more, or it is a cursor of another relay or of before a restart. */
  readonly missed: boolean;
  /** As of `StepHistory`. */
  readonly since: number;
}

/** Remembers nothing: where nothing can ask, nothing of a person is kept. */
export const noSteps: StepLog = {
  accepted: () => {},
  called: () => {},
  died: () => {},
  replayed: () => {},
  of: () => ({ items: [], since: Date.now(), bounds: { events: 0, bytes: 0 } }),
  delivered: () => undefined,
  after: () => ({ items: [], next: '0', hasMore: false, missed: false, since: Date.now() }),
  forget: () => {},
};
