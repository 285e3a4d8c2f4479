import type { OutboxLimits } from '../../packages/relay/src/outbox/limits.ts';
import { type Outbox, OutboxUnavailableError } from '../../packages/relay/src/outbox/outbox.ts';
import { createMemoryOutbox } from '../../packages/relay/test/support/memory-outbox.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Life } from './life.ts';
import { AUDIT_MS, delayOf, type Storage, type StorageFault } from './storage.ts';

/** The model of the outbox as a server of its own, for several relays, with a network between: what Postgres is to them. */
export function createDatabaseServer(
  scheduler: Scheduler,
  random: Random,
  limits: OutboxLimits,
): Storage {
  let aheadMs = 0;
  const outbox = createMemoryOutbox({ ...limits, clock: () => scheduler.now() + aheadMs });
  let fault: StorageFault | undefined;

  const wait = (ms: number) => new Promise<void>((resolve) => void scheduler.schedule(resolve, ms));
  const latencyMs = () => 1 + random.exponential(1) + delayOf(fault, random);

  async function travel(call: () => Promise<unknown>): Promise<unknown> {
    await wait(latencyMs());
    if (fault === 'full' && random.chance(0.5))
      throw new OutboxUnavailableError('The database is gone.');
    const result = await call();
    await wait(latencyMs());
    if (fault === 'unanswered' && random.chance(0.5))
      throw new OutboxUnavailableError('The connection to the database is lost.');
    return result;
  }

  /** Every method, over the network. */
  function connect(life: Life): Outbox {
    return new Proxy(outbox, {
      get(target, name: keyof Outbox) {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        if (name === 'close') return async () => {};
        return (...args: unknown[]) => life.hear(travel(() => method.apply(target, args)));
      },
    });
  }

  return {
    open: connect,
    release() {},
    undisturbed: outbox,
    openForAudit() {
      aheadMs = AUDIT_MS;
      return outbox;
    },
    disturb(next) {
      fault = next;
    },
    get isDisturbed() {
      return fault !== undefined;
    },
  };
}
