import { type DeadLimits, resolveLimits } from '../outbox/limits.ts';
import type { EnvReader } from './env-reader.ts';

const MOST_DEAD = 1_000_000_000;
const MOST_BYTES = 2 ** 40;

/** `OUTBOX_MAX_DEAD` and `OUTBOX_MAX_DEAD_BYTES`. */
export function deadLimitsFromEnv(env: EnvReader, byDefault: DeadLimits): DeadLimits {
  const { maxDead, maxDeadBytes } = byDefault;
  return {
    maxDead: env.integer('OUTBOX_MAX_DEAD', maxDead, 0, MOST_DEAD),
    maxDeadBytes: env.integer('OUTBOX_MAX_DEAD_BYTES', maxDeadBytes, 0, MOST_BYTES),
  };
}

/** The limits of an outbox of ours: `OUTBOX_MAX_EVENTS`, and those of its dead letters. */
export function outboxLimitsFromEnv(env: EnvReader): DeadLimits & { readonly maxEvents: number } {
  return {
    maxEvents: env.integer('OUTBOX_MAX_EVENTS', 10_000_000, 1, 1_000_000_000),
    ...deadLimitsFromEnv(env, resolveLimits({})),
  };
}
