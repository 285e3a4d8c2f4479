import type { Logger } from '../observe/log.ts';
import { resolveLimits } from '../outbox/limits.ts';

/** What an acknowledgement rests on. */
export type DurabilityClass = 'disk' | 'database' | 'queue' | 'none';

/** Each host tells it at its start. */
export interface Durability {
  readonly durability: DurabilityClass;
  /** How long an event is kept that HubSpot does not take, in words. */
  readonly keepsEventsFor: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const { horizonMs, retentionMs } = resolveLimits({});
/** What docs/guarantees.md promises. */
export const HORIZON_HOURS = horizonMs / HOUR_MS;
const untilDead = `${HORIZON_HOURS} h, then ${retentionMs / DAY_MS} d as a dead letter`;

/** Of every storage. docs/guarantees.md shows it; a test compares them. */
export const DURABILITY = {
  sqlite: { durability: 'disk', keepsEventsFor: untilDead },
  postgres: { durability: 'database', keepsEventsFor: untilDead },
  /** No process lives long enough to look for old events. */
  functions: {
    durability: 'database',
    keepsEventsFor: 'until HubSpot takes or refuses it: nothing expires',
  },
  queue: {
    durability: 'queue',
    keepsEventsFor: `${untilDead}; without a running consumer: the queue’s retention`,
  },
  direct: {
    durability: 'none',
    keepsEventsFor: 'not at all: acknowledged only when HubSpot has it',
  },
} as const satisfies Record<string, Durability>;

/** For hosts that are functions: they start with the first request of an instance. */
export function tellDurability(log: Logger, durability: Durability): void {
  log.info({ ...durability }, 'relay is ready');
}
