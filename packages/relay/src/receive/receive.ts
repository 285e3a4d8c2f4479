import { type Issue, parseBatch } from '@hubrelay/protocol';
import { askChallenge } from '../challenge/ask-challenge.ts';
import { NULL_ORIGIN } from '../http/origin-entry.ts';
import { corsHeaders, REFUSAL_HEADERS } from '../http/origin-policy.ts';
import type { Peer } from '../http/peer.ts';
import { problem, tryLater } from '../http/problem.ts';
import { readJsonBody } from '../http/read-body.ts';
import { identify } from '../identity/identify.ts';
import { identityRefusal } from '../identity/identity-refusal.ts';
import { addressKey } from '../limit/address-key.ts';
import { scrubText } from '../observe/scrub.ts';
import { acceptSafely } from './accept-safely.ts';
import { answer, answerRejected } from './answer.ts';
import { decide } from './decide.ts';
import { factsOf } from './enrich.ts';
import { isBot } from './is-bot.ts';
import { keptRejections } from './kept-rejections.ts';
import { noteHeaders, noteOf } from './note-headers.ts';
import { positionsIn } from './positions.ts';
import type { ResolvedRelayOptions } from './relay-options.ts';
import { report, reportRefused, reportUnidentified } from './report.ts';
import { takePoints } from './take-points.ts';
import { visitorOf } from './visitor.ts';

/**
 * `POST /v1/events`, step by step: address → origin → bot → body → batch → visitor → identity → challenge → policy → accept.
 * The order is the order of cost: what is cheap to refuse is refused first. The address comes before everything that is
 * logged, so that no one can fill the log.
 */
export async function receive(
  request: Request,
  peer: Peer,
  relay: ResolvedRelayOptions,
): Promise<Response> {
  const origin = relay.origins.allow(request);
  const headers = corsHeaders(origin);
  const client = addressKey(peer.address);
  const byAddress = await takePoints(relay.limits.address, 'address', client, 1, relay);
  if (!byAddress.ok) return tooMany(byAddress.retryAfterMs, headers);
  if (!origin) return refuseOrigin(request, relay);
  if (relay.refuseBots && isBot(request)) return refuseBot(relay, headers);

  const body = await readJsonBody(request, relay.maxBodyBytes);
  if (!body.ok) {
    reportRefused({ from: origin, code: body.code }, relay);
    return problem(body.code, body.detail, { headers });
  }
  const parsed = parseBatch(body.json);
  if (!parsed.ok) {
    reportRefused({ from: origin, code: 'invalid_batch', issues: parsed.issues }, relay);
    return refuseBatch(parsed.issues, headers);
  }
  const { batch } = parsed;
  relay.tally('event_received', 'page', batch.events.length + parsed.rejected.length);

  const isFrame = origin === NULL_ORIGIN;
  // A frame that any website can open may come with the cookies of this one.
  const utk = isFrame ? batch.utk : visitorOf(request, batch.utk);
  const points = batch.events.length;
  const byVisitor = await takePoints(relay.limits.visitor, 'visitor', utk, points, relay);
  if (!byVisitor.ok) return tooMany(byVisitor.retryAfterMs, headers);

  const who = await identify(batch.identity, utk, relay.identity);
  const refusal = identityRefusal(batch.identity, who, relay.requireIdentity || isFrame, headers);
  if (refusal) {
    reportUnidentified({ from: origin, reason: refusal.reason, events: points }, relay);
    return refusal.response;
  }
  const challenged = await askChallenge(batch, peer.address, relay.challenge);
  if (challenged.verdict === 'unavailable') {
    relay.tally('event_rejected', 'challenge_unavailable', points);
    return tryLater('overloaded', 'The challenge cannot be checked now.', 10_000, headers);
  }

  const { subject } = who;
  const receivedAtMs = relay.clock.now();
  const decisions = decide({
    batch,
    positions: positionsIn(parsed),
    subject,
    sender: { kind: 'page', facts: factsOf(request, peer, relay.enrich) },
    challenged,
    policy: relay.policy,
    receivedAtMs,
  });
  const { events, positionOf, dropped } = decisions;
  const rejected = [...parsed.rejected, ...decisions.rejected];
  report(
    { from: origin, notes: parsed.notes, identityFailure: who.failure, dropped, rejected },
    relay,
  );

  const { anyEvent } = relay;
  await relay.keepRejected?.(keptRejections({ batch, rejected, subject, receivedAtMs, anyEvent }));

  if (events.length === 0) return answerRejected(0, rejected, headers);
  const acceptance = await acceptSafely(events, 'page', relay);
  const notes = noteHeaders([...parsed.notes, ...dropped.map((property) => noteOf(property))]);
  const decided = { handedOver: events.length, rejected, positionOf };
  return answer(acceptance, decided, { ...headers, ...notes });
}

function refuseOrigin(request: Request, relay: ResolvedRelayOptions): Response {
  const origin = scrubText(request.headers.get('origin') ?? 'none').slice(0, 200);
  relay.tally('origin_refused', 'not_listed', 1);
  const count = relay.refusedOrigins.count(origin);
  // The first of each origin, then the tenth, the hundredth: a page that was forgotten on the list sends many.
  if (/^10*$/.test(`${count}`)) relay.log.warn({ origin, count }, 'refused an origin');
  return problem(
    'origin_not_allowed',
    `The origin of this page (${origin}) is not on the relay's list: add it to ALLOWED_ORIGINS.`,
    { headers: REFUSAL_HEADERS },
  );
}

function refuseBot(relay: ResolvedRelayOptions, headers: Record<string, string>): Response {
  relay.tally('bot_refused', 'user_agent', 1);
  return problem('bot_refused', 'The User-Agent header names a bot.', { headers });
}

function refuseBatch(issues: readonly Issue[], headers: Record<string, string>): Response {
  return problem('invalid_batch', 'See the issues for what to change.', { issues, headers });
}

function tooMany(retryAfterMs: number, headers: Record<string, string>): Response {
  return tryLater('rate_limited', 'Send the same events again later.', retryAfterMs, headers);
}
