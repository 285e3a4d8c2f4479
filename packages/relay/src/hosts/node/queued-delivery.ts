import type { Acceptor } from '../../accept/acceptor.ts';
import { keepRejected } from '../../accept/keep-rejected.ts';
import { outboxAcceptor } from '../../accept/outbox-acceptor.ts';
import { type WatchedAcceptor, watchAcceptor } from '../../accept/watch-acceptor.ts';
import { type Clock, steadyClock, systemClock, valueWithin } from '../../core/clock.ts';
import { type DeliveredSample, noSample } from '../../delivery/delivered-sample.ts';
import { createDeliverer, type Deliverer } from '../../delivery/deliverer.ts';
import { isDelivering, watchWaits, withoutWords } from '../../delivery/lane-readiness.ts';
import { createMetrics } from '../../delivery/metrics.ts';
import { observeQueue } from '../../delivery/observe-queue.ts';
import type { StepLog } from '../../delivery/steps.ts';
import type { Readiness } from '../../http/readiness.ts';
import type { HubSpotClient } from '../../hubspot/client.ts';
import type { Logger } from '../../observe/log.ts';
import { relayMeter } from '../../observe/meter.ts';
import { createEventTraces } from '../../outbox/event-traces.ts';
import type { Outbox, RejectedEvent } from '../../outbox/outbox.ts';
import type { StorageProblem } from '../../outbox/storage-problem.ts';
import { atMostEvery } from './at-most-every.ts';

/** Storage that outlives the process, and a look at whether it can still be written. */
export interface DurableStorage {
  readonly outbox: Outbox;
  /** Undefined when all is well, otherwise what is wrong. */
  readonly problem: () => Promise<StorageProblem | undefined>;
}

export interface QueuedDelivery {
  readonly acceptor: Acceptor;
  readonly deliverer: Deliverer;
  /** Keeps what the policy refused as dead letters. Best effort, up to the outbox's cap. */
  keepRejected(events: readonly RejectedEvent[]): void;
  readiness(): Promise<Readiness>;
  /** Delivers what can be delivered within `drainMs`, then closes the storage. */
  stop(drainMs: number): Promise<void>;
}

export interface QueuedOptions {
  readonly storage: DurableStorage;
  readonly client: HubSpotClient;
  readonly log: Logger;
  /** An event that has waited longer than this makes the relay not ready, milliseconds. */
  readonly maxWaitMs: number;
  /** How many of the events that the policy refused are kept as dead letters, 0 to 1. */
  readonly keepRejectedShare: number;
  /** Remembers a sample of what is delivered. @default nothing is remembered */
  readonly delivered?: DeliveredSample | undefined;
  /** @default the deliverer's */
  readonly pollMs?: number;
  /** @default the runtime's */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/** Anyone may ask whether the relay is ready, as often as they like; the storage is asked once a second. */
const READINESS_MS = 1_000;

/** Storage that says nothing for so long does not answer. Who asks whether the relay is ready waits no longer. */
const LOOK_TIMEOUT_MS = 5_000;

/** Stores events before they are acknowledged, and delivers them from there. */
export function startQueuedDelivery(options: QueuedOptions): QueuedDelivery {
  const {
    storage,
    client,
    log,
    maxWaitMs,
    keepRejectedShare,
    delivered = noSample,
    ...times
  } = options;
  const { clock = systemClock } = times;
  const { outbox } = storage;
  // The lane's times are of a clock that cannot be set.
  const steady = steadyClock(clock);
  const waits = watchWaits(outbox, clock);
  const metrics = createMetrics();
  const traces = createEventTraces();
  const deliverer = createDeliverer({
    ...{ outbox, client, log, metrics, traces },
    delivered,
    ...times,
  });
  const keep = keepRejected({
    share: keepRejectedShare,
    async bury(events) {
      const stored = await outbox.buryRejected(events);
      if (stored > 0) noteRejected(events, delivered.steps);
      return stored;
    },
    log,
    metrics,
  });
  const storing = outboxAcceptor(outbox, {
    ...{ log, wake: deliverer.wake, traces, clock },
    steps: delivered.steps,
  });
  const acceptor = watchAcceptor(storing, clock.monotonic);
  deliverer.start();
  const stopObserving = observeQueue(relayMeter(), {
    outbox,
    clock,
    lane: (stats) => deliverer.status(stats).lane,
  });

  async function readiness(): Promise<Readiness> {
    const [stats, found] = await Promise.all([
      valueWithin(LOOK_TIMEOUT_MS, clock, outbox.stats()),
      valueWithin(LOOK_TIMEOUT_MS, clock, storage.problem()),
    ]);
    const seen = deliverer.status(stats ?? {}).lane;
    const { ms: waitMs, isStandstill } = waits.of(stats ?? {}, seen);
    const isLate = waitMs > maxWaitMs;
    const { lane } = deliverer.status(stats ?? {}, isStandstill && isLate);
    const problem = found ?? (stats ? undefined : SILENT) ?? troubleOf(acceptor);
    const ready = !problem && isDelivering(lane, steady.now()) && !isLate;
    if (problem)
      log.error({ problem: problem.code }, `the storage takes no events: ${problem.message}`);
    const details = {
      lane: withoutWords(lane),
      hubspot: client.address.status(),
      // Not known where the storage does not answer.
      ...(stats && { oldestWaitMs: waitMs }),
      storage: problem ? 'failing' : 'ok',
      ...(problem && { storageProblem: problem.code }),
    };
    return { ready, details };
  }

  return {
    deliverer,
    acceptor,
    // No page waits for it.
    keepRejected: (events) => void keep(events),
    readiness: atMostEvery(READINESS_MS, readiness, clock),
    async stop(drainMs) {
      const { released } = await deliverer.stop({ drainMs });
      if (released > 0)
        log.info({ events: released }, 'events stay in the outbox for the next start');
      stopObserving();
      waits.stop();
      await outbox.close();
    },
  };
}

/** Each with why. */
function noteRejected(rejected: readonly RejectedEvent[], steps: StepLog): void {
  for (const { event, message } of rejected) {
    steps.died([event], { reason: 'rejected_by_policy', message });
  }
}

const SILENT: StorageProblem = { code: 'unavailable', message: 'the outbox does not answer' };

/** Whether a disk takes a write is known best by the last one. */
function troubleOf(acceptor: WatchedAcceptor) {
  const reason = acceptor.trouble();
  return reason && { code: reason, message: 'the last events could not be stored' };
}
