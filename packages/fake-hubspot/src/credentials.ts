import type { Answer } from './answer.ts';
import { expiredToken, invalidApiKey, missingCredentials, missingScopes } from './errors.ts';
import type { Exchange, Handler, Principal } from './exchange.ts';
import { type FakeHubSpotConfig, SEND_SCOPE } from './options.ts';
import type { IncomingCall } from './received.ts';
import type { TokenStore } from './token-store.ts';

type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly answer: Answer };

/** Tokens of this shape can be decoded, so an unknown one is not "expired". */
const decodableToken = /^pat-[a-z]{2}\d-[0-9a-f-]{36}$/i;

/** Lets a handler run only for a caller that has the scope. `undefined` asks for any valid credential. */
export function requireScope(
  scope: string | undefined,
  config: FakeHubSpotConfig,
  tokens: TokenStore,
  handler: Handler,
): Handler {
  return (exchange, params) => {
    const result = authenticate(exchange, config, tokens);
    if (!result.ok) return result.answer;
    exchange.principal = result.principal;
    if (scope !== undefined && !result.principal.scopes.includes(scope)) {
      return missingScopes(exchange.correlationId, [scope]);
    }
    return handler(exchange, params);
  };
}

function authenticate(
  { call, correlationId }: Exchange,
  config: FakeHubSpotConfig,
  tokens: TokenStore,
): Authentication {
  const bearer = bearerToken(call);
  if (bearer !== undefined) return byToken(bearer, call.receivedAt, correlationId, tokens);

  const legacy = call.headers['private-app-legacy'];
  if (legacy !== undefined) {
    return config.privateAppLegacyTokens.includes(legacy)
      ? { ok: true, principal: { kind: 'private-app-legacy', scopes: [SEND_SCOPE] } }
      : { ok: false, answer: missingCredentials(correlationId) };
  }

  const { hapikey } = call.query;
  if (hapikey !== undefined) {
    return config.hapikeys.includes(hapikey)
      ? { ok: true, principal: { kind: 'hapikey', scopes: [SEND_SCOPE] } }
      : { ok: false, answer: invalidApiKey(correlationId) };
  }
  return { ok: false, answer: missingCredentials(correlationId) };
}

function bearerToken({ headers }: IncomingCall): string | undefined {
  return headers.authorization?.match(/^Bearer +(\S+)$/i)?.[1];
}

function byToken(
  token: string,
  now: number,
  correlationId: string,
  tokens: TokenStore,
): Authentication {
  const known = tokens.use(token);
  if (known && known.expiresAt > now) {
    return { ok: true, principal: { kind: known.kind, scopes: known.scopes } };
  }
  if (!known && decodableToken.test(token)) {
    return { ok: false, answer: missingCredentials(correlationId) };
  }
  return { ok: false, answer: expiredToken(correlationId, known ? known.expiresAt : 0, now) };
}
