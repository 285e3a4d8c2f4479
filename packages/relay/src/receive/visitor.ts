import { isUtk } from '@hubrelay/protocol';
import { parse } from 'hono/utils/cookie';

/**
 * The visitor of a request. The Cookie header comes before the body: it is what HubSpot's script set on this site,
 * and a page's script cannot forge it on a cross-site request. `__hstc` carries the same token in its second field,
 * and sometimes outlives `hubspotutk`.
 */
export function visitorOf(request: Request, utkFromBody: string | undefined): string | undefined {
  const cookies = parse(request.headers.get('cookie') ?? '');
  return [cookies.hubspotutk, cookies.__hstc?.split('.')[1], utkFromBody].find(isUtk);
}
