import { MAX_EVENTS_PER_REQUEST } from '@hubrelay/protocol';
import { Redacted } from '../core/redacted.ts';
import type { EnvReader } from './env-reader.ts';

/** Rate limits as numbers; the host makes limiters of them. 0 is no limit. */
export interface LimitSettings {
  readonly requestsPerAddress: number;
  readonly eventsPerVisitor: number;
  /** Where several relays count together. */
  readonly database?: Redacted;
}

/** Per minute. An office of hundreds shares one address; a visitor's outbox may hold a day of events. */
const REQUESTS_PER_ADDRESS = 1_200;
const EVENTS_PER_VISITOR = 1_200;
const MAX = 10_000_000;

export function limitsFromEnv(env: EnvReader): LimitSettings {
  const database = env.postgresUrl('RATE_LIMIT_DATABASE_URL');
  return {
    requestsPerAddress: env.integer('RATE_LIMIT_PER_ADDRESS', REQUESTS_PER_ADDRESS, 0, MAX),
    eventsPerVisitor: eventsPerVisitor(env),
    ...(database && { database: new Redacted(database) }),
  };
}

/** A limit below one full request could never be kept, whatever the page does. */
function eventsPerVisitor(env: EnvReader): number {
  const events = env.integer('RATE_LIMIT_PER_VISITOR', EVENTS_PER_VISITOR, 0, MAX);
  if (events === 0 || events >= MAX_EVENTS_PER_REQUEST) return events;
  env.refuse(
    'RATE_LIMIT_PER_VISITOR',
    `is ${events}: a request holds up to ${MAX_EVENTS_PER_REQUEST} events, so write that or more, or 0 for no limit`,
  );
  return events;
}
