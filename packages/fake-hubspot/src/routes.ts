import type { Context, Hono } from 'hono';
import { accessTokenInfo, accountDetails } from './account.ts';
import { toResponse } from './answer.ts';
import { requireScope } from './credentials.ts';
import { createProperty, deleteProperty, patchProperty } from './definition-properties.ts';
import {
  createDefinition,
  deleteDefinition,
  getDefinition,
  listDefinitions,
  patchDefinition,
} from './definitions.ts';
import { errorAnswer } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import { introspectToken, issueToken, revokeToken } from './oauth.ts';
import { listEventTypes, listOccurrences } from './occurrences.ts';
import { CONTACTS_SCOPE, DEFINITIONS_SCOPE, SEND_SCOPE } from './options.ts';
import { htmlError } from './outage.ts';
import { limitCalls, limitSends } from './rate-limit.ts';
import { getContactOfVisitor, getRecord, RECORD_TYPES } from './records.ts';
import type { FakeEnv } from './run-exchange.ts';
import { sendBatch, sendOne } from './send-events.ts';

/** Where the APIs live or have lived. Some `custom/` paths stood in drafts only, but clients were written against them. */
const sendVersions = [
  'v3',
  '2026-03',
  '2026-09',
  'custom/2025-09',
  'custom/2026-03',
  'custom/2026-09',
];
const definitionVersions = ['v3', '2026-03', '2026-09', 'custom/2026-09'];
const occurrencePaths = ['v3/events', 'event-occurrences/2026-03', 'event-occurrences/2026-09'];
const tokenVersions = ['v1', 'v3', '2026-03', '2026-09'];
const accountVersions = ['v3', '2026-03', '2026-09'];

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
    on('POST', path, requireScope(SEND_SCOPE, config, tokens, limitSends(hub, handler)));
  const call = (scope: string | undefined) => (method: string, path: string, handler: Handler) =>
    on(method, path, requireScope(scope, config, tokens, limitCalls(hub, handler)));
  const define = call(DEFINITIONS_SCOPE);
  const read = call(undefined);

  for (const version of sendVersions) {
    send(`/events/${version}/send`, sendOne(hub, version));
    send(`/events/${version}/send/batch`, sendBatch(hub, version));
  }
  for (const version of definitionVersions) {
    const base = `/events/${version}/event-definitions`;
    define('GET', base, listDefinitions(hub));
    define('POST', base, createDefinition(hub));
    define('GET', `${base}/:eventName`, getDefinition(hub));
    define('PATCH', `${base}/:eventName`, patchDefinition(hub));
    define('DELETE', `${base}/:eventName`, deleteDefinition(hub));
    define('POST', `${base}/:eventName/property`, createProperty(hub));
    define('PATCH', `${base}/:eventName/property/:propertyName`, patchProperty(hub));
    define('DELETE', `${base}/:eventName/property/:propertyName`, deleteProperty(hub));
  }
  for (const path of occurrencePaths) {
    read('GET', `/events/${path}`, listOccurrences(hub));
    read('GET', `/events/${path}/event-types`, listEventTypes(hub));
  }
  for (const type of Object.keys(RECORD_TYPES)) {
    call(`crm.objects.${type}.read`)('GET', `/crm/v3/objects/${type}/:id`, getRecord(hub, type));
  }
  call(CONTACTS_SCOPE)('GET', '/contacts/v1/contact/utk/:utk/profile', getContactOfVisitor(hub));
  for (const version of tokenVersions) {
    on('POST', `/oauth/${version}/token`, issueToken(hub));
    on('POST', `/oauth/${version}/token/introspect`, introspectToken(hub));
    on('POST', `/oauth/${version}/token/revoke`, revokeToken(hub));
  }
  on('POST', '/oauth/v2/private-apps/get/access-token-info', accessTokenInfo(hub));
  for (const version of accountVersions) {
    read('GET', `/account-info/${version}/details`, accountDetails(hub));
  }

  for (const path of paths) app.all(path, (c) => respond(c, methodNotAllowed));
  app.notFound((c) => toResponse(htmlError(404, 'Not Found'), c.get('exchange').correlationId));
}

function respond(c: Context<FakeEnv>, handler: Handler): Response {
  const exchange = c.get('exchange');
  const params = c.req.param() as Record<string, string>;
  return toResponse(handler(exchange, params), exchange.correlationId);
}

const methodNotAllowed: Handler = ({ correlationId }) =>
  errorAnswer(405, correlationId, { message: 'HTTP 405 Method Not Allowed' });
