/** What an outbox is told of time. */
export interface TimeSources {
  /** Time of day, epoch milliseconds. It may be set, to anything. */
  readonly wall: () => number;
  /** Milliseconds since any moment; it cannot be set. */
  readonly monotonic: () => number;
}

/** A moment as an outbox notes it down. */
export interface OutboxTime {
  /** By the outbox's own time. */
  readonly at: number;
  /** What the time of day was then. */
  readonly wall: number;
}

/**
 * The time that an outbox goes by. It begins as the time of day, goes on by the monotonic clock, and after a restart from where
 * the outbox noted it last: a clock that is set, or is wrong for a while, makes no event expire, no dead letter go and nothing
 * wait. What is told outside is in time of day. docs/decisions/outbox-time.md
 */
export interface OutboxClock {
  now(): number;
  time(): OutboxTime;
  /** What the time of day was, by today's clock. */
  toWall(at: number): number;
  fromWall(wall: number): number;
}

/** As long as this a relay may have been down; a longer gap may as well be a wrong clock, and no more of it counts. */
export const MAX_DOWNTIME_MS = 12 * 3_600_000;

/** @param last what the outbox noted last; undefined when it is new */
export function outboxClock({ wall, monotonic }: TimeSources, last?: OutboxTime): OutboxClock {
  const startedAt = monotonic();
  const begin = last === undefined ? wall() : last.at + downtimeMs(wall() - last.wall);
  const now = () => Math.round(begin + monotonic() - startedAt);
  const ahead = () => wall() - now();
  return {
    now,
    time: () => ({ at: now(), wall: wall() }),
    toWall: (at) => at + ahead(),
    fromWall: (time) => time - ahead(),
  };
}

function downtimeMs(gapMs: number): number {
  return Math.min(Math.max(gapMs, 0), MAX_DOWNTIME_MS);
}
