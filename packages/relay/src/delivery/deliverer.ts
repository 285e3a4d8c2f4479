import { within } from '../core/clock.ts';
import type { Claim, OutboxStats } from '../outbox/outbox.ts';
import { type Batch, createBatch } from './batch.ts';
import { createCallPace } from './call-pace.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';
import { type DelivererOptions, resolveDelivererOptions } from './deliverer-options.ts';
import { createLane, type LaneStatus, laneOf } from './lane.ts';
import { logCall } from './log-call.ts';
import { freshLot, suspectLot } from './lots.ts';
import { createPump } from './pump.ts';
import { type CallReport, FEW, type SendTools } from './send-events.ts';
import { createSuspicion } from './suspicion.ts';
import { startSweeper } from './sweeper.ts';

/** Takes events from an outbox to HubSpot. Any number of deliverers may share an outbox. */
export interface Deliverer {
  start(): void;
  /** Delivers what is due as long as there is time and HubSpot takes it, then gives back what is left. Final. */
  stop(options: StopOptions): Promise<StopReport>;
  /**
   * By hand: pauses the outbox, and with it every deliverer on it, until it is resumed. Calls on their way end;
   * accepting goes on.
   */
  pause(): Promise<void>;
  /** By hand: also sends again at once where HubSpot was not to be asked before later. */
  resume(): Promise<void>;
  /** Events were stored: they leave within the linger. */
  wake(): void;
  /**
   * @param outbox what it says of itself: whether delivery is paused stands there
   * @param isStandstill as in `Lane`
   */
  status(outbox: Pick<OutboxStats, 'pausedAt'>, isStandstill?: boolean): DelivererStatus;
}

export interface StopOptions {
  /** Milliseconds. */
  readonly drainMs: number;
}

export interface StopReport {
  /** Events whose calls had not ended: they stay pending. */
  readonly released: number;
}

/** For the owner. Holds no secret. */
export interface DelivererStatus {
  readonly lane: LaneStatus;
  /** Calls on their way, and how many there may be. */
  readonly calls: number;
  readonly maxCalls: number;
  /** Epoch milliseconds; absent until the first. */
  readonly lastDeliveredAt?: number;
}

type Share = Pick<SendTools, 'isShut' | 'slots' | 'maxSearched' | 'maxFailures'>;

/** For a claim that is under way when time is up; its events are free again without it when their lease ends. */
const CLAIM_MS = 5000;

export function createDeliverer(options: DelivererOptions): Deliverer {
  const tools = resolveDelivererOptions(options);
  const { outbox, clock, log, metrics, random } = tools;
  const lane = createLane(random);
  const suspicion = createSuspicion(clock);
  const concurrency = createConcurrencyLimit(tools.maxConcurrency);
  const pace = createCallPace(clock);
  const { sendsBatches } = tools.client.address;
  // Where every event is a call of its own, the pace bounds them, too.
  const limit = () => concurrency.current() * (sendsBatches() ? 1 : 2);
  const batches = new Set<Batch>();
  const writeLine = logCall(log);
  let running: Promise<unknown> | undefined;
  let stopSweeping = () => {};
  let lastDeliveredAt: number | undefined;

  function onCall(report: CallReport): void {
    const { events, outcome, startedAt, durationMs } = report;
    writeLine(report);
    metrics.called(report);
    suspicion.record(report);
    concurrency.record(outcome, startedAt, durationMs);
    tools.delivered.steps.called(report);
    if (outcome.kind === 'delivered') {
      lastDeliveredAt = startedAt + durationMs;
      tools.delivered.add(events, tools.wallNow());
    }
    recordInLane(report);
  }

  function recordInLane(report: CallReport): void {
    const before = lane.status();
    lane.record(report, clock.now());
    const after = lane.status();
    if (after.state === 'open' && before.state !== 'open') for (const pump of pumps) pump.look();
    if (before.state === after.state) return;
    if (after.state === 'open') log.info({ was: before }, 'delivery resumed');
    else log[after.state === 'paused' ? 'error' : 'warn']({ lane: after }, 'delivery paused');
  }

  async function send(claims: readonly Claim[], share: Share): Promise<void> {
    const batch = createBatch(claims, {
      ...tools,
      ...share,
      steps: tools.delivered.steps,
      onCall,
      pace,
      mayLookCloser: () => lane.mayLookCloser(clock.now()),
      isCautious: suspicion.isRaised,
      timeoutMs: suspicion.timeoutMs,
    });
    batches.add(batch);
    await batch.run();
    batches.delete(batch);
  }

  const freshEvents = freshLot({
    lane,
    suspicion,
    limit,
    maxBatchEvents: tools.maxBatchEvents,
    sendsBatches,
  });
  const fresh = createPump({
    ...tools,
    lot: freshEvents,
    async send(claims, slots, isProbe) {
      if (isProbe) lane.beginProbe();
      await send(claims, { slots, maxSearched: FEW, ...(!isProbe && { isShut: lane.isShut }) });
      if (isProbe) lane.endProbe();
    },
  });
  const suspectEvents = suspectLot({ lane, limit, others: freshEvents });
  const suspects = createPump({
    ...tools,
    lot: suspectEvents,
    async send(claims, slots, isProbe) {
      if (isProbe) lane.beginSuspect();
      await send(claims, { slots, isShut: lane.isShut, maxFailures: FEW });
      if (isProbe) lane.endSuspect();
    },
  });
  const pumps = [fresh, suspects];

  async function release(): Promise<number> {
    const counts = await Promise.allSettled([...batches].map((batch) => batch.release()));
    return counts.reduce((sum, count) => sum + (count.status === 'fulfilled' ? count.value : 0), 0);
  }

  return {
    start() {
      running ??= Promise.all(pumps.map((pump) => pump.run()));
      stopSweeping();
      stopSweeping = startSweeper({ ...tools, steps: tools.delivered.steps, lane: lane.status });
    },
    async stop({ drainMs }) {
      stopSweeping();
      for (const pump of pumps) pump.drain(clock.now() + drainMs);
      await within(drainMs, clock, running);
      await within(CLAIM_MS, clock, Promise.all(pumps.map((pump) => pump.close())));
      return { released: await release() };
    },
    async pause() {
      await outbox.pause();
      log.warn({}, 'delivery paused by an operator');
    },
    async resume() {
      await outbox.resume();
      lane.probeNow();
      for (const pump of pumps) pump.look();
      log.info({}, 'delivery resumed by an operator');
    },
    wake: fresh.wake,
    status: (stats, isStandstill) => ({
      lane: laneOf(stats, lane, isStandstill),
      calls: freshEvents.calls() + suspectEvents.calls(),
      maxCalls: concurrency.current(),
      ...(lastDeliveredAt !== undefined && { lastDeliveredAt }),
    }),
  };
}
