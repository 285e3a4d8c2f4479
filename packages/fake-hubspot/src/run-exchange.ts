import type { Context, MiddlewareHandler } from 'hono';
import { toResponse } from './answer.ts';
import { breakOf, broken } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { FaultEffect } from './faults.ts';
import type { Hub } from './hub.ts';
import { htmlError } from './outage.ts';
import type { IncomingCall } from './received.ts';
import { redact } from './redact.ts';

export interface FakeEnv {
  Variables: { exchange: Exchange };
}

/** Wraps every route: notes the request, lets the faults have their way, notes the answer. */
export function runExchange(hub: Hub): MiddlewareHandler<FakeEnv> {
  const { config, journal, faults } = hub;
  let requests = 0;

  return async (c, next) => {
    const body = await readBody(c);
    if (body === undefined) {
      c.res = broken('reset');
      return;
    }
    requests++;
    const call = incomingCall(c, body, `r${requests}`, config.now());
    const { latencyMs, effect, poison } = faults.plan(call);
    const exchange: Exchange = {
      call,
      poison,
      correlationId: config.randomUuid(),
      principal: undefined,
      events: 0,
      applied: 0,
      notes: [],
    };
    c.set('exchange', exchange);
    if (latencyMs > 0) await config.sleep(latencyMs);

    if (effect?.status !== undefined) c.res = statusEffect(hub, effect, exchange.correlationId);
    else if (effect?.kind === 'reset' || effect?.kind === 'hang') c.res = broken(effect.kind);
    else if (exceeds(call.body, config.switches.maxBodyBytes)) {
      c.res = toResponse(htmlError(413, 'Request Entity Too Large'), exchange.correlationId);
    } else await next();
    // Assigning c.res merges the headers of the answer before; a broken one must not carry them.
    if (effect?.kind !== undefined && !breakOf(c.res)) replace(c, broken(effect.kind, c.res));

    note(hub, exchange, c.res, effect);
    journal.settle();
  };
}

/** `undefined` when the sender left before its body was complete: then there was no request. */
function readBody({ req }: Context): Promise<string | undefined> {
  return req.text().catch(() => undefined);
}

function incomingCall(c: Context, body: string, id: string, receivedAt: number): IncomingCall {
  const { method, path } = c.req;
  return { id, method, path, query: c.req.query(), headers: c.req.header(), body, receivedAt };
}

function statusEffect(hub: Hub, effect: FaultEffect, correlationId: string): Response {
  const { status = 500, retryAfter, headers, body } = effect;
  const usual = hub.outage(status, correlationId, effect.policyName);
  return toResponse(
    {
      ...usual,
      ...(body !== undefined && { body }),
      headers: {
        ...usual.headers,
        ...headers,
        ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      },
    },
    correlationId,
  );
}

function replace(c: Context, response: Response): void {
  c.res = undefined;
  c.res = response;
}

function note(
  hub: Hub,
  exchange: Exchange,
  response: Response,
  effect: FaultEffect | undefined,
): void {
  const { call, correlationId, principal, events, applied, notes } = exchange;
  const how = breakOf(response);
  const fault = effect?.kind ?? effect?.status;
  hub.journal.addRequest({
    ...redact(call),
    raw: call,
    correlationId,
    status: how === undefined || how === 'truncate' ? response.status : 0,
    ...(fault !== undefined && { fault: String(fault) }),
    ...(principal && { credential: principal.kind }),
    events,
    applied,
    notes,
    answeredAt: hub.config.now(),
  });
}

/** A UTF-16 unit is one to three bytes, so most bodies need not be encoded to be measured. */
function exceeds(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes;
}
