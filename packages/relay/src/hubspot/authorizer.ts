import type { Redacted } from '../core/redacted.ts';
import type { HubSpotAnswer } from './answer.ts';
import type { CallTools } from './call.ts';
import type { AccessTokenCredential, Credential } from './credential.ts';
import { createOAuthAuthorizer } from './oauth-authorizer.ts';

/** Where on a request the secret goes. */
export interface Authorization {
  readonly place: 'header' | 'query';
  readonly name: string;
  /** Comes before the secret, as `Bearer `. */
  readonly prefix: string;
  readonly secret: Redacted;
}

/** Supplies each call with what proves it. Never rejects. */
export interface Authorizer {
  /** @returns the authorization, or the answer that stands for the whole call when there is none to be had. */
  authorize(): Promise<Authorized | Unauthorized>;
  /** HubSpot answered 401 to this authorization. @returns whether `authorize` now gives another one worth a try. */
  refused(authorization: Authorization): Promise<boolean>;
  /** Every secret that may turn up in a text. */
  secrets(): readonly Redacted[];
}

export interface Authorized {
  readonly ok: true;
  readonly authorization: Authorization;
}

export interface Unauthorized {
  readonly ok: false;
  readonly answer: HubSpotAnswer;
}

export function createAuthorizer(credential: Credential, tools: CallTools): Authorizer {
  switch (credential.kind) {
    case 'access_token':
      return createTokenAuthorizer(credential);
    case 'oauth':
      return createOAuthAuthorizer(credential, tools);
    case 'hapikey':
      return unchanging({ place: 'query', name: 'hapikey', prefix: '', secret: credential.key });
    case 'private_app_legacy':
      return unchanging({
        place: 'header',
        name: 'private-app-legacy',
        prefix: '',
        secret: credential.token,
      });
  }
}

export function bearer(secret: Redacted): Authorization {
  return { place: 'header', name: 'authorization', prefix: 'Bearer ', secret };
}

function unchanging(authorization: Authorization): Authorizer {
  return {
    authorize: async () => ({ ok: true, authorization }),
    refused: async () => false,
    secrets: () => [authorization.secret],
  };
}

/** During a rotation nobody knows which token is live: whichever was refused last goes to the back. */
function createTokenAuthorizer({ tokens }: AccessTokenCredential): Authorizer {
  const authorizations = tokens.map(bearer);
  return {
    async authorize() {
      const [authorization] = authorizations;
      if (authorization === undefined) return { ok: false, answer: noToken };
      return { ok: true, authorization };
    },
    async refused(authorization) {
      // Calls run side by side: only the first to be refused may turn the list, or the second would turn it back.
      if (authorizations[0] === authorization) authorizations.push(...authorizations.splice(0, 1));
      return authorizations[0] !== authorization;
    },
    secrets: () => tokens,
  };
}

const noToken: HubSpotAnswer = {
  kind: 'failure',
  reason: 'credential',
  message: 'There is no access token: set one.',
};
