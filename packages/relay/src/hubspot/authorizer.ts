import type { HubSpotAnswer } from './answer.ts';
import { type Authorization, type Authorizer, bearer } from './authorization.ts';
import type { CallTools } from './call.ts';
import type { AccessTokenCredential, Credential } from './credential.ts';
import { createOAuthAuthorizer } from './oauth-authorizer.ts';

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

function unchanging(authorization: Authorization): Authorizer {
  return {
    authorize: async () => ({ ok: true, authorization }),
    refused: async () => false,
    secrets: () => [authorization.secret],
  };
}

/** During a rotation it is not known which token is live: the one refused last goes to the back. */
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
