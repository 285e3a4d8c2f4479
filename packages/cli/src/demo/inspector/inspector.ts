import type { FakeHubSpot } from '@hubrelay/fake-hubspot';
import type { Logger } from '@hubrelay/relay';
import { type Context, Hono } from 'hono';
import { readStatic } from '../static-files.ts';
import { type Board, type Counters, createBoard } from './board.ts';
import { type ActiveFault, createFaultPanel, FAULT_SWITCHES, type FaultSwitch } from './faults.ts';
import { createFeed } from './feed.ts';
import { type LogLine, logTo } from './log-lines.ts';
import type { Observation } from './observation.ts';
import { observeFake } from './observe-hubspot.ts';
import type { Row } from './row.ts';

/** What the inspector page is told when it opens; later messages carry one of the parts each. */
export interface Snapshot {
  readonly rows: readonly Row[];
  readonly counters: Counters;
  readonly switches: readonly FaultSwitch[];
  readonly faults: readonly ActiveFault[];
  readonly log: readonly LogLine[];
  readonly addresses: Addresses;
}

export interface Addresses {
  readonly shop: string;
  readonly relay: string;
  readonly hubspot: string;
}

export interface Inspector {
  /** The page and its feed; mount it at `/inspector`. */
  readonly app: Hono;
  readonly log: Logger;
  observe(seen: Observation): void;
  close(): void;
}

const MAX_LOG_LINES = 200;

/** Shows each event on its way. Everything it shows was observed at the relay or at the fake. */
export function createInspector(hubspot: FakeHubSpot, addresses: () => Addresses): Inspector {
  const board = createBoard();
  const feed = createFeed();
  const log: LogLine[] = [];
  const faults = createFaultPanel(hubspot, () => feed.send('faults', faults.active()));

  function observe(seen: Observation): void {
    for (const row of board.observe(seen)) feed.send('row', row);
    feed.send('counters', board.counters());
  }

  function keepLine(line: LogLine): void {
    log.push(line);
    if (log.length > MAX_LOG_LINES) log.shift();
    feed.send('log', line);
  }

  const snapshot = () => ({
    event: 'snapshot',
    data: snapshotOf(board, faults.active(), log, addresses()),
  });

  function clear(): void {
    board.clear();
    log.length = 0;
    faults.clear();
    feed.send('snapshot', snapshot().data);
  }

  hubspot.subscribe(observeFake(observe));

  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  });
  app.get('/', () => readStatic('inspector', 'inspector.html'));
  app.get('/static/:file', (c) => readStatic('inspector', c.req.param('file')));
  app.get('/feed', (c) => feed.open(c, snapshot));
  app.post('/faults/:id', sameOriginOnly, (c) =>
    c.body(null, faults.toggle(c.req.param('id') ?? '') ? 204 : 404),
  );
  app.post('/clear', sameOriginOnly, (c) => {
    clear();
    return c.body(null, 204);
  });
  function close(): void {
    faults.clear();
    feed.close();
  }
  return { app, log: logTo(keepLine), observe, close };
}

const CONTENT_SECURITY_POLICY =
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

function snapshotOf(
  board: Board,
  faults: readonly ActiveFault[],
  log: readonly LogLine[],
  addresses: Addresses,
): Snapshot {
  return {
    rows: board.rows(),
    counters: board.counters(),
    switches: FAULT_SWITCHES,
    faults,
    log,
    addresses,
  };
}
