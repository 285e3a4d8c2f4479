import { isShortEventName } from '@hubrelay/protocol';
import type { Challenge } from '../challenge/challenge.ts';
import { SITE_VERIFY_URLS, siteVerify } from '../challenge/site-verify.ts';
import { Redacted } from '../core/redacted.ts';
import type { Policy } from '../policy/policy.ts';
import type { EnvReader } from './env-reader.ts';

/**
 * Reads which events need proof of a person, and whose.
 * @param policy knows the events; a name that it does not let through would protect nothing without a sign of it
 */
export function challengeFromEnv(env: EnvReader, policy: Policy): Challenge | undefined {
  const events = env.list('CHALLENGE_EVENTS');
  const service = env.oneOf('CHALLENGE_SERVICE', 'turnstile', ['turnstile', 'hcaptcha']);
  const secret = env.secret('CHALLENGE_SECRET');
  if (events.length === 0 && !secret) return undefined;
  if (!secret)
    env.missing('CHALLENGE_SECRET', 'CHALLENGE_EVENTS needs the secret key of the widget');
  if (events.length === 0) {
    env.missing('CHALLENGE_EVENTS', 'name the events that need proof of a person');
  }
  for (const eventName of events) {
    const decision = policy.apply({ eventName }, ANY_PAGE);
    const isUnknown = !decision.ok && decision.code === 'unknown_event';
    if (isUnknown || !isShortEventName(eventName))
      env.refuse('CHALLENGE_EVENTS', `has "${eventName}", ${NO_SUCH_EVENT}`);
  }
  const url = SITE_VERIFY_URLS[service];
  return { events, verify: siteVerify({ url, secret: new Redacted(secret ?? '') }) };
}

const ANY_PAGE = { kind: 'page', facts: {} } as const;

const NO_SUCH_EVENT =
  'which pages cannot send: write short names such as signup, as the lock has them';
