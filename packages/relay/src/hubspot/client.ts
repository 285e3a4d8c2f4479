import { type Clock, systemClock } from '../clock.ts';
import { traceCall } from '../tracing.ts';
import type { HubSpotAnswer } from './answer.ts';
import { type Authorization, createAuthorizer } from './authorizer.ts';
import { type CallTools, call, timedOut } from './call.ts';
import type { Credential } from './credential.ts';
import type { EventJson } from './event.ts';
import { readAnswer } from './read-answer.ts';
import { redactText } from './redact-text.ts';

/** Most events that HubSpot takes in one call. */
export const MAX_EVENTS_PER_CALL = 500;

/** A version that HubSpot publishes, or the path of the send endpoint, as `/events/custom/2025-09/send`. */
export type ApiVersion = 'v3' | '2026-03' | '2026-09' | `/${string}`;

export interface HubSpotClientOptions {
  readonly credential: Credential;
  /**
   * HubSpot announced the end of v3 for September 2027.
   * @default 'v3'
   */
  readonly apiVersion?: ApiVersion;
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
}

/** Carries events to HubSpot, decides nothing. */
export interface HubSpotClient {
  /**
   * Sends one event to `/send`, several (at most 500) to `/send/batch`. Never rejects: whatever happens is in the answer,
   * and no answer contains a credential.
   * @param timeoutMs when the caller has less time than the client's own timeout
   */
  send(events: readonly EventJson[], timeoutMs?: number): Promise<HubSpotAnswer>;
}

export function createHubSpotClient(options: HubSpotClientOptions): HubSpotClient {
  const { credential, sendUrl, tools } = resolveOptions(options);
  const { clock } = tools;
  const authorizer = createAuthorizer(credential, tools);

  async function post(message: Message, deadlineAt: number): Promise<HubSpotAnswer> {
    const first = await authorizer.authorize();
    if (!first.ok) return first.answer;
    const answer = await postWith(first.authorization, message, deadlineAt);
    if (!isUnauthorized(answer) || !(await authorizer.refused(first.authorization))) return answer;
    const second = await authorizer.authorize();
    return second.ok ? postWith(second.authorization, message, deadlineAt) : second.answer;
  }

  function postWith(authorization: Authorization, message: Message, deadlineAt: number) {
    const { url, headers } = prove(message.url, authorization);
    const secrets = authorizer.secrets();
    const redact = (text: string) => redactText(text, secrets);
    const read = (response: Response) => readAnswer(response, clock.now(), redact);
    const timeoutMs = Math.max(0, deadlineAt - clock.now());
    return traceCall(new URL(message.url).pathname, (traceHeaders) => {
      const request = { headers: { ...headers, ...traceHeaders }, body: message.body };
      return call<HubSpotAnswer>(url, request, read, { ...tools, timeoutMs }, secrets);
    });
  }

  return {
    send(events, timeoutMs = tools.timeoutMs) {
      const limitMs = Math.min(timeoutMs, tools.timeoutMs);
      const answer = post(messageOf(events, sendUrl), clock.now() + limitMs);
      return endWithin(limitMs, clock, answer);
    },
  };
}

interface Message {
  readonly url: string;
  readonly body: string;
}

function messageOf(events: readonly EventJson[], sendUrl: string): Message {
  const [first] = events;
  return events.length === 1 && first !== undefined
    ? { url: sendUrl, body: first }
    : { url: `${sendUrl}/batch`, body: batchOf(events) };
}

/** Joined once: putting the ends on afterwards would copy all of it again. */
function batchOf(events: readonly EventJson[]): string {
  const listed = events.flatMap((json) => [',', json]).slice(1);
  return ['{"inputs":[', ...listed, ']}'].join('');
}

/** The only place where a secret of HubSpot's is revealed for a call that carries events. */
function prove(url: string, { place, name, prefix, secret }: Authorization) {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    // Firewalls turn away who says nothing.
    'user-agent': 'hubrelay',
  };
  const value = prefix + secret.reveal();
  if (place === 'header') return { url, headers: { ...headers, [name]: value } };
  return { url: `${url}?${new URLSearchParams({ [name]: value })}`, headers };
}

function isUnauthorized(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && answer.status === 401;
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
  const { credential, apiVersion = 'v3', baseUrl = 'https://api.hubapi.com' } = options;
  const { timeoutMs = 10_000, fetch = runtimeFetch, clock = systemClock } = options;
  const path = apiVersion.startsWith('/') ? apiVersion : `/events/${apiVersion}/send`;
  const tools: CallTools = { fetch, clock, timeoutMs };
  return { credential, sendUrl: baseUrl.replace(/\/+$/, '') + path, tools };
}

/** Cloudflare Workers refuse a `fetch` that is called as a method of another object. */
const runtimeFetch: typeof fetch = (input, init) => fetch(input, init);
