import type { LaneStatus } from '@hubrelay/relay';
import { type Context, Hono } from 'hono';
import type { Feed } from '../feed.ts';
import type { ObservedRelay } from '../observed-relay.ts';
import { readStatic } from '../static-files.ts';
import type { Counters } from './board.ts';
import type { ActiveFault, FaultPanel, FaultSwitch } from './faults.ts';
import type { LogLine } from './log-lines.ts';
import type { Row } from './row.ts';

/** What the inspector page is told when it opens; later messages carry one of the parts each. */
export interface Snapshot {
  readonly rows: readonly Row[];
  readonly counters: Counters;
  readonly switches: readonly FaultSwitch[];
  readonly faults: readonly ActiveFault[];
  /** Whether the relay sends to HubSpot now, and if not, why and until when. */
  readonly lane: LaneStatus;
  readonly log: readonly LogLine[];
  readonly addresses: Addresses;
}

export interface Addresses {
  readonly shop: string;
  readonly relay: string;
  readonly hubspot: string;
}

export interface InspectorParts {
  readonly feed: Feed;
  readonly faults: FaultPanel;
  readonly relay: ObservedRelay;
  readonly snapshot: () => Snapshot;
  readonly clear: () => void;
}

/** The inspector's page, its feed and its switches. */
export function inspectorPages({ feed, faults, relay, snapshot, clear }: InspectorParts): Hono {
  const app = new Hono();
  const done = (c: Context) => c.body(null, 204);

  app.use(async (c, next) => {
    await next();
    c.header('Content-Security-Policy', INSPECTOR_CSP);
  });
  app.get('/', () => readStatic('inspector', 'inspector.html'));
  app.get('/static/:file', (c) => readStatic('inspector', c.req.param('file')));
  app.get('/feed', (c) => feed.open(c, () => ({ event: 'snapshot', data: snapshot() })));

  app.use('/do/*', sameOriginOnly);
  app.post('/do/faults/:id', (c) => c.body(null, faults.toggle(c.req.param('id')) ? 204 : 404));
  app.post('/do/replay/:uuid', async (c) => {
    await relay.replay(c.req.param('uuid'));
    return done(c);
  });
  app.post('/do/resume', async (c) => {
    await relay.deliverer.resume();
    return done(c);
  });
  app.post('/do/clear', (c) => {
    clear();
    return done(c);
  });
  return app;
}

export const INSPECTOR_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Other pages must not work the switches. */
async function sameOriginOnly(
  c: Context,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return c.body(null, 403);
  await next();
  return undefined;
}
