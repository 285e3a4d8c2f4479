import type { DelivererStatus, PageTotals } from '@hubrelay/relay';
import { oneLine } from '../one-line.ts';
import type { RelayStats } from './admin-client.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a relay says of itself, in lines for a person. */
export function statsText(stats: RelayStats, now: number): string {
  const { outbox, delivery, refusedOrigins = {}, pages = [] } = stats;
  const { accepted, delivered, pending, dead, removed, dropped, oldestPendingAt } = outbox;
  const age = oldestPendingAt === undefined ? '' : `, the oldest for ${ago(now - oldestPendingAt)}`;
  const noRoom = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const last = delivery?.lastDeliveredAt;
  const refused = Object.entries(refusedOrigins)
    .sort(([, one], [, other]) => other - one)
    .map(([origin, count]) => `${count} requests of ${origin}: not in ALLOWED_ORIGINS`);
  return [
    ...line('delivery', delivery && laneText(delivery.lane, now)),
    ...line('key', stats.key && 'HubSpot refuses it: hubrelay doctor says why'),
    ...line('accepted', accepted),
    ...line('delivered', delivered, last === undefined ? '' : `, the last ${ago(now - last)} ago`),
    ...line('pending', pending, age),
    ...line('dead', dead, dead > 0 ? ': hubrelay dead list' : ''),
    ...line(
      'removed',
      removed,
      noRoom > 0 ? `, ${noRoom} of them without room among the dead letters` : '',
    ),
    ...lines('refused', refused),
    ...lines(
      'in pages',
      pages.map((page) => pageText(page, now)),
    ),
  ].join('\n');
}

/** None for what this relay does not know. */
function line(name: string, value: number | string | undefined, more = ''): string[] {
  return value === undefined ? [] : lines(name, [`${value}${more}`]);
}

/** The name stands before the first only. */
function lines(name: string, texts: readonly string[]): string[] {
  return texts.map((text, index) => `${(index === 0 ? name : '').padEnd(11)}${text}`);
}

/** What each reason means, and what to do. */
const IN_PAGES: Readonly<Record<PageTotals['reason'], string>> = {
  no_visitor: "waited for HubSpot's cookie: its tracking code is missing or blocked",
  no_identity: 'waited for an identity: call identify() with a fresh one',
  expired: 'expired: nothing could be sent for 7 days',
  rejected: 'were refused by the relay',
  too_large: 'were too large to be sent',
  outbox_full: "did not fit into the page's outbox",
};

function pageText({ reason, origin, events, lastAt }: PageTotals, now: number): string {
  return `${events} of ${origin} ${IN_PAGES[reason]}, last told ${ago(now - lastAt)} ago`;
}

function laneText(lane: DelivererStatus['lane'], now: number): string {
  if (lane.state === 'open') return 'open';
  const { state, cause, since, probeAt, error } = lane;
  const name = state === 'paused' ? 'paused' : 'backing off';
  const said = [error.status, error.category, error.message].filter(Boolean).join(' ');
  const next =
    probeAt === undefined
      ? 'until hubrelay resume'
      : `next look ${probeAt <= now ? 'now' : `in ${ago(probeAt - now)}`}`;
  const parts = [`${name} for ${ago(now - since)}`, `cause ${cause}`, next, said];
  return oneLine(parts.filter(Boolean).join(', '));
}

function ago(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return `${Math.round(ms / HOUR_MS)} h`;
}
