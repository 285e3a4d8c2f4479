import { type Issue, type PageReport, parseBatch, parsePageReport } from '@hubrelay/protocol';
import { askChallenge } from '../challenge/ask-challenge.ts';
import { NULL_ORIGIN } from '../http/origin-entry.ts';
import { corsHeaders } from '../http/origin-policy.ts';
import type { Peer } from '../http/peer.ts';
import { readJsonBody } from '../http/read-body.ts';
import { identify } from '../identity/identify.ts';
import { identityRefusal } from '../identity/identity-refusal.ts';
import { addressKey } from '../limit/address-key.ts';
import { scrubText } from '../observe/scrub.ts';
import { acceptSafely } from './accept-safely.ts';
import { decide } from './decide.ts';
import { factsOf } from './enrich.ts';
import { isBot } from './is-bot.ts';
import { keptRejections } from './kept-rejections.ts';
import { noteOf } from './note-headers.ts';
import type { ResolvedRelayOptions } from './relay-options.ts';
import { later, type Reply, refused, render } from './reply.ts';
import { replyOf } from './reply-of.ts';
import { report, reportRefused, reportUnidentified } from './report.ts';
import { takePoints } from './take-points.ts';
import { visitorOf } from './visitor.ts';

/** `POST /v1/events`. A page may read the answer as far as its origin is allowed to. */
export async function answerPage(
  request: Request,
  peer: Peer,
  relay: ResolvedRelayOptions,
): Promise<Response> {
  const origin = relay.origins.allow(request);
  return render(await receive(request, origin, peer, relay), corsHeaders(origin));
}

/**
 * Step by step: address → origin → bot → body → batch → visitor → identity → challenge → policy → accept.
 * The order is the order of cost: what is cheap to refuse is refused first. The address comes before everything that is
 * logged each time, so that no one can fill the log.
 */
async function receive(
  request: Request,
  origin: string | undefined,
  peer: Peer,
  relay: ResolvedRelayOptions,
): Promise<Reply> {
  const client = addressKey(peer.address);
  const byAddress = await takePoints(relay.limits.address, 'address', client, 1, relay);
  if (!byAddress.ok) return later('rate_limited', byAddress.retryAfterMs);
  if (!origin) return refuseOrigin(request, relay);
  if (relay.refuseBots && isBot(request)) return refuseBot(relay);

  const body = await readJsonBody(request, relay.maxBodyBytes);
  if (!body.ok) {
    reportRefused({ from: origin, code: body.code }, relay);
    return refused(body.code, body.detail);
  }
  const pageReport = parsePageReport(body.json);
  if (pageReport) return note(pageReport, origin, relay);
  const parsed = parseBatch(body.json);
  if (!parsed.ok) {
    const { issues } = parsed;
    reportRefused({ from: origin, code: 'invalid_batch', issues }, relay);
    return refused('invalid_batch', 'See the issues for what to change.', issues);
  }
  const { batch, positions } = parsed;
  relay.tally('event_received', 'page', batch.events.length + parsed.rejected.length);

  const isFrame = origin === NULL_ORIGIN;
  // A frame that any website can open may come with the cookies of this one.
  const utk = isFrame ? batch.utk : visitorOf(request, batch.utk);
  const points = batch.events.length;
  const byVisitor = await takePoints(relay.limits.visitor, 'visitor', utk, points, relay);
  if (!byVisitor.ok) return later('rate_limited', byVisitor.retryAfterMs);

  const who = await identify(batch.identity, utk, relay.identity);
  const unidentified = identityRefusal(batch.identity, who, relay.requireIdentity || isFrame);
  if (unidentified) {
    const { reason, until, detail } = unidentified;
    const { expiredForS } = who;
    reportUnidentified({ from: origin, reason, events: points, expiredForS }, relay);
    return until === 'later'
      ? later('overloaded', 30_000, detail)
      : refused(`identity_${until}`, detail);
  }
  const challenged = await askChallenge(batch, peer.address, relay.challenge);
  if (challenged.verdict === 'unavailable') {
    relay.tally('event_rejected', 'challenge_unavailable', points);
    relay.noteRefusal('could not check an answer to a challenge', 'challenge_unavailable');
    return later('overloaded', 10_000, 'The challenge cannot be checked now.');
  }

  const { subject } = who;
  const receivedAtMs = relay.clock.now();
  const decisions = decide({
    batch,
    positions,
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
  await relay.keepRejected?.(
    keptRejections({ batch, positions, rejected, subject, receivedAtMs, anyEvent }),
  );

  const notes: Issue[] = [...parsed.notes, ...dropped.map((property) => noteOf(property))];
  if (events.length === 0) return { kind: 'partly', accepted: 0, rejected, notes };
  const acceptance = await acceptSafely(events, 'page', relay);
  return replyOf(acceptance, { events: events.length, rejected, positionOf, notes });
}

function refuseOrigin(request: Request, relay: ResolvedRelayOptions): Reply {
  const origin = scrubText(request.headers.get('origin') ?? 'none').slice(0, 200);
  relay.tally('origin_refused', 'not_listed', 1);
  const count = relay.refusedOrigins.count(origin);
  // The first of each origin, then the tenth, the hundredth: a page that was forgotten on the list sends many.
  if (/^10*$/.test(`${count}`)) relay.log.warn({ origin, count }, 'refused an origin');
  return refused(
    'origin_not_allowed',
    `The origin of this page (${origin}) is not on the relay's list: add it to ALLOWED_ORIGINS.`,
  );
}

/** Events that wait in a page, or never leave it, are in no outbox: the owner hears of them here. */
function note(report: PageReport, from: string, relay: ResolvedRelayOptions): Reply {
  const origin = relay.origins.entryOf(from);
  const count = origin ? relay.pageReports.add(origin, report) : 0;
  // The first, the tenth, the hundredth of a kind: where HubSpot's script is blocked, every visitor's page sends one.
  if (/^10*$/.test(`${count}`)) {
    const { waiting, dropped, oldestMs } = report;
    relay.log.warn({ origin, count, waiting, dropped, oldestMs }, 'events do not leave a page');
  }
  return { kind: 'noted' };
}

function refuseBot(relay: ResolvedRelayOptions): Reply {
  relay.tally('bot_refused', 'user_agent', 1);
  relay.noteRefusal('refused requests of bots', 'user_agent');
  return refused('bot_refused', 'The User-Agent header names a bot.');
}
