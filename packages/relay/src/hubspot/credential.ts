import { Redacted } from '../core/redacted.ts';

/** How the relay proves to HubSpot that it may send. Closed; made by the four functions below. */
export type Credential =
  | AccessTokenCredential
  | OAuthCredential
  | HapiKeyCredential
  | PrivateAppLegacyCredential;

/** A service key, or the token of a private app: `Authorization: Bearer …`. */
export interface AccessTokenCredential {
  readonly kind: 'access_token';
  /** More than one while keys are rotated: on 401 the next is tried, and the one that works is kept. */
  readonly tokens: readonly Redacted[];
}

/** A public or project app that was installed in the account. */
export interface OAuthCredential {
  readonly kind: 'oauth';
  readonly clientId: string;
  readonly clientSecret: Redacted;
  readonly refreshToken: Redacted;
  readonly tokenUrl: string;
  readonly onRefreshToken: (refreshToken: Redacted) => void;
}

/** The API key of before December 2022, in the query: HubSpot itself answers 401 to it now, but its old contract has it. */
export interface HapiKeyCredential {
  readonly kind: 'hapikey';
  readonly key: Redacted;
}

/** The `private-app-legacy` header of HubSpot's old contract. */
export interface PrivateAppLegacyCredential {
  readonly kind: 'private_app_legacy';
  readonly token: Redacted;
}

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly refreshToken: Secret;
  /**
   * Where access tokens come from. `/oauth/v1/token`, which HubSpot's specifications still name, ends in February 2027.
   * @default 'https://api.hubapi.com/oauth/2026-09/token'
   */
  readonly tokenUrl?: string;
  /**
   * Called when HubSpot hands out a new refresh token. The relay uses it from then on but keeps it in memory only:
   * store it, or the next start begins with the old one.
   * @default does nothing
   */
  readonly onRefreshToken?: (refreshToken: Redacted) => void;
}

/** A bare string is wrapped at once. */
export type Secret = string | Redacted;

export const DEFAULT_TOKEN_URL = 'https://api.hubapi.com/oauth/2026-09/token';

/** @param previous the token being rotated out, as long as either may be the live one */
export function accessToken(token: Secret, previous?: Secret): AccessTokenCredential {
  const tokens = previous === undefined ? [token] : [token, previous];
  return { kind: 'access_token', tokens: tokens.map(wrap) };
}

export function oauth(options: OAuthOptions): OAuthCredential {
  const { tokenUrl = DEFAULT_TOKEN_URL, onRefreshToken = () => {} } = options;
  return {
    kind: 'oauth',
    clientId: options.clientId,
    clientSecret: wrap(options.clientSecret),
    refreshToken: wrap(options.refreshToken),
    tokenUrl,
    onRefreshToken,
  };
}

export function hapiKey(key: Secret): HapiKeyCredential {
  return { kind: 'hapikey', key: wrap(key) };
}

export function privateAppLegacy(token: Secret): PrivateAppLegacyCredential {
  return { kind: 'private_app_legacy', token: wrap(token) };
}

function wrap(secret: Secret): Redacted {
  return secret instanceof Redacted ? secret : new Redacted(secret);
}
