import type { AdminClient, RelayStats } from '../admin/admin-client.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What the relay itself has seen: websites that it refused, events that HubSpot refused, events that wait in pages. @throws CommandError when it does not answer */
export async function checkOwner(
  admin: Pick<AdminClient, 'stats' | 'listDead'>,
): Promise<Finding[]> {
  const stats = await admin.stats();
  return [
    ...originFindings(stats),
    ...pageFindings(stats),
    ...(stats.outbox.dead > 0 ? [await deadFinding(admin, stats.outbox.dead)] : []),
  ];
}

function originFindings({ refusedOrigins = {} }: RelayStats): Finding[] {
  const check = 'Websites that were refused';
  const seen = Object.entries(refusedOrigins).sort(([, one], [, other]) => other - one);
  if (seen.length === 0) return [ok(check, 'none since the relay started')];
  const shown = seen.slice(0, 5).map(([origin, count]) => `${origin} (${count} requests)`);
  return [
    warn(
      check,
      `${shown.join(', ')}${seen.length > 5 ? ` and ${seen.length - 5} more` : ''}`,
      'If one of them is yours, its pages keep their events until it is allowed. doctor’s own questions count, too.',
      'Add your website to ALLOWED_ORIGINS, letter by letter, and restart the relay.',
    ),
  ];
}

function pageFindings({ pages = [] }: RelayStats): Finding[] {
  return pages
    .filter(({ state, reason }) => state === 'waiting' && reason === 'no_visitor')
    .map(({ origin, events }) =>
      fail(
        `Events in pages of ${origin}`,
        `pages told of ${events} that wait for HubSpot’s cookie hubspotutk`,
        'They are not sent until the visitor has the cookie, and expire after seven days.',
        'Put HubSpot’s tracking code on the page; or data-hubrelay-mint-visitor on the script tag; or use a signed identity.',
      ),
    );
}

async function deadFinding(admin: Pick<AdminClient, 'listDead'>, dead: number): Promise<Finding> {
  const { items } = await admin.listDead({ limit: '1' });
  const [letter] = items;
  const said = [letter?.error.status, letter?.error.category, letter?.error.message];
  const words = said.filter((part) => part !== undefined).join(' ');
  return warn(
    'Dead letters',
    `${dead}; one of them: ${letter?.event.eventName}, ${letter?.reason}${words && `: ${words}`}`,
    'They are not at HubSpot, and are not tried again by themselves.',
    'hubrelay dead list has all of them, each with its reason.',
  );
}
