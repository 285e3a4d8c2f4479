import { parse } from 'hono/utils/cookie';
import type { Observation, PageEvent } from './observation.ts';

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

/** Watches the events that pages post to a relay, and its answers, without changing either. */
export function observeRelay(fetch: Fetch, observe: (seen: Observation) => void): Fetch {
  let count = 0;
  return async (request, env) => {
    if (request.method !== 'POST') return fetch(request, env);
    count += 1;
    const id = `request-${count}`;
    observe(arrival(id, request, await request.clone().text()));
    const response = await fetch(request, env);
    observe(await answerOf(id, response));
    return response;
  };
}

function arrival(request: string, { headers }: Request, body: string): Observation {
  const batch = record(json(body));
  const cookie = parse(headers.get('cookie') ?? '').hubspotutk;
  const inBody = typeof batch.utk === 'string' ? batch.utk : undefined;
  const utk = cookie ?? inBody;
  return {
    kind: 'arrived',
    at: Date.now(),
    request,
    events: (Array.isArray(batch.events) ? batch.events : []).flatMap(pageEvent),
    ...(utk !== undefined && { utk, utkFrom: cookie === undefined ? 'body' : 'cookie' }),
  };
}

/** The relay decides what is valid; this shows what can be shown. */
function pageEvent(input: unknown): PageEvent[] {
  const { uuid, eventName, occurredAt, properties } = record(input);
  if (typeof uuid !== 'string') return [];
  return [
    {
      uuid,
      eventName: String(eventName),
      properties: record(properties),
      occurredAt: typeof occurredAt === 'number' ? occurredAt : Date.now(),
    },
  ];
}

async function answerOf(request: string, response: Response): Promise<Observation> {
  const hasBody = response.status !== 204 && response.status !== 202;
  const body = hasBody ? record(json(await response.clone().text())) : {};
  const retryAfter = response.headers.get('retry-after');
  return {
    kind: 'answered',
    at: Date.now(),
    request,
    status: response.status,
    rejected: Array.isArray(body.rejected) ? body.rejected : [],
    ...(retryAfter !== null && { retryAfter }),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
