import type { Issue } from '@hubrelay/protocol';
import type { Acceptance, RefusedEvent } from '../accept/acceptor.ts';
import type { Peer } from '../http/peer.ts';
import { readJsonBody } from '../http/read-body.ts';
import { findRelayKey } from '../identity/relay-key.ts';
import { addressKey } from '../limit/address-key.ts';
import { scrubText } from '../observe/scrub.ts';
import { acceptSafely } from '../receive/accept-safely.ts';
import type { ResolvedRelayOptions } from '../receive/relay-options.ts';
import { report, reportRefused } from '../receive/report.ts';
import { takePoints } from '../receive/take-points.ts';
import { type DecidedError, decideInputs } from './decide-inputs.ts';
import {
  type HubSpotErrorAnswer,
  type HubSpotErrorDetail,
  renderSend,
  type SendReply,
  validationError,
} from './hubspot-error.ts';
import { parseSendBody } from './parse-send-body.ts';

/** HubSpot's own `POST /events/v3/send` and `/send/batch`, for servers with a relay key. */
export async function answerServer(
  request: Request,
  peer: Peer,
  isBatch: boolean,
  relay: ResolvedRelayOptions,
): Promise<Response> {
  return renderSend(await send(request, peer, isBatch, relay));
}

/**
 * Step by step: key → body → policy → accept. A call is taken whole or not at all, because HubSpot's API has no way to name
 * the events of a batch that were refused.
 */
async function send(
  request: Request,
  peer: Peer,
  isBatch: boolean,
  relay: ResolvedRelayOptions,
): Promise<SendReply> {
  if (request.headers.has('origin')) return refusePage(request, relay);
  const key = await findRelayKey(bearerOf(request), relay.keys?.() ?? []);
  if (!key) return refuseKey(peer, relay);

  const from = `key ${key.name}`;
  const body = await readJsonBody(request, relay.maxSenderBodyBytes);
  if (!body.ok) {
    reportRefused({ from, code: body.code }, relay);
    return errorReply(BODY_STATUS[body.code], 'VALIDATION_ERROR', body.detail);
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

  return replyOf(await acceptSafely(events, 'server', relay), events.length, notes);
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

function refusePage(request: Request, { log, tally }: ResolvedRelayOptions): SendReply {
  tally('request_refused', 'from_page', 1);
  const origin = scrubText(request.headers.get('origin') ?? '').slice(0, 200);
  log.warn({ origin }, 'a page called the API for servers');
  const message = 'This API is for servers. A relay key in a page is public: replace it.';
  return errorReply(403, 'FORBIDDEN', message);
}

/** Guessing a key is hopeless; the limit keeps those who try from costing anything. */
async function refuseKey(peer: Peer, relay: ResolvedRelayOptions): Promise<SendReply> {
  relay.tally('key_refused', 'unknown', 1);
  relay.noteRefusal('refused calls without a valid relay key', 'unknown');
  const client = addressKey(peer.address);
  const verdict = await takePoints(relay.limits.address, 'sender', client, 1, relay);
  if (!verdict.ok) {
    const { retryAfterMs } = verdict;
    return {
      ...errorReply(429, 'RATE_LIMITS', 'You have reached your secondly limit.'),
      retryAfterMs,
    };
  }
  return errorReply(
    401,
    'INVALID_AUTHENTICATION',
    'No such relay key: make one with "hubrelay key make" and send it as "Authorization: Bearer hrk_…"',
  );
}

const BODY_STATUS = {
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_json: 400,
} as const;

function refuseEvents(forbidden: readonly HubSpotErrorDetail[]): SendReply {
  const message = `Nothing was accepted: ${forbidden[0]?.message}`;
  return { ...errorReply(403, 'FORBIDDEN', message), errors: forbidden.slice(0, 20) };
}

const errorReply = (status: number, category: string, message: string): HubSpotErrorAnswer => ({
  status,
  category,
  message,
});

function replyOf(
  acceptance: Acceptance,
  handedOver: number,
  notes: readonly HubSpotErrorDetail[],
): SendReply {
  if (acceptance.kind === 'not_now') {
    const { retryAfterMs } = acceptance;
    const message = 'Nothing was accepted: send the same events, with the same uuids, again later.';
    return { ...errorReply(503, 'SERVICE_UNAVAILABLE', message), retryAfterMs };
  }
  const refused = acceptance.kind === 'sent' ? acceptance.refused : [];
  return refused.length > 0
    ? refusedInPart(refused, handedOver)
    : { status: 204, notes: issuesOf(notes) };
}

/** Only where the relay delivers within the call: HubSpot's own words, and what became of the others. */
function refusedInPart(refused: readonly RefusedEvent[], handedOver: number): SendReply {
  const taken = handedOver - refused.length;
  const words = refused[0]?.error.message ?? 'HubSpot refused the event';
  const others = taken > 0 ? ` HubSpot took the other ${taken}: do not send those again.` : '';
  return {
    status: 400,
    category: refused[0]?.error.category ?? 'VALIDATION_ERROR',
    message: `${words}${others}`,
    errors: refused.slice(0, 20).map(({ event, error }) => ({
      in: event.uuid,
      message: error.message ?? 'refused',
    })),
  };
}
