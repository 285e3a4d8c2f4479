import type { RelayStats } from './admin-client.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a relay says of itself, in lines for a person. */
export function statsText({ outbox, delivery, refusedOrigins }: RelayStats, now: number): string {
  const { accepted, delivered, pending, dead, removed, dropped, oldestPendingAt } = outbox;
  const age = oldestPendingAt === undefined ? '' : `, the oldest for ${ago(now - oldestPendingAt)}`;
  const noRoom = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const last = delivery.lastDeliveredAt;
  const refused = Object.entries(refusedOrigins).sort(([, one], [, other]) => other - one);
  return [
    `delivery   ${laneText(delivery.lane, now)}`,
    `accepted   ${accepted}`,
    `delivered  ${delivered}${last === undefined ? '' : `, the last ${ago(now - last)} ago`}`,
    `pending    ${pending}${age}`,
    `dead       ${dead}${dead > 0 ? ': hubrelay dead list' : ''}`,
    `removed    ${removed}${noRoom > 0 ? `, ${noRoom} of them without room among the dead letters` : ''}`,
    ...refused.map(
      ([origin, count], index) =>
        `${index === 0 ? 'refused    ' : '           '}${count} requests of ${origin}: not in ALLOWED_ORIGINS`,
    ),
  ].join('\n');
}

function laneText(lane: RelayStats['delivery']['lane'], now: number): string {
  if (lane.state === 'open') return 'open';
  const { state, cause, since, probeAt, error } = lane;
  const name = state === 'paused' ? 'paused' : 'backing off';
  const said = [error.status, error.category, error.message].filter(Boolean).join(' ');
  const next =
    probeAt === undefined
      ? 'until hubrelay resume'
      : `next look ${probeAt <= now ? 'now' : `in ${ago(probeAt - now)}`}`;
  return [`${name} for ${ago(now - since)}`, `cause ${cause}`, next, said]
    .filter(Boolean)
    .join(', ')
    .replaceAll('\n', ' ');
}

function ago(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return `${Math.round(ms / HOUR_MS)} h`;
}
