import type { Issue } from '@hubrelay/protocol';
import type { Acceptance, RefusedEvent } from '../accept/acceptor.ts';
import type { Peer } from '../http/peer.ts';
import { readJsonBody } from '../http/read-body.ts';
import { findRelayKey } from '../identity/relay-key.ts';
import { addressKey } from '../limit/address-key.ts';
import { acceptSafely } from '../receive/accept-safely.ts';
import { noteHeaders } from '../receive/note-headers.ts';
import type { ResolvedRelayOptions } from '../receive/relay-options.ts';
import { report, reportRefused } from '../receive/report.ts';
import { takePoints } from '../receive/take-points.ts';
import { type DecidedError, decideInputs } from './decide-inputs.ts';
import { type HubSpotErrorDetail, hubSpotError, validationError } from './hubspot-error.ts';
import { parseSendBody } from './parse-send-body.ts';

/**
 * HubSpot's own `POST /events/v3/send` and `/send/batch`, for servers with a relay key: key → body → policy → accept.
 * A call is taken whole or not at all, because HubSpot's API has no way to name the events of a batch that were refused.
 */
export async function send(
  request: Request,
  peer: Peer,
  isBatch: boolean,
  relay: ResolvedRelayOptions,
): Promise<Response> {
  if (request.headers.has('origin')) return refusePage(request, relay);
  const key = await findRelayKey(bearerOf(request), relay.keys);
  if (!key) return refuseKey(peer, relay);

  const from = `key ${key.name}`;
  const body = await readJsonBody(request, relay.maxSenderBodyBytes);
  if (!body.ok) {
    reportRefused({ from, code: body.code }, relay);
    return refuseBody(body.code, body.detail);
  }
  const receivedAtMs = relay.clock.now();
  const parsed = parseSendBody(body.json, { isBatch, receivedAtMs });
  if (!parsed.ok) {
    reportRefused({ from, code: 'invalid_batch', issues: issuesOf(parsed.errors) }, relay);
    return validationError(parsed.errors);
  }
  relay.tally('event_received', 'server', parsed.inputs.length);

  const { events, dropped, notes, errors, forbidden } = decideInputs({
    inputs: parsed.inputs,
    isBatch,
    key,
    policy: relay.policy,
    receivedAtMs,
    mintUuid: () => crypto.randomUUID(),
  });
  if (forbidden.length + errors.length > 0) {
    reportRejected(from, { errors, forbidden, inputs: parsed.inputs.length }, relay);
    return forbidden.length > 0 ? refuseEvents(forbidden) : validationError(errors);
  }
  report({ from, dropped, notes: issuesOf(notes) }, relay);

  return answerSend(await acceptSafely(events, 'server', relay), events.length, notes);
}

interface RejectedCall {
  readonly errors: readonly DecidedError[];
  readonly forbidden: readonly HubSpotErrorDetail[];
  /** Events of the call, of which none is accepted. */
  readonly inputs: number;
}

function reportRejected(from: string, call: RejectedCall, { log, tally }: ResolvedRelayOptions) {
  const { errors, forbidden, inputs } = call;
  for (const { reason } of errors) tally('event_rejected', reason, 1);
  if (forbidden.length > 0) tally('event_rejected', 'forbidden_event', forbidden.length);
  const rejected = [...forbidden, ...errors].slice(0, 10);
  log.warn({ from, events: inputs, rejected }, 'refused a call of a server');
}

/** For the log. */
function issuesOf(details: readonly HubSpotErrorDetail[]): Issue[] {
  return details.map(({ in: path = '', message }) => ({ path, message }));
}

function bearerOf(request: Request): string {
  const [, secret = ''] = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  return secret;
}

function refusePage(request: Request, { log, tally }: ResolvedRelayOptions): Response {
  tally('request_refused', 'from_page', 1);
  const origin = request.headers.get('origin')?.slice(0, 200);
  log.warn({ origin }, 'a page called the path for servers');
  return hubSpotError({
    status: 403,
    category: 'FORBIDDEN',
    message: 'This is for servers. A relay key in a page is known to everyone: replace it.',
  });
}

/** Guessing a key is hopeless; the limit keeps those who try from costing anything. */
async function refuseKey(peer: Peer, relay: ResolvedRelayOptions): Promise<Response> {
  relay.tally('key_refused', 'unknown', 1);
  const client = addressKey(peer.address);
  const verdict = await takePoints(relay.limits.address, 'sender', client, 1, relay);
  if (!verdict.ok) {
    const { retryAfterMs } = verdict;
    return hubSpotError({
      status: 429,
      category: 'RATE_LIMITS',
      message: 'You have reached your secondly limit.',
      retryAfterMs,
    });
  }
  return hubSpotError({
    status: 401,
    category: 'INVALID_AUTHENTICATION',
    message:
      'No such relay key: make one with "hubrelay key" and send it as "Authorization: Bearer hrk_…"',
  });
}

const BODY_STATUS = {
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_json: 400,
} as const;

function refuseBody(code: keyof typeof BODY_STATUS, message: string): Response {
  return hubSpotError({ status: BODY_STATUS[code], category: 'VALIDATION_ERROR', message });
}

function refuseEvents(forbidden: readonly HubSpotErrorDetail[]): Response {
  return hubSpotError({
    status: 403,
    category: 'FORBIDDEN',
    message: `Nothing was accepted: ${forbidden[0]?.message}`,
    errors: forbidden.slice(0, 20),
  });
}

function answerSend(
  acceptance: Acceptance,
  handedOver: number,
  notes: readonly HubSpotErrorDetail[],
): Response {
  if (acceptance.kind === 'not_now') {
    return hubSpotError({
      status: 503,
      category: 'SERVICE_UNAVAILABLE',
      message: 'Nothing was accepted: send the same events, with the same uuids, again later.',
      retryAfterMs: acceptance.retryAfterMs,
    });
  }
  const refused = acceptance.kind === 'sent' ? acceptance.refused : [];
  return refused.length > 0
    ? answerRefused(refused, handedOver)
    : new Response(null, { status: 204, headers: noteHeaders(issuesOf(notes)) });
}

/** Only where the relay delivers within the call: HubSpot's own words, and what became of the others. */
function answerRefused(refused: readonly RefusedEvent[], handedOver: number): Response {
  const taken = handedOver - refused.length;
  const words = refused[0]?.error.message ?? 'HubSpot refused the event';
  const others = taken > 0 ? ` HubSpot took the other ${taken}: do not send those again.` : '';
  return hubSpotError({
    status: 400,
    category: refused[0]?.error.category ?? 'VALIDATION_ERROR',
    message: `${words}${others}`,
    errors: refused.slice(0, 20).map(({ event, error }) => ({
      in: event.uuid,
      message: error.message ?? 'refused',
    })),
  });
}
