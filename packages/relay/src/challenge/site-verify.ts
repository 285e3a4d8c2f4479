import type { Redacted } from '../core/redacted.ts';
import type { ChallengeVerdict, VerifyChallenge } from './challenge.ts';

/** Both services speak the same protocol. */
export const SITE_VERIFY_URLS = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
} as const;

export interface SiteVerifyOptions {
  readonly url: string;
  readonly secret: Redacted;
  /**
   * A page waits for the answer.
   * @default 3_000
   */
  readonly timeoutMs?: number;
  /** @default the runtime's */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Checks an answer with Turnstile or hCaptcha.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
export function siteVerify(options: SiteVerifyOptions): VerifyChallenge {
  const { url, secret, timeoutMs = 3_000, fetch = globalThis.fetch } = options;
  const tokensPassed = new Map<string, string>();
  return async ({ token, address, idempotencyKey }) => {
    if (tokensPassed.get(idempotencyKey) === token) return 'passed';
    const form = new URLSearchParams({
      secret: secret.reveal(),
      response: token,
      idempotency_key: idempotencyKey,
      ...(address && { remoteip: address }),
    });
    try {
      const answer = await fetch(url, {
        method: 'POST',
        body: form,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const verdict = answer.ok ? verdictOf(await answer.json()) : 'unavailable';
      if (verdict === 'passed') remember(tokensPassed, idempotencyKey, token);
      return verdict;
    } catch {
      return 'unavailable';
    }
  };
}

/**
 * A page sends the same events again, with the same answer, when HubSpot was away the first time. Turnstile takes it by its key,
 * hCaptcha never does. The events are known by their uuids, so remembering an answer does not let a client send more of them.
 */
const MAX_REMEMBERED = 1_000;

function remember(tokens: Map<string, string>, idempotencyKey: string, token: string): void {
  tokens.set(idempotencyKey, token);
  const [oldest] = tokens.keys();
  if (tokens.size > MAX_REMEMBERED && oldest !== undefined) tokens.delete(oldest);
}

/** Codes that blame our side or theirs, not the visitor. */
const NOT_THE_VISITOR = [
  'missing-input-secret',
  'invalid-input-secret',
  'internal-error',
  'bad-request',
  'rate-limited',
  'sitekey-secret-mismatch',
  'invalid-remoteip',
];

function verdictOf(answer: unknown): ChallengeVerdict {
  const { success, 'error-codes': codes } = answer as {
    success?: unknown;
    'error-codes'?: unknown;
  };
  // A proxy's answer says nothing about the visitor, whose events would be dropped by it.
  if (typeof success !== 'boolean') return 'unavailable';
  if (success) return 'passed';
  const blamesUs = Array.isArray(codes) && codes.some((code) => NOT_THE_VISITOR.includes(code));
  return blamesUs ? 'unavailable' : 'failed';
}
