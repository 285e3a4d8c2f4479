import type { WireEvent } from '@hubrelay/protocol';
import { fitString } from '../policy/string-value.ts';

const PARAMETERS = ['source', 'medium', 'campaign', 'term', 'content'];

/** HubSpot's `hs_utm_*` as far as the URL of the event's page has them. A page sends the URL alone, which says it already. */
export function campaignOf({ properties }: Pick<WireEvent, 'properties'>): Record<string, string> {
  const url = properties?.hs_page_url;
  if (typeof url !== 'string' || !url.includes('utm_')) return {};
  const query = new URLSearchParams(url.split('#')[0]?.split('?')[1]);
  return Object.fromEntries(
    PARAMETERS.flatMap((parameter) => {
      const name = `hs_utm_${parameter}`;
      const value = query.get(`utm_${parameter}`);
      return value ? [[name, fitString(value, name)]] : [];
    }),
  );
}
