import { parse } from 'hono/utils/cookie';
import type { Observation } from './observation.ts';
import { pageEvents, parsedRecord } from './page-events.ts';

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
  const batch = parsedRecord(body);
  const cookie = parse(headers.get('cookie') ?? '').hubspotutk;
  const inBody = typeof batch.utk === 'string' ? batch.utk : undefined;
  const utk = cookie ?? inBody;
  return {
    kind: 'arrived',
    at: Date.now(),
    request,
    events: pageEvents(batch),
    ...(utk !== undefined && { utk, utkFrom: cookie === undefined ? 'body' : 'cookie' }),
  };
}

async function answerOf(request: string, response: Response): Promise<Observation> {
  const hasBody = response.status !== 204 && response.status !== 202;
  const body = hasBody ? parsedRecord(await response.clone().text()) : {};
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
