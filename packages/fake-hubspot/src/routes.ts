import type { Context, Hono } from 'hono';
import { toResponse } from './answer.ts';
import { requireScope } from './credentials.ts';
import { errorAnswer, rateLimited } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import { SEND_SCOPE } from './options.ts';
import { htmlError } from './outage.ts';
import type { FakeEnv } from './run-exchange.ts';
import { sendBatch, sendOne } from './send-events.ts';

/** Where the send API lives or has lived. `custom/2026-09` stood in drafts only, but clients were written against it. */
const sendVersions = [
  'v3',
  '2026-03',
  '2026-09',
  'custom/2025-09',
  'custom/2026-03',
  'custom/2026-09',
];

/** Every route of the fake. There is no CORS anywhere: a page cannot call HubSpot. */
export function routes(app: Hono<FakeEnv>, hub: Hub): void {
  const { config, tokens } = hub;
  const paths = new Set<string>();
  const on = (method: string, path: string, handler: Handler) => {
    if (config.retiredPaths.includes(path)) return;
    paths.add(path);
    app.on(method, path, (c) => respond(c, handler));
  };
  const send = (path: string, handler: Handler) =>
    on('POST', path, requireScope(SEND_SCOPE, config, tokens, sendLimited(hub, handler)));

  for (const version of sendVersions) {
    send(`/events/${version}/send`, sendOne(hub, version));
    send(`/events/${version}/send/batch`, sendBatch(hub, version));
  }

  for (const path of paths) app.all(path, (c) => respond(c, methodNotAllowed));
  app.notFound((c) => toResponse(htmlError(404, 'Not Found'), c.get('exchange').correlationId));
}

function respond(c: Context<FakeEnv>, handler: Handler): Response {
  const exchange = c.get('exchange');
  return toResponse(
    handler(exchange, c.req.param() as Record<string, string>),
    exchange.correlationId,
  );
}

const methodNotAllowed: Handler = ({ correlationId }) =>
  errorAnswer(405, correlationId, { message: 'HTTP 405 Method Not Allowed' });

/** Send is exempt from the account's limits; it has its own. */
function sendLimited({ sendLimit, config }: Hub, handler: Handler): Handler {
  return (exchange, params) =>
    sendLimit.take(exchange.call.receivedAt)
      ? handler(exchange, params)
      : rateLimited(exchange.correlationId, 'SECONDLY', config.switches.rateLimitBody);
}
