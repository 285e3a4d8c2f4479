import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { corsHeaders, preflightHeaders } from './http/origin-policy.ts';
import { problem, tryLater } from './http/problem.ts';
import { scrubText } from './observe/scrub.ts';
import { followTrace } from './observe/tracing.ts';
import { withoutOrigins } from './receive/page-reports.ts';
import { answerPage } from './receive/receive.ts';
import {
  type RelayOptions,
  type ResolvedRelayOptions,
  resolveRelayOptions,
} from './receive/relay-options.ts';
import { scriptServer } from './script/serve-script.ts';
import { withEndpoint } from './script/with-endpoint.ts';
import { otherApi } from './senders/other-api.ts';
import { answerServer } from './senders/send.ts';

/** Every path that HubSpot documents or has documented; they differ in nothing else. */
const HUBSPOT_EVENTS = [
  '/events/:version{v3|2026-03|2026-09}',
  '/events/custom/:version{2025-09|2026-03|2026-09}',
];

/**
 * A relay as a Hono app over Web standards: `app.fetch(request)` answers it in any runtime. This is the route table.
 * @throws InvalidOptionsError naming every problem at once
 */
export function createRelay(options: RelayOptions): Hono {
  const relay = resolveRelayOptions(options);
  const app = new Hono();
  app.use(followTrace);
  if (relay.log.isLevelEnabled?.('debug') ?? true) app.use(logRequests(relay));

  for (const path of withAndWithoutSlash(relay.eventsPath)) {
    app.post(path, (c) => answerPage(c.req.raw, relay.peer(c.req.raw, c.env), relay));
    app.options(path, (c) => preflight(c.req.raw, relay));
    app.all(path, () => methodNotAllowed('POST'));
  }

  if (relay.keys !== undefined) {
    const sendTo = (isBatch: boolean) => (c: Context) =>
      answerServer(c.req.raw, relay.peer(c.req.raw, c.env), isBatch, relay);
    for (const path of HUBSPOT_EVENTS) {
      app.post(`${path}/send`, sendTo(false));
      app.post(`${path}/send/batch`, sendTo(true));
    }
  }

  if (relay.script) {
    const script = scriptServer(
      relay.script,
      relay.scriptPath,
      withEndpoint(relay.scriptPath, relay.eventsPath),
    );
    app.get(relay.scriptPath, (c) => script.newest(c.req.raw));
    app.get(script.pinnedPaths, async (c) => (await script.pinned(c.req.raw)) ?? c.notFound());
  }

  app.get('/livez', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    const { ready, details } = await relay.readiness();
    // It tells, and stays ready: what waits in a page is not waiting for this relay.
    const pages = withoutOrigins(relay.pageReports.totals());
    return c.json({ ready, ...details, ...(pages.length > 0 && { pages }) }, ready ? 200 : 503);
  });

  app.notFound((c) => {
    const detail = `There is nothing at ${scrubText(c.req.path).slice(0, 200)}.`;
    return otherApi(c.req.raw, relay) ?? problem('not_found', detail);
  });
  app.onError((error, c) => {
    relay.log.error({ err: error }, 'unexpected error');
    const cors = corsHeaders(relay.origins.allow(c.req.raw));
    return tryLater('overloaded', 'Send the same events again later.', 5_000, cors);
  });
  return app;
}

/** For `LOG_LEVEL=debug`: every request and its answer, without what was sent. */
function logRequests({ log, clock }: ResolvedRelayOptions): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = clock.now();
    await next();
    const { method, path } = c.req;
    const fields = { method, path: scrubText(path).slice(0, 200), status: c.res.status };
    log.debug({ ...fields, durationMs: clock.now() - startedAt }, 'request');
  };
}

/** Web frameworks and proxies redirect from one to the other (`trailingSlash`), and a redirect may turn POST into GET. */
function withAndWithoutSlash(path: string): string[] {
  const bare = path.replace(/\/+$/, '');
  return [bare, `${bare}/`].filter((it) => it !== '');
}

function preflight(request: Request, relay: ResolvedRelayOptions): Response {
  const headers = preflightHeaders(request, relay.origins.allow(request));
  return new Response(null, { status: 204, headers });
}

function methodNotAllowed(allow: string): Response {
  return problem('method_not_allowed', `Use ${allow}.`, { headers: { allow } });
}
