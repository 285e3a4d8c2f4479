import type { Answer } from './answer.ts';
import { errorAnswer } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import type { OAuthApp } from './oauth-apps.ts';
import { type OAuthProblem, oauthProblem } from './oauth-problem.ts';

/** A long token: HubSpot announces up to 512 characters, so clients must have room for as many. */
const ACCESS_TOKEN_LENGTH = 300;

/** POST /oauth/{version}/token. Every parameter stands in the form body; the query is not read. */
export function issueToken(hub: Hub): Handler {
  return (exchange) => {
    hub.journal.countTokenRequest();
    const form = formBody(exchange);
    if (!form) {
      return errorAnswer(415, exchange.correlationId, {
        message: 'HTTP 415 Unsupported Media Type',
      });
    }
    const grant = checkGrant(hub, form);
    return typeof grant === 'string' ? oauthProblem(grant) : tokenAnswer(hub, grant);
  };
}

interface Grant {
  readonly app: OAuthApp;
  /** Absent for client_credentials. */
  readonly refreshToken: string | undefined;
}

function checkGrant(hub: Hub, form: URLSearchParams): Grant | OAuthProblem {
  const app = hub.oauthApps.get(form.get('client_id') ?? '');
  if (!app) return 'BAD_CLIENT_ID';
  if (form.get('client_secret') !== app.clientSecret) return 'BAD_CLIENT_SECRET';
  switch (form.get('grant_type')) {
    case 'refresh_token': {
      const given = form.get('refresh_token') ?? '';
      if (!app.refreshTokens.has(given)) return 'BAD_REFRESH_TOKEN';
      return {
        app,
        refreshToken: hub.config.rotateRefreshTokens ? rotate(hub, app, given) : given,
      };
    }
    case 'authorization_code': {
      if (!app.codes.delete(form.get('code') ?? '')) return 'BAD_AUTH_CODE';
      return { app, refreshToken: addRefreshToken(hub, app) };
    }
    case 'client_credentials':
      return { app, refreshToken: undefined };
    default:
      return 'BAD_GRANT_TYPE';
  }
}

function rotate(hub: Hub, app: OAuthApp, old: string): string {
  app.refreshTokens.delete(old);
  return addRefreshToken(hub, app);
}

function addRefreshToken({ config }: Hub, app: OAuthApp): string {
  const token = `fake-refresh-${config.randomUuid()}`;
  app.refreshTokens.add(token);
  return token;
}

function tokenAnswer({ config, tokens }: Hub, { app, refreshToken }: Grant): Answer {
  const token = `fake-oauth-${config.randomUuid()}-`.padEnd(ACCESS_TOKEN_LENGTH, 'x');
  const expiresAt = config.now() + config.accessTokenTtlSeconds * 1_000;
  tokens.add({ token, kind: 'oauth', scopes: app.scopes, expiresAt });
  return {
    status: 200,
    body: {
      token_type: 'bearer',
      access_token: token,
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
      expires_in: config.accessTokenTtlSeconds,
      token_use: 'access_token',
      hub_id: Number(config.hubId),
      user_id: 1,
      scopes: app.scopes,
    },
  };
}

/** POST /oauth/{version}/token/introspect: what a token is, or `active: false`. */
export function introspectToken({ config, tokens, oauthApps }: Hub): Handler {
  return (exchange) => {
    const token = formBody(exchange)?.get('token') ?? '';
    const access = tokens.get(token);
    const owner = [...oauthApps.values()].find((app) => app.refreshTokens.has(token));
    const isActive =
      owner !== undefined || (access !== undefined && access.expiresAt > config.now());
    if (!isActive) return { status: 200, body: { active: false } };
    return {
      status: 200,
      body: {
        active: true,
        token_type: 'bearer',
        token_use: owner ? 'refresh_token' : 'access_token',
        hub_id: Number(config.hubId),
        scopes: owner?.scopes ?? access?.scopes,
      },
    };
  };
}

/** POST /oauth/{version}/token/revoke: a refresh token stops working, access tokens issued from it live on. */
export function revokeToken({ oauthApps }: Hub): Handler {
  return (exchange) => {
    const token = formBody(exchange)?.get('token') ?? '';
    for (const app of oauthApps.values()) app.refreshTokens.delete(token);
    return { status: 204 };
  };
}

function formBody({ call }: Parameters<Handler>[0]): URLSearchParams | undefined {
  const type = call.headers['content-type'] ?? '';
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)
    ? new URLSearchParams(call.body)
    : undefined;
}
