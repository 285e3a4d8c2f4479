import { notFound } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import { jsonBody } from './json-body.ts';

/** POST /oauth/v2/private-apps/get/access-token-info `{ tokenKey }`: whose token it is and what it may do. */
export function accessTokenInfo({ config, tokens }: Hub): Handler {
  return (exchange) => {
    const body = jsonBody(exchange);
    if (!body.ok) return body.answer;
    const token = tokens.get(String((body.value as { tokenKey?: unknown } | null)?.tokenKey));
    if (token?.kind !== 'access-token') {
      return notFound(exchange.correlationId, 'No private app token was found');
    }
    return {
      status: 200,
      body: { userId: 1, hubId: Number(config.hubId), appId: 1, scopes: token.scopes },
    };
  };
}

/** GET /account-info/{version}/details. */
export function accountDetails({ config }: Hub): Handler {
  return () => ({
    status: 200,
    body: {
      portalId: Number(config.hubId),
      accountType: 'STANDARD',
      timeZone: 'UTC',
      companyCurrency: 'USD',
      additionalCurrencies: [],
      utcOffset: '+00:00',
      utcOffsetMilliseconds: 0,
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'na1',
    },
  });
}
