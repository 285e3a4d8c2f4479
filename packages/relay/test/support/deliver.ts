import type { FakeHubSpotOptions } from '@hubrelay/fake-hubspot';
import { createDeliverer, type Deliverer } from '../../src/delivery/deliverer.ts';
import type { DelivererOptions } from '../../src/delivery/deliverer-options.ts';
import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import type { LogFields, Logger } from '../../src/observe/log.ts';
import type { OutboxLimits } from '../../src/outbox/limits.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { type Connected, connect } from './connect.ts';
import { createMemoryOutbox } from './memory-outbox.ts';

export interface Delivering extends Connected {
  readonly outbox: Outbox;
  readonly deliverer: Deliverer;
  readonly lines: readonly LogLine[];
  /** Another deliverer on the same outbox and account. */
  second(options?: Partial<DelivererOptions>): Deliverer;
  /** Stores events and wakes the deliverer, as the acceptor does. */
  accept(events: readonly HubSpotEvent[]): Promise<void>;
  /** Lets virtual time pass until nothing is pending. */
  untilSettled(limitMs?: number): Promise<void>;
}

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: LogFields;
  readonly message: string;
}

export interface DeliveringOptions {
  readonly hubspot?: FakeHubSpotOptions;
  readonly deliverer?: Partial<DelivererOptions>;
  readonly limits?: OutboxLimits;
  readonly connected?: Connected;
}

/** A deliverer between an outbox in memory and a fake HubSpot, all on one virtual clock, not started yet. */
export function delivering(options: DeliveringOptions = {}): Delivering {
  const connected = options.connected ?? connect(options.hubspot);
  const { clock, client } = connected;
  const outbox = createMemoryOutbox({ ...options.limits, clock: clock.now });
  const lines: LogLine[] = [];
  const log = recordingLogger(lines);
  const second = (more: Partial<DelivererOptions> = {}) =>
    createDeliverer({
      outbox,
      client,
      clock,
      random: () => 0.5,
      log,
      pollMs: 60_000,
      ...options.deliverer,
      ...more,
    });
  const deliverer = second();

  return {
    ...connected,
    outbox,
    deliverer,
    lines,
    second,
    async accept(events) {
      await outbox.enqueue(events);
      deliverer.wake();
    },
    untilSettled: (limitMs) =>
      clock.runUntil(async () => (await outbox.stats()).pending === 0, limitMs),
  };
}

function recordingLogger(lines: LogLine[]): Logger {
  const write = (level: keyof Logger) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
