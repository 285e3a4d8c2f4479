import { expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import type { RelayMetrics } from '../delivery/metrics.ts';
import { type LogFields, silentLogger } from '../observe/log.ts';
import type { RejectedEvent } from '../outbox/outbox.ts';
import { keepRejected } from './keep-rejected.ts';

const rejected = (number: number): RejectedEvent => ({ event: event(number), message: 'unknown' });

function keeping(options: Partial<Parameters<typeof keepRejected>[0]> = {}) {
  const buried: RejectedEvent[] = [];
  const counted: unknown[] = [];
  const warnings: LogFields[] = [];
  const keep = keepRejected({
    share: 1,
    bury: async (events) => {
      buried.push(...events);
      return events.length;
    },
    log: { ...silentLogger, warn: (fields) => void warnings.push(fields) },
    metrics: {
      dead: (count: number, reason: string) => void counted.push([count, reason]),
    } as RelayMetrics,
    ...options,
  });
  return { keep, buried, counted, warnings };
}

test('what is kept is counted as dead', async () => {
  const { keep, buried, counted } = keeping();
  await keep([rejected(1), rejected(2)]);
  expect(buried).toEqual([rejected(1), rejected(2)]);
  expect(counted).toEqual([[2, 'rejected_by_policy']]);
});

test('a sample is kept', async () => {
  const draws = [0.1, 0.9, 0.2];
  const { keep, buried } = keeping({ share: 0.25, random: () => draws.shift() ?? 1 });
  await keep([rejected(1), rejected(2), rejected(3)]);
  expect(buried).toEqual([rejected(1), rejected(3)]);
});

test('a storage that fails is told in the log, and asked again the next time', async () => {
  const failing = async () => Promise.reject(new Error('no'));
  const { keep, warnings } = keeping({ bury: failing });
  for (let call = 1; call <= 20; call += 1) await keep([rejected(call)]);
  expect(warnings).toHaveLength(20);
});

test('nothing piles up before a storage that hangs', async () => {
  let calls = 0;
  const hanging = () => {
    calls += 1;
    return new Promise<number>(() => {});
  };
  const { keep } = keeping({ bury: hanging });
  for (let call = 1; call <= 1000; call += 1) void keep([rejected(call)]);
  expect(calls).toBeLessThan(100);
});
