import { steadyClock } from '../core/clock.ts';
import type { Redacted } from '../core/redacted.ts';
import type { HubSpotAnswer } from './answer.ts';
import { type Authorization, type Authorizer, bearer } from './authorization.ts';
import type { CallTools } from './call.ts';
import type { OAuthCredential } from './credential.ts';
import { requestToken } from './request-token.ts';

/** HubSpot's quickstart renews at three quarters of a token's life and does not wait for a 401. */
const RENEW_AT = 0.75;
/** While the old token works. */
const ASK_AGAIN_MS = 10_000;

interface Access {
  readonly authorization: Authorization;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Keeps one access token fresh. However many calls need a new one, one request fetches it. */
export function createOAuthAuthorizer(credential: OAuthCredential, tools: CallTools): Authorizer {
  const clock = steadyClock(tools.clock);
  let refreshToken = credential.refreshToken;
  let access: Access | undefined;
  let renewal: Promise<HubSpotAnswer | undefined> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<HubSpotAnswer | undefined> {
    const requestedAt = clock.now();
    const result = await requestToken({ ...credential, refreshToken }, tools);
    if (!result.ok) return result.answer;
    access = {
      authorization: bearer(result.accessToken),
      renewAt: requestedAt + result.expiresInMs * RENEW_AT,
      expiresAt: requestedAt + result.expiresInMs,
    };
    if (result.refreshToken.reveal() !== refreshToken.reveal()) {
      refreshToken = result.refreshToken;
      tellOwner(credential, refreshToken);
    }
    return undefined;
  }

  function renewOnce(): Promise<HubSpotAnswer | undefined> {
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  /** No call waits for it, and a token endpoint that fails is not asked by each of them. */
  function renewSoon(): void {
    if (renewal !== undefined || clock.now() < askedAt + ASK_AGAIN_MS) return;
    askedAt = clock.now();
    void renewOnce();
  }

  return {
    async authorize() {
      // A token in its last quarter still works: a token endpoint that is down or slow costs nothing until it expires.
      if (access !== undefined && clock.now() < access.expiresAt) {
        if (clock.now() >= access.renewAt) renewSoon();
        return { ok: true, authorization: access.authorization };
      }
      const problem = await renewOnce();
      return access !== undefined && clock.now() < access.expiresAt
        ? { ok: true, authorization: access.authorization }
        : { ok: false, answer: problem ?? expiredAtOnce };
    },
    async refused(authorization) {
      if (access?.authorization !== authorization) return true;
      return (await renewOnce()) === undefined;
    },
    secrets: () => [
      credential.clientSecret,
      refreshToken,
      ...(access === undefined ? [] : [access.authorization.secret]),
    ],
  };
}

/** The owner's callback may fail; the token it was told about works all the same. */
function tellOwner(credential: OAuthCredential, refreshToken: Redacted): void {
  try {
    credential.onRefreshToken(refreshToken);
  } catch {}
}

const expiredAtOnce: HubSpotAnswer = {
  kind: 'failure',
  reason: 'credential',
  message: 'The token endpoint hands out access tokens that are expired already: check the clock.',
};
