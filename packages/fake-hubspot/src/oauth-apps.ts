import type { OAuthClient } from './options.ts';

/** An installed OAuth app, with the grants that it can still use. */
export interface OAuthApp {
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly refreshTokens: Set<string>;
  readonly codes: Set<string>;
}

/** By client id. */
export function createOAuthApps(clients: readonly Required<OAuthClient>[]): Map<string, OAuthApp> {
  return new Map(
    clients.map(({ clientId, clientSecret, scopes, refreshTokens, codes }) => [
      clientId,
      { clientSecret, scopes, refreshTokens: new Set(refreshTokens), codes: new Set(codes) },
    ]),
  );
}
