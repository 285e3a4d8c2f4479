import { type Clock, systemClock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../observe/log.ts';
import {
  type ApiVersion,
  type BatchMode,
  createHubSpotAddress,
  type HubSpotAddress,
} from './address.ts';
import type { HubSpotAnswer } from './answer.ts';
import type { Authorization } from './authorization.ts';
import { createAuthorizer } from './authorizer.ts';
import { type CallTools, call, timedOut } from './call.ts';
import type { Credential } from './credential.ts';
import type { EventJson } from './event.ts';
import { isAboutAnAddress } from './outcome-of.ts';
import { readAnswer } from './read-answer.ts';
import { redactText } from './redact-text.ts';
import { traceCall } from './trace-call.ts';

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
  const offer = oncePer(SUCCESSOR_MS, clock);
  let offering: Promise<unknown> | undefined;
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

  /** A single event goes where there is an address for it. */
  async function sendAnywhere(events: readonly EventJson[], deadlineAt: number) {
    const message = messageOf(events, address.url(events.length));
    const answer = await post(message, deadlineAt);
    if (isYes(answer)) address.works();
    else if (isDenied(answer)) address.isDenied();
    const successor = address.successor();
    if (events.length > 1 || successor === undefined || !isAboutAnAddress(answer)) return answer;
    // An answer with HubSpot's words could end the event, so it is always checked; any other is tried again later anyway.
    const mayEndTheEvent = answer.kind === 'response' && answer.error !== undefined;
    if (!mayEndTheEvent && !offer()) {
      await offering;
      const isSameAddress = address.url(1) === message.url;
      return isSameAddress ? answer : post({ ...message, url: address.url(1) }, deadlineAt);
    }
    const second = post({ ...message, url: successor }, deadlineAt).then(judgeSuccessor);
    offering = second;
    return (await second) ?? answer;
  }

  /**
   * @returns what counts instead of the first answer; undefined when both addresses say the same. An answer that decides nothing
   * counts, too: no event may end by the word of an address that may be gone.
   */
  function judgeSuccessor(answer: HubSpotAnswer): HubSpotAnswer | undefined {
    if (isAboutAnAddress(answer)) return undefined;
    if (isYes(answer)) address.moveOn();
    return answer;
  }

  return {
    address,
    send(events, timeoutMs = tools.timeoutMs) {
      const limitMs = Math.min(timeoutMs, tools.timeoutMs);
      return endWithin(limitMs, clock, sendAnywhere(events, clock.now() + limitMs));
    },
  };
}

function isYes(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && answer.status < 300 && !answer.isForeign;
}

function isDenied(answer: HubSpotAnswer): boolean {
  return (
    isAboutAnAddress(answer) || (answer.kind === 'response' && [401, 403].includes(answer.status))
  );
}

/** So often the next version is tried for an answer that ends no event. */
const SUCCESSOR_MS = 30_000;

function oncePer(ms: number, clock: Clock): () => boolean {
  let lastAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    if (now >= lastAt && now < lastAt + ms) return false;
    lastAt = now;
    return true;
  };
}

interface Message {
  readonly url: string;
  readonly body: string;
}

function messageOf(events: readonly EventJson[], url: string): Message {
  const [first] = events;
  return { url, body: events.length === 1 && first !== undefined ? first : batchOf(events) };
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
  const { credential, apiVersion = 'v3', batch = 'auto' } = options;
  const { baseUrl = 'https://api.hubapi.com', log = silentLogger } = options;
  const { timeoutMs = 10_000, fetch = runtimeFetch, clock = systemClock } = options;
  const address = createHubSpotAddress({ apiVersion, batch, baseUrl, clock, log });
  const tools: CallTools = { fetch, clock, timeoutMs };
  return { credential, address, tools };
}

/** Cloudflare Workers refuse a `fetch` that is called as a method of another object. */
const runtimeFetch: typeof fetch = (input, init) => fetch(input, init);
