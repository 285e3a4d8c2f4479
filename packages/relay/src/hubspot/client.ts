import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../observe/log.ts';
import {
  type ApiVersion,
  type BatchMode,
  createHubSpotAddress,
  type HubSpotAddress,
} from './address.ts';
import type { HubSpotAnswer } from './answer.ts';
import { type CallTools, timedOut } from './call.ts';
import type { Credential } from './credential.ts';
import type { EventJson } from './event.ts';
import { createPost } from './post.ts';
import { createSend } from './send.ts';

/** Most events that HubSpot takes in one call. */
export const MAX_EVENTS_PER_CALL = 500;

export interface HubSpotClientOptions {
  readonly credential: Credential;
  /**
   * HubSpot announced the end of v3 for September 2027. When its address is gone, the relay goes on with 2026-09.
   * @default 'v3'
   */
  readonly apiVersion?: ApiVersion;
  /**
   * Whether several events share a call. Where there is no batch address, the relay sends one event a call by itself.
   * @default 'auto'
   */
  readonly batch?: BatchMode;
  /** @default 'https://api.hubapi.com' (HubSpot routes by credential, also for accounts in the EU) */
  readonly baseUrl?: string;
  /**
   * For one call, authorization and body included.
   * @default 10_000
   */
  readonly timeoutMs?: number;
  /** @default the runtime's */
  readonly fetch?: typeof fetch;
  /** @default the runtime's */
  readonly clock?: Clock;
  /**
   * Told once when an address of HubSpot's is gone.
   * @default silent
   */
  readonly log?: Logger;
}

/** Carries events to HubSpot; decides nothing but which address they go to. */
export interface HubSpotClient {
  /**
   * Sends one event to `/send`, several (at most 500) to `/send/batch`. Never rejects: whatever happens is in the answer,
   * and no answer contains a credential. An event that v3 answers with 404, 405 or 410 is offered to the next version at once.
   * @param timeoutMs when the caller has less time than the client's own timeout
   */
  send(events: readonly EventJson[], timeoutMs?: number): Promise<HubSpotAnswer>;
  readonly address: HubSpotAddress;
}

export function createHubSpotClient(options: HubSpotClientOptions): HubSpotClient {
  const { credential, address, tools } = resolveOptions(options);
  const { clock } = tools;
  const send = createSend(address, createPost(credential, tools), clock);
  return {
    address,
    send(events, timeoutMs = tools.timeoutMs) {
      const limitMs = Math.min(timeoutMs, tools.timeoutMs);
      return endWithin(limitMs, clock, send(events, clock.now() + limitMs));
    },
  };
}

/** A token request is shared by many calls and has a timeout of its own: no call waits for it longer than it may. */
function endWithin(
  limitMs: number,
  clock: Clock,
  answer: Promise<HubSpotAnswer>,
): Promise<HubSpotAnswer> {
  return new Promise((resolve) => {
    const stopTimer = clock.schedule(() => resolve(timedOut(limitMs)), limitMs);
    answer.then(resolve).finally(stopTimer);
  });
}

function resolveOptions(options: HubSpotClientOptions) {
  const { credential, apiVersion = 'v3', batch = 'auto' } = options;
  const { baseUrl = 'https://api.hubapi.com', log = silentLogger } = options;
  const { timeoutMs = 10_000, fetch = runtimeFetch, clock = systemClock } = options;
  const address = createHubSpotAddress({ apiVersion, batch, baseUrl, clock, log });
  const tools: CallTools = { fetch, clock, timeoutMs };
  return { credential: tellingOfRotation(credential, log), address, tools };
}

/** The relay keeps a new refresh token in memory only. */
function tellingOfRotation(credential: Credential, log: Logger): Credential {
  if (credential.kind !== 'oauth') return credential;
  return {
    ...credential,
    onRefreshToken(token) {
      log.warn({}, ROTATED);
      credential.onRefreshToken(token);
    },
  };
}

const ROTATED =
  'HubSpot handed out a new refresh token, which this relay keeps in memory only: after a restart the old one may not work. Store it with onRefreshToken, or use a service key';

/** Cloudflare Workers refuse a `fetch` that is called as a method of another object. */
const runtimeFetch: typeof fetch = (input, init) => fetch(input, init);
