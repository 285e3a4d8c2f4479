import type { Clock } from '../core/clock.ts';
import type { Logger } from '../observe/log.ts';

/** A version that HubSpot publishes, or the path of the send endpoint, as `/events/custom/2025-09/send`. */
export type ApiVersion = 'v3' | '2026-03' | '2026-09' | `/${string}`;

/** `auto`: batches where HubSpot takes them. `never`: every event in a call of its own. */
export type BatchMode = 'auto' | 'never';

/** Where events are sent, as the owner sees it. */
export interface AddressStatus {
  readonly apiVersion: ApiVersion;
  readonly batches: boolean;
  /** What differs from the configuration, and when the relay looks again (epoch milliseconds). Absent when nothing does. */
  readonly changed?: {
    readonly reason: 'v3_gone' | 'no_batch_address';
    readonly nextLookAt: number;
  };
}

/** Which of HubSpot's addresses events go to. Finds by itself that v3 has ended, or that there is no batch address. */
export interface HubSpotAddress {
  /** Of the call for so many events. */
  url(events: number): string;
  sendsBatches(): boolean;
  /** The address that follows the present one when that is gone; undefined when there is none. */
  successor(): string | undefined;
  /** An event was taken at the present address. */
  works(): void;
  /** The present address answered 401, 403, 404, 405 or 410. */
  isDenied(): void;
  /**
   * The successor took an event that the present address had answered with 404, 405 or 410. That address is gone unless it took
   * other events just now: then the answer was about the event.
   */
  moveOn(): void;
  /** The batch address answered 404, 405 or 410 to events that were then taken one by one. @param url the batch address */
  hasNoBatches(url: string): void;
  status(): AddressStatus;
}

export interface AddressOptions {
  readonly apiVersion: ApiVersion;
  readonly batch: BatchMode;
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** So often an address that was gone is tried again. */
const LOOK_AGAIN_MS = 24 * 3_600_000;

/** An address that took an event so short a time ago is there. */
const JUST_NOW_MS = 60_000;

export function createHubSpotAddress(options: AddressOptions): HubSpotAddress {
  const { clock, log } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  let movedUntil = 0;
  let singlesUntil = 0;
  let workedAt = Number.NEGATIVE_INFINITY;

  const version = (): ApiVersion => (clock.now() < movedUntil ? SUCCESSOR : options.apiVersion);
  const sendsBatches = () => options.batch === 'auto' && clock.now() >= singlesUntil;
  const send = (of: ApiVersion) => base + (of.startsWith('/') ? of : `/events/${of}/send`);

  return {
    url: (events) => send(version()) + (events > 1 ? '/batch' : ''),
    sendsBatches,
    successor: () => (version() === 'v3' ? send(SUCCESSOR) : undefined),
    works() {
      workedAt = clock.now();
    },
    isDenied() {
      const hasWorked = Math.abs(clock.now() - workedAt) < JUST_NOW_MS;
      if (clock.now() >= movedUntil || hasWorked) return;
      movedUntil = 0;
      log.error({ was: SUCCESSOR, now: options.apiVersion }, 'the relay tries v3 again');
    },
    moveOn() {
      if (version() !== 'v3' || Math.abs(clock.now() - workedAt) < JUST_NOW_MS) return;
      workedAt = clock.now();
      movedUntil = clock.now() + LOOK_AGAIN_MS;
      singlesUntil = 0;
      log.error(
        { was: 'v3', now: SUCCESSOR },
        'HubSpot has ended version v3 of its events API; the relay goes on with the next version. Set HUBSPOT_API_VERSION=2026-09',
      );
    },
    hasNoBatches(url) {
      if (!sendsBatches() || url !== `${send(version())}/batch`) return;
      singlesUntil = clock.now() + LOOK_AGAIN_MS;
      log.warn(
        { path: new URL(url).pathname },
        'HubSpot has no batch address for events; the relay sends them one by one. Set HUBSPOT_BATCH=never to start like this',
      );
    },
    status() {
      const now = clock.now();
      const status = { apiVersion: version(), batches: sendsBatches() };
      if (now < movedUntil) {
        return { ...status, changed: { reason: 'v3_gone', nextLookAt: movedUntil } };
      }
      if (now < singlesUntil) {
        return { ...status, changed: { reason: 'no_batch_address', nextLookAt: singlesUntil } };
      }
      return status;
    },
  };
}

const SUCCESSOR = '2026-09';
