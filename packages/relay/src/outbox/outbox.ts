import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { Evidence } from '../hubspot/outcome.ts';
import type { ErasureKey } from './erasure.ts';
import type { SenderKind } from './event-key.ts';
import type { PendingFilter, PendingPage, PendingQuery } from './pending-event.ts';

/**
 * Durable storage between receiving and delivering. One contract, one test suite (`test/outbox-contract.ts`),
 * run by every implementation. All times are epoch milliseconds of the clock that the outbox was given.
 *
 * The life of an event: pending → (claimed, for the length of a lease) → delivered | dead | removed (purged, forgotten, past
 * retention). A replay leads from dead back to pending. Always, also when a call throws:
 * `accepted = delivered + dead + pending + removed`.
 *
 * Every method may throw OutboxUnavailableError; the call may be made again then, because each is idempotent.
 */
export interface Outbox {
  /**
   * Stores events durably: when the promise resolves they survive a power cut. Idempotent by event name, uuid and kind of
   * sender, also against events delivered within the last `dedupeWindowMs` and dead letters; the first event stays as it
   * is, but for one that was refused: a corrected event takes the place of what HubSpot refused, and any of what the policy
   * refused. Concurrent calls may share one commit.
   * @param sender of all of them; @default 'page'
   * @throws OutboxFullError when the new ones among the events do not fit; nothing of this call is stored then.
   */
  enqueue(events: readonly HubSpotEvent[], sender?: SenderKind): Promise<EnqueueResult>;

  /**
   * Takes due events for delivery. Until the lease ends no other claim returns them; after it any may. While the outbox is
   * paused there are none.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;

  /**
   * The events are at HubSpot. A claim whose event another deliverer has claimed since, or that is pending no more, is
   * left alone, here and in `retry` and `bury`. A claim whose lease has ended still counts until it is taken over.
   */
  ack(claims: readonly Claim[]): Promise<void>;

  /** Back to pending, due in `delayMs` by the outbox's own clock, which need not be the deliverer's. */
  retry(claims: readonly Claim[], retry: RetryRequest): Promise<void>;

  /**
   * The event can never be delivered: a dead letter. Where those are full it is deleted.
   * @returns how many did not fit
   */
  bury(claims: readonly Claim[], reason: DroppedReason, error: Evidence): Promise<number>;

  /**
   * Stores events that were refused on arrival as dead letters, so that a mistaken policy can be replayed. Best effort:
   * what is over `maxRejected` or does not fit among the dead letters is dropped, known uuids are left alone. @returns how many were stored
   */
  buryRejected(events: readonly RejectedEvent[]): Promise<number>;

  /**
   * An operator's order, as durable as the events: no claim that begins later returns anything, whichever process makes it,
   * until `resume`. What is claimed already may end, and all else goes on. Idempotent.
   */
  pause(): Promise<void>;

  /** Ends the pause, if there is one, and makes every pending event due now. */
  resume(): Promise<void>;

  stats(): Promise<OutboxStats>;

  /** Pending events, the first stored first. */
  listPending(query: PendingQuery): Promise<PendingPage>;

  /**
   * An operator's order: makes pending events dead letters, so that they can be replayed. Claimed ones are left alone: they
   * may be at HubSpot the next moment. So are those that do not fit among the dead letters. @returns how many
   */
  buryPending(filter: PendingFilter): Promise<number>;

  /** An operator's order: deletes pending events for good. Claimed ones are left alone. @returns how many */
  purgePending(filter: PendingFilter): Promise<number>;

  /** Dead letters, the last died first. */
  listDead(query: DeadQuery): Promise<DeadPage>;

  /**
   * Makes dead letters pending again, due now, with fresh attempts and horizon. What was tried before may be at HubSpot.
   * @returns how many
   */
  replay(filter: DeadFilter): Promise<number>;

  /** Deletes dead letters for good. @returns how many */
  purge(filter: DeadFilter): Promise<number>;

  /** Erasure: deletes the pending events and dead letters of a person, claimed ones too. @returns how many */
  forget(key: ErasureKey): Promise<number>;

  /**
   * Housekeeping, to be called every minute or so: buries events older than the horizon that are not leased,
   * deletes dead letters past retention and dedupe keys past their window.
   */
  sweep(): Promise<SweepResult>;

  close(): Promise<void>;
}

/** What an owner does with pending events. */
export type PendingStore = Pick<Outbox, 'listPending' | 'buryPending' | 'purgePending'>;

/** What an owner does with dead letters: also where a platform's queue stands in for an outbox. */
export type DeadLetterStore = Pick<Outbox, 'listDead' | 'replay' | 'purge' | 'forget'>;

export interface EnqueueResult {
  /** How many were new. */
  readonly stored: number;
  /** How many were known already: resends. */
  readonly known: number;
}

/**
 * Which events a claim takes. `fresh`: events that were in no failed call, longest due first. `newest`: the same, latest due
 * first: when many events at fault are waiting, the one stored last is the least likely to be one of them. `suspects`: events
 * that were in a failed call, longest due first. `new_suspects`: those of them that failed alone once at most; first
 * those that never did, and of these the latest due, for the same reason.
 */
export type ClaimFrom = 'fresh' | 'newest' | 'suspects' | 'new_suspects';

export interface ClaimRequest {
  /** @default 'fresh' */
  readonly from?: ClaimFrom;
  /** At most this many events. HubSpot takes up to 500 in one call. */
  readonly maxEvents: number;
  /** At most about this many bytes of JSON; one larger event is returned alone. */
  readonly maxBytes: number;
  readonly leaseMs: number;
}

/** One claimed event, and the token that proves the claim. */
export interface Claim {
  /** As it was stored. */
  readonly json: EventJson;
  /** The same, parsed when it is read: delivery does not need it. */
  readonly event: HubSpotEvent;
  /** Identifies this claim of this event; stale after the lease was taken over. */
  readonly token: string;
  /** Tries before this one that counted. */
  readonly attempts: number;
  /** 0: it was in no failed call. 1: it was in failed calls with other events only. From 2 on: it failed alone, so often + 1. */
  readonly suspicion: number;
  /**
   * HubSpot may have it already: an earlier call ended without a clear answer, or an earlier claim ended without a word of what
   * became of its events, as after a crash. Only then can a refusal mean "here already".
   */
  readonly mayHaveArrived: boolean;
  /** When it was stored or last replayed: the horizon runs from here. */
  readonly enqueuedAt: number;
}

export interface RetryRequest {
  /** A whole number; 0 is due at once. */
  readonly delayMs: number;
  /** False when no event is at fault, as while the lane is paused. */
  readonly countAttempt: boolean;
  /**
   * The least that the events' `suspicion` is from now on; `alone` counts each time.
   * @default it stays as it is
   */
  readonly suspect?: Suspect;
  /**
   * HubSpot may have the events. Once set this stays.
   * @default false
   */
  readonly mayHaveArrived?: boolean;
  /**
   * What this try came to. Leave it out when there was none.
   * @default the evidence of the try before stays
   */
  readonly error?: Evidence;
}

/** Failed together with other events, or alone. */
export type Suspect = 'together' | 'alone';

/** Why an event is a dead letter. Closed. */
export type DeadReason =
  /** HubSpot answered a permanent 4xx for this single event. */
  | 'refused_by_hubspot'
  /** Not delivered within the horizon (48 hours by default). */
  | 'expired'
  /** Refused on arrival by the policy, and kept. */
  | 'rejected_by_policy'
  /** Taken out of the pending events by an operator. */
  | 'buried_by_operator';

/** Of what dead letters are made whether there is room or not. */
export type DroppedReason = Extract<DeadReason, 'refused_by_hubspot' | 'expired'>;

export interface RejectedEvent {
  readonly event: HubSpotEvent;
  readonly message: string;
}

export interface OutboxStats {
  readonly pending: number;
  /** Pending events that are claimed now. */
  readonly claimed: number;
  readonly dead: number;
  /** Every event ever stored, those refused on arrival too. A replay adds nothing. */
  readonly accepted: number;
  readonly delivered: number;
  /** Deleted without delivery: purged, forgotten, past retention, without room among the dead letters. */
  readonly removed: number;
  /** How many of the removed had no room among the dead letters. */
  readonly dropped: Readonly<Record<DroppedReason, number>>;
  /** `enqueuedAt` of the oldest pending event. */
  readonly oldestPendingAt?: number;
  /** When the first of the pending events that were in no failed call was or is due, claimed ones too. */
  readonly freshDueAt?: number;
  /** Earliest time at which a claim could return something; any time in the past when one could now. Absent during a pause. */
  readonly nextDueAt?: number;
  /** The same for suspects alone. */
  readonly nextSuspectDueAt?: number;
  /** Since when it is paused; absent when it is not. */
  readonly pausedAt?: number;
}

export interface DeadLetter {
  readonly event: HubSpotEvent;
  readonly reason: DeadReason;
  readonly error: Evidence;
  readonly attempts: number;
  /** When it was stored or last replayed. */
  readonly firstAt: number;
  /** When it died. */
  readonly lastAt: number;
}

/** All given conditions must hold. An empty filter means all, so callers must ask before they pass one on. */
export interface DeadFilter {
  readonly uuids?: readonly string[];
  readonly reason?: DeadReason;
  readonly eventName?: string;
  /** Died at or after this time. */
  readonly after?: number;
  /** Died before this time. */
  readonly before?: number;
}

export interface DeadQuery extends DeadFilter {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface DeadPage {
  readonly items: readonly DeadLetter[];
  readonly next?: string;
}

export interface SweepResult {
  /** Buried because the horizon passed. */
  readonly expired: number;
  /** Deleted because the horizon passed and the dead letters are full. */
  readonly dropped: number;
  /** Dead letters deleted because their retention passed. */
  readonly purged: number;
}

/** The outbox is at its limit of pending events or their bytes. Says nothing about whether the disk works. */
export class OutboxFullError extends Error {
  override readonly name = 'OutboxFullError';
}

/**
 * The storage cannot be read or written now: disk full, connection lost, closed. Nothing of the call may be taken as
 * done, though after a lost connection it may have been.
 */
export class OutboxUnavailableError extends Error {
  override readonly name = 'OutboxUnavailableError';
}
