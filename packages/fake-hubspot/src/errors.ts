import type { Answer } from './answer.ts';
import type { Switches } from './switches.ts';

/** One entry of `errors[]` in HubSpot's error schema. */
export interface ErrorDetail {
  readonly message: string;
  readonly code?: string;
  readonly in?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** What every JSON error body starts with. Not all of them have a `category`. */
interface ErrorBody {
  readonly message: string;
  readonly category?: string;
  readonly errors?: readonly ErrorDetail[];
  readonly links?: Readonly<Record<string, string>>;
  readonly context?: Readonly<Record<string, readonly string[]>>;
  readonly [field: string]: unknown;
}

/** A JSON error in HubSpot's shape. The caller gives the correlation id, which the header repeats. */
export function errorAnswer(
  status: number,
  correlationId: string,
  { message, ...rest }: ErrorBody,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers, body: { status: 'error', message, correlationId, ...rest } };
}

/** The request is readable but breaks a rule. */
export function validationError(
  correlationId: string,
  errors: readonly ErrorDetail[],
  status = 400,
): Answer {
  const message = errors.map((detail) => detail.message).join('; ');
  return errorAnswer(status, correlationId, { message, errors, category: 'VALIDATION_ERROR' });
}

/** The request cannot be deserialized. HubSpot gives these no `category`. */
export function invalidJson(correlationId: string, reason: string): Answer {
  return errorAnswer(400, correlationId, {
    message: `Invalid input JSON on line 1, column 1: ${reason}`,
  });
}

export function missingCredentials(correlationId: string): Answer {
  return errorAnswer(401, correlationId, {
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more ' +
      'details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    category: 'INVALID_AUTHENTICATION',
  });
}

export function invalidApiKey(correlationId: string): Answer {
  return errorAnswer(401, correlationId, {
    message:
      'The API key provided is invalid. View or manage your API key here: https://app.hubspot.com/l/api-key/',
    category: 'INVALID_AUTHENTICATION',
    links: { 'api key': 'https://app.hubspot.com/l/api-key/' },
  });
}

/**
 * The token expired. HubSpot says the same of a token that it cannot decode, with 1970 as the expiry:
 * `expiredAt` 0 means "not one of my tokens".
 */
export function expiredToken(correlationId: string, expiredAt: number, now: number): Answer {
  return errorAnswer(401, correlationId, {
    message: `The OAuth token used to make this call expired ${ago(now - expiredAt)} ago.`,
    category: 'EXPIRED_AUTHENTICATION',
    context: { 'expire time': [new Date(expiredAt).toISOString()] },
  });
}

function ago(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  if (seconds < 120) return `${seconds} second(s)`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} minute(s)`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} hour(s)`;
  return `${Math.floor(seconds / 86_400)} day(s)`;
}

export function missingScopes(correlationId: string, scopes: readonly string[]): Answer {
  return errorAnswer(403, correlationId, {
    message:
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: " +
      'https://developers.hubspot.com/scopes.',
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: scopes },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
    category: 'MISSING_SCOPES',
  });
}

/** Whose limit it was, and how the recorded answers call it. */
const groups = {
  SECONDLY: 'secondly',
  TEN_SECONDLY_ROLLING: 'ten-secondly',
  DAILY: 'daily',
} as const;

export type RateLimitPolicy = keyof typeof groups;

/** 429 has a shape of its own: `errorType` and `policyName`. `Retry-After` is not part of the contract. */
export function rateLimited(
  correlationId: string,
  policyName: RateLimitPolicy,
  shape: Switches['rateLimitBody'],
): Answer {
  const message = `You have reached your ${policyName.toLowerCase()} limit.`;
  if (shape === 'category') {
    return errorAnswer(429, correlationId, { message, category: 'RATE_LIMITS', policyName });
  }
  const documented = { message, errorType: 'RATE_LIMIT', policyName };
  return errorAnswer(429, correlationId, {
    ...documented,
    ...(shape === 'recorded'
      ? {
          groupName: `publicapi:private_app-api-calls-${groups[policyName]}:1512050:26892217`,
        }
      : { requestId: correlationId }),
  });
}

export function notFound(correlationId: string, message: string): Answer {
  return errorAnswer(404, correlationId, { message, category: 'OBJECT_NOT_FOUND' });
}
