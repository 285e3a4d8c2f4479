import type { MiddlewareHandler } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { systemClock } from '../core/clock.ts';
import { problem } from '../http/problem.ts';
import type { Logger } from '../observe/log.ts';
import { createRefusalLog } from '../receive/note-refusal.ts';

/** Short tokens can be guessed, and this one reads and deletes visitors' events. */
const MIN_CHARS = 24;

/** RFC 6750: what can stand after `Bearer`. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Says what is wrong with an admin token, or undefined when it can be used. */
export function adminTokenProblem(token: string): string | undefined {
  if (token.length < MIN_CHARS) return `is too short: take ${MIN_CHARS} random characters or more`;
  if (!BEARER_TOKEN.test(token)) {
    return 'has characters that cannot be sent: take letters, digits and . _ ~ + / - alone';
  }
  return undefined;
}

/** Requires the token, compared in constant time. Who tries others is told of in the log. */
export function requireAdminToken(token: string, log: Logger): MiddlewareHandler {
  const noteRefusal = createRefusalLog(log, systemClock);
  const refusalFor = (reason: 'missing' | 'wrong') => ({
    message: () => {
      noteRefusal('refused calls of the admin API without its token', reason);
      return problem('admin_token_required', WHAT_TO_SEND);
    },
  });
  return bearerAuth({
    token,
    realm: 'hubrelay admin',
    noAuthenticationHeader: refusalFor('missing'),
    invalidAuthenticationHeader: refusalFor('wrong'),
    invalidToken: refusalFor('wrong'),
  });
}

const WHAT_TO_SEND = 'Send the ADMIN_TOKEN of the relay: "Authorization: Bearer …".';
