import type { Answer } from './answer.ts';

const problems = {
  BAD_CLIENT_ID: ['invalid_client', 'missing or unknown client ID'],
  BAD_CLIENT_SECRET: ['invalid_client', 'missing or invalid client secret'],
  BAD_REFRESH_TOKEN: ['invalid_grant', 'refresh token is invalid, expired or revoked'],
  BAD_AUTH_CODE: ['invalid_grant', 'missing or unknown auth code'],
  BAD_GRANT_TYPE: ['unsupported_grant_type', 'missing or unknown grant type'],
} as const;

/** HubSpot's own name of a failure of the token endpoint, its `status` field. */
export type OAuthProblem = keyof typeof problems;

/** The token endpoint's errors have the fields of RFC 6749 (`error` is the one to branch on) beside HubSpot's. */
export function oauthProblem(status: OAuthProblem): Answer {
  const [error, description] = problems[status];
  return {
    status: 400,
    body: { error, error_description: description, status, message: description },
  };
}
