import type { Peer } from '../http/peer.ts';
import { fitString } from '../policy/string-value.ts';

/** What the relay may add to a page's events from the request itself. */
export type Enrichment = (typeof ENRICHMENTS)[number];

export const ENRICHMENTS = ['place', 'user_agent'] as const;

/** The default properties that the request answers, cut to HubSpot's limits. */
export function factsOf(
  request: Request,
  peer: Peer,
  enrich: readonly Enrichment[],
): Record<string, string> {
  const place = enrich.includes('place') ? peer.place : undefined;
  const userAgent = enrich.includes('user_agent') ? request.headers.get('user-agent') : undefined;
  const facts = {
    hs_city: place?.city,
    hs_region: place?.region,
    hs_country: place?.country,
    hs_user_agent: userAgent,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value ? [[name, fitString(value, name)]] : [],
    ),
  );
}
