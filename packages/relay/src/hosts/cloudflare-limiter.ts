import type { Limiter } from '../limit/limiter.ts';

/** A rate limiting binding of Workers. https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
export interface RateLimitBinding {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** The binding does not say when there is room again; its periods are 10 or 60 seconds. */
const RETRY_AFTER_MS = 10_000;

/**
 * Limits by the platform. Its counts are kept per location and are approximate by design. A call takes one point, so an
 * event limit is one of requests here.
 */
export function cloudflareLimiter(binding: RateLimitBinding): Limiter {
  return {
    async take(key) {
      const { success } = await binding.limit({ key });
      return success ? { ok: true } : { ok: false, retryAfterMs: RETRY_AFTER_MS };
    },
  };
}

export function isRateLimitBinding(binding: unknown): binding is RateLimitBinding {
  return typeof (binding as Partial<RateLimitBinding> | undefined)?.limit === 'function';
}
