import type { Challenge } from '../challenge/challenge.ts';
import { SITE_VERIFY_URLS, siteVerify } from '../challenge/site-verify.ts';
import { Redacted } from '../redacted.ts';
import type { EnvReader } from './env-reader.ts';

/** Reads which events need proof of a person, and whose. */
export function challengeFromEnv(env: EnvReader): Challenge | undefined {
  const events = env.list('CHALLENGE_EVENTS');
  const service = env.oneOf('CHALLENGE_SERVICE', 'turnstile', ['turnstile', 'hcaptcha']);
  const secret = env.secret('CHALLENGE_SECRET');
  if (events.length === 0 && !secret) return undefined;
  if (!secret)
    env.missing('CHALLENGE_SECRET', 'CHALLENGE_EVENTS needs the secret key of the widget');
  if (events.length === 0) {
    env.missing('CHALLENGE_EVENTS', 'name the events that need proof of a person');
  }
  const url = SITE_VERIFY_URLS[service];
  return { events, verify: siteVerify({ url, secret: new Redacted(secret ?? '') }) };
}
