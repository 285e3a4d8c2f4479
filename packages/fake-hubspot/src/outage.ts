import type { Answer } from './answer.ts';
import {
  errorAnswer,
  missingCredentials,
  missingScopes,
  type RateLimitPolicy,
  rateLimited,
  validationError,
} from './errors.ts';
import { SEND_SCOPE } from './options.ts';
import type { Switches } from './switches.ts';

const reasons: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  502: 'Bad gateway',
  503: 'Service temporarily unavailable',
  504: 'Gateway time-out',
  520: 'Web server is returning an unknown error',
  521: 'Web server is down',
  522: 'Connection timed out',
  523: 'Origin is unreachable',
  524: 'A timeout occurred',
  525: 'SSL handshake failed',
  526: 'Invalid SSL certificate',
};

// HubSpot documents "typically up to 24 hours" for a migration.
const MIGRATION_RETRY_AFTER_SECONDS = '86400';

/** The answer that HubSpot, or Cloudflare before it, gives with a status when nothing is known about the reason. */
export function outage(
  status: number,
  correlationId: string,
  rateLimitBody: Switches['rateLimitBody'],
  policyName: RateLimitPolicy = 'TEN_SECONDLY_ROLLING',
): Answer {
  switch (status) {
    case 400:
      return validationError(correlationId, [{ message: 'Invalid input' }]);
    case 401:
      return missingCredentials(correlationId);
    case 403:
      return missingScopes(correlationId, [SEND_SCOPE]);
    case 423:
      return errorAnswer(423, correlationId, {
        message: 'The resource is locked',
        category: 'LOCKED',
      });
    case 429:
      return rateLimited(correlationId, policyName, rateLimitBody);
    case 477:
      return errorAnswer(
        477,
        correlationId,
        { message: 'The account is being migrated to another data hosting location' },
        { 'retry-after': MIGRATION_RETRY_AFTER_SECONDS },
      );
    case 500:
    case 503:
      return errorAnswer(status, correlationId, { message: reasons[status] ?? 'internal error' });
  }
  if (status < 300) return { status };
  if (status < 400) return { status, headers: { location: 'https://app.hubspot.com/' } };
  if (status >= 500 || status === 413) return htmlError(status, reasons[status] ?? 'Error');
  return errorAnswer(status, correlationId, {
    message: `HTTP ${status}`,
    category: 'VALIDATION_ERROR',
  });
}

/** A page of the kind that Cloudflare shows: no JSON at all. */
export function htmlError(status: number, reason: string): Answer {
  return {
    status,
    headers: { server: 'cloudflare' },
    body:
      `<!DOCTYPE html>\n<html lang="en-US">\n<head><title>hubapi.com | ${status}: ${reason}</title></head>\n` +
      `<body><h1>Error ${status}</h1><p>${reason}</p><p>Cloudflare Ray ID: 8f00c0ffee000000</p></body>\n</html>\n`,
  };
}
