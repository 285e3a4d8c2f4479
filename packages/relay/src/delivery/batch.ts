import { type Clock, sleep } from '../core/clock.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { Logger } from '../observe/log.ts';
import type { EventTraces } from '../outbox/event-traces.ts';
import { NO_ROOM } from '../outbox/limits.ts';
import type { Claim, Outbox } from '../outbox/outbox.ts';
import { ceilingMs } from './backoff.ts';
import type { RelayMetrics } from './metrics.ts';
import { type CallReport, type SendResult, type SendTools, sendEvents } from './send-events.ts';
import { settle } from './settle.ts';
import type { StepLog } from './steps.ts';

export interface BatchTools
  extends Pick<
    SendTools,
    'isCautious' | 'isShut' | 'maxSearched' | 'mayLookCloser' | 'pace' | 'slots' | 'timeoutMs'
  > {
  readonly outbox: Outbox;
  readonly client: HubSpotClient;
  readonly clock: Clock;
  /** The time of day, to tell the age of an event. */
  readonly wallNow: () => number;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly traces: EventTraces;
  readonly leaseMs: number;
  readonly steps: StepLog;
  readonly onCall: (report: CallReport) => void;
}

/** Claimed events on their way. */
export interface Batch {
  /** Delivers them and writes down what became of each. Never rejects: what cannot be written is left to the lease. */
  run(): Promise<void>;
  /** Gives back what is not settled yet, and writes nothing more. @returns how many events */
  release(): Promise<number>;
}

/** Share of the lease in which calls begin, and in which they end; the rest is for writing down what came of them. */
const CALL_SHARE = 0.75;
const ANSWER_SHARE = 0.95;

export function createBatch(claims: readonly Claim[], tools: BatchTools): Batch {
  const { outbox, clock, log, metrics } = tools;
  const claimedAt = clock.now();
  const leaseEndsAt = claimedAt + tools.leaseMs;
  const unsettled = new Set(claims);
  let isReleased = false;

  async function write(result: SendResult<Claim>): Promise<void> {
    for (let failures = 0; !isReleased; failures++) {
      try {
        const dropped = await settle(result, tools);
        for (const claim of result.items) unsettled.delete(claim);
        return report(result, dropped);
      } catch (error) {
        const waitMs = ceilingMs(failures, WRITE_BACKOFF);
        if (clock.now() + waitMs >= leaseEndsAt) throw error;
        await sleep(clock, waitMs);
      }
    }
  }

  function report({ items, outcome }: SendResult<Claim>, dropped: number): void {
    const now = tools.wallNow();
    if (outcome.kind === 'delivered') metrics.delivered(items.map((item) => now - item.enqueuedAt));
    if (outcome.kind === 'refused') {
      metrics.dead(items.length - dropped, 'refused_by_hubspot');
      const message = dropped > 0 ? { message: NO_ROOM } : {};
      tools.steps.died(
        items.map(({ json }) => json),
        { reason: 'refused_by_hubspot', ...message },
      );
    }
    if (dropped > 0) {
      metrics.dropped(dropped, 'refused_by_hubspot');
      log.error({ events: dropped, reason: 'refused_by_hubspot' }, NO_ROOM);
    }
  }

  return {
    async run() {
      const deadlineAt = claimedAt + tools.leaseMs * CALL_SHARE;
      try {
        for await (const result of sendEvents(claims, {
          ...tools,
          deadlineAt,
          endAt: claimedAt + tools.leaseMs * ANSWER_SHARE,
        })) {
          await write(result);
          if (isReleased) return;
        }
      } catch (error) {
        log.error(
          { err: error, events: unsettled.size },
          'cannot store delivery results; these events are sent again when their lease ends',
        );
      }
    },
    async release() {
      isReleased = true;
      const left = [...unsettled];
      const error = { message: 'The relay stopped before HubSpot answered.' };
      if (left.length > 0) {
        await outbox.retry(left, {
          delayMs: 0,
          countAttempt: true,
          mayHaveArrived: true,
          error,
        });
      }
      return left.length;
    },
  };
}

const WRITE_BACKOFF = { baseMs: 100, maxMs: 5000 };
