import { parseBatch, type Rejection, type WireBatch } from '@hubrelay/protocol';
import type { Acceptance } from '../accept/acceptor.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { ResolvedRelayOptions } from '../options.ts';
import { occurredAt } from './occurred-at.ts';
import { corsHeaders } from './origin-policy.ts';
import { problem, tryLater } from './problem.ts';
import { readJsonBody } from './read-body.ts';
import { visitorOf } from './visitor.ts';

/**
 * `POST /v1/events`, step by step: origin → body → batch → visitor → policy → accept → answer.
 * The order is the order of cost: what is cheap to refuse is refused first.
 */
export async function receive(request: Request, relay: ResolvedRelayOptions): Promise<Response> {
  const origin = relay.origins.allow(request);
  if (!origin) return refuseOrigin(request, relay);
  const headers = corsHeaders(origin);

  const body = await readJsonBody(request, relay.maxBodyBytes);
  if (!body.ok) return problem(body.code, body.detail, { headers });

  const parsed = parseBatch(body.json);
  if (!parsed.ok) {
    return problem('invalid_batch', 'See the issues for what to change.', {
      issues: parsed.issues,
      headers,
    });
  }
  if (parsed.notes.length > 0) {
    relay.log.info({ origin, notes: parsed.notes.slice(0, 10) }, 'repaired a batch');
  }

  const utk = visitorOf(request, parsed.batch.utk);
  const { events, rejected } = decide(parsed.batch, utk, relay);
  const allRejected = [...parsed.rejected, ...rejected];
  if (allRejected.length > 0) {
    relay.log.warn({ origin, rejected: allRejected.slice(0, 10) }, 'rejected events');
  }

  if (events.length === 0) return answerRejected(0, allRejected, headers);
  const acceptance = await acceptSafely(events, relay);
  return answer(acceptance, parsed.batch, events, allRejected, headers);
}

/** Turns each event into HubSpot's form, or into a rejection that says why it can never become one. */
function decide(batch: WireBatch, utk: string | undefined, relay: ResolvedRelayOptions) {
  const events: HubSpotEvent[] = [];
  const rejected: Rejection[] = [];
  const receivedAtMs = relay.clock.now();

  const seen = new Set<string>();
  for (const [index, event] of batch.events.entries()) {
    // What HubSpot does with the same uuid twice in one batch is not documented.
    if (seen.has(event.uuid)) continue;
    seen.add(event.uuid);

    const decision = relay.policy.apply(event);
    if (!decision.ok) {
      rejected.push({ uuid: event.uuid, index, code: decision.code, message: decision.message });
    } else if (!utk) {
      rejected.push({ uuid: event.uuid, index, code: 'missing_visitor', message: MISSING_VISITOR });
    } else {
      events.push({
        uuid: event.uuid,
        eventName: decision.eventName,
        properties: decision.properties,
        occurredAt: occurredAt(event, batch, receivedAtMs),
        utk,
      });
    }
  }
  return { events, rejected };
}

/** What an acceptor throws is a fault of ours, never of the events: the sender must keep them. */
async function acceptSafely(
  events: readonly HubSpotEvent[],
  relay: ResolvedRelayOptions,
): Promise<Acceptance> {
  try {
    return await relay.acceptor.accept(events);
  } catch (error) {
    relay.log.error({ err: error }, 'the acceptor failed');
    return { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: 5_000 };
  }
}

const MISSING_VISITOR =
  'HubSpot needs to know whose event it is, and there is no hubspotutk cookie: is HubSpot’s tracking code on the page, and was consent given?';

function answer(
  acceptance: Acceptance,
  batch: WireBatch,
  events: readonly HubSpotEvent[],
  rejected: readonly Rejection[],
  headers: Record<string, string>,
): Response {
  switch (acceptance.kind) {
    case 'stored':
      if (rejected.length > 0) return answerRejected(events.length, rejected, headers);
      return new Response(null, { status: 202, headers });
    case 'sent': {
      const refused = acceptance.refused.map(
        ({ uuid, error }): Rejection => ({
          uuid,
          index: batch.events.findIndex((event) => event.uuid === uuid),
          code: 'refused_by_hubspot',
          message: error.message ?? `HubSpot answered ${error.status ?? 'without a reason'}`,
        }),
      );
      if (refused.length + rejected.length > 0) {
        return answerRejected(events.length - refused.length, [...rejected, ...refused], headers);
      }
      return new Response(null, { status: 204, headers });
    }
    case 'not_now':
      return acceptance.reason === 'hubspot_unavailable'
        ? tryLater(
            'hubspot_unavailable',
            'Send the same events again later.',
            acceptance.retryAfterMs,
            headers,
          )
        : tryLater(
            'overloaded',
            'Send the same events again later.',
            acceptance.retryAfterMs,
            headers,
          );
  }
}

function answerRejected(
  accepted: number,
  rejected: readonly Rejection[],
  headers: Record<string, string>,
): Response {
  return Response.json({ accepted, rejected }, { headers });
}

function refuseOrigin(request: Request, relay: ResolvedRelayOptions): Response {
  const origin = request.headers.get('origin') ?? 'none';
  relay.log.warn({ origin }, 'refused an origin');
  return problem(
    'origin_not_allowed',
    `The origin of this page (${origin.slice(0, 200)}) is not on the relay's list: add it to ALLOWED_ORIGINS.`,
    { headers: corsHeaders(undefined) },
  );
}
