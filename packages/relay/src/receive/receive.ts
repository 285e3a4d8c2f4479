import { parseBatch, type Rejection, type WireBatch } from '@hubrelay/protocol';
import type { Acceptance } from '../accept/acceptor.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { ResolvedRelayOptions } from '../options.ts';
import { decide } from './decide.ts';
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
  const sender = { kind: 'page', facts: {} } as const;
  const subject = utk ? { utk } : {};
  const decisions = decide(parsed.batch, subject, sender, relay.policy, relay.clock.now());
  const { events, rejected, dropped } = decisions;
  if (dropped.length > 0) {
    relay.log.info({ origin, dropped: dropped.slice(0, 10) }, 'left properties out');
  }
  const allRejected = [...parsed.rejected, ...rejected];
  if (allRejected.length > 0) {
    relay.log.warn({ origin, rejected: allRejected.slice(0, 10) }, 'rejected events');
  }

  if (events.length === 0) return answerRejected(0, allRejected, headers);
  const acceptance = await acceptSafely(events, relay);
  return answer(acceptance, parsed.batch, events, allRejected, headers);
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
