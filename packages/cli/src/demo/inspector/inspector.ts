import type { FakeHubSpot } from '@hubrelay/fake-hubspot';
import type { Logger } from '@hubrelay/relay';
import type { Hono } from 'hono';
import { createFeed } from '../feed.ts';
import type { ObservedRelay } from '../observed-relay.ts';
import { createBoard } from './board.ts';
import { createFaultPanel } from './faults.ts';
import { type LogLine, logTo } from './log-lines.ts';
import type { Observation } from './observation.ts';
import { observeFake } from './observe-hubspot.ts';
import { type Addresses, inspectorPages, type Snapshot } from './pages.ts';
import type { Row } from './row.ts';

export interface Inspector {
  /** Where the relay writes its log. */
  readonly log: Logger;
  observe(seen: Observation): void;
  /** The page and its feed. */
  pages(shown: { readonly relay: ObservedRelay; readonly addresses: Addresses }): Hono;
  close(): void;
}

const MAX_LOG_LINES = 200;

/** Delivery opens and shuts by the clock, too: a look this often is enough for the eye. */
const LANE_LOOK_MS = 250;

/** Shows each event on its way. Everything it shows was observed at the relay or at the fake. */
export function createInspector(hubspot: FakeHubSpot): Inspector {
  const board = createBoard();
  const feed = createFeed();
  const log: LogLine[] = [];
  const faults = createFaultPanel(hubspot, () => feed.send('faults', faults.active()));
  let laneTimer: NodeJS.Timeout | undefined;

  function tell(changed: readonly Row[]): void {
    for (const row of changed) feed.send('row', row);
    feed.send('counters', board.counters());
  }

  const observe = (seen: Observation) => tell(board.observe(seen));

  function keepLine(line: LogLine): void {
    log.push(line);
    if (log.length > MAX_LOG_LINES) log.shift();
    feed.send('log', line);
  }

  function watchLane(relay: ObservedRelay): void {
    let last = '';
    laneTimer = setInterval(() => {
      const lane = laneOf(relay);
      const now = JSON.stringify(lane);
      if (now !== last) {
        feed.send('lane', lane);
        tell(board.shut(lane.state !== 'open'));
      }
      last = now;
    }, LANE_LOOK_MS);
  }

  hubspot.subscribe(observeFake(observe));
  return {
    log: logTo(keepLine),
    observe,
    pages({ relay, addresses }) {
      const snapshot = (): Snapshot => ({
        rows: board.rows(),
        counters: board.counters(),
        switches: faults.switches,
        faults: faults.active(),
        lane: laneOf(relay),
        log,
        addresses,
      });
      const clear = () => {
        board.clear();
        log.length = 0;
        faults.clear();
        feed.send('snapshot', snapshot());
      };
      watchLane(relay);
      return inspectorPages({ feed, faults, relay, snapshot, clear });
    },
    close() {
      clearInterval(laneTimer);
      faults.clear();
      feed.close();
    },
  };
}

/** The demo's outbox is never paused. */
const laneOf = ({ deliverer }: ObservedRelay) => deliverer.status({}).lane;
