import { expect, test } from 'vitest';
import { createDeliveredSample, type SampleOptions } from './delivered-sample.ts';

const MINUTE = 60_000;
const START = 1_764_000_000_000;

function sampleFrom(options: SampleOptions = {}) {
  return createDeliveredSample({ now: () => START, ...options });
}

function eventJson(uuid: string, fields: object = {}): string {
  return JSON.stringify({
    uuid,
    eventName: 'pe1_signup',
    properties: {},
    occurredAt: '',
    ...fields,
  });
}

test('keeps every event of a quiet site, for two hours', () => {
  const sample = sampleFrom();
  for (let i = 0; i < 180; i++) sample.add([eventJson(`u-${i}`)], START + i * MINUTE);
  const { items, delivered, since } = sample.draw({ after: 0, limit: 500 });
  expect(items.map(({ event }) => event.uuid)).toEqual(
    Array.from({ length: 120 }, (_, i) => `u-${179 - i}`),
  );
  expect(delivered).toBe(120);
  expect(since).toBe(START + 60 * MINUTE);
  expect(sample.find('u-59')).toBeUndefined();
  expect(sample.find('u-60')?.deliveredAt).toBe(START + 60 * MINUTE);
});

test('keeps so many of a busy minute, each with the same probability', () => {
  const tookPart = new Array<number>(100).fill(0);
  for (let run = 0; run < 400; run++) {
    const sample = sampleFrom({ perMinute: 10 });
    sample.add(
      Array.from({ length: 100 }, (_, i) => eventJson(`u-${i}`)),
      START,
    );
    const { items, delivered } = sample.draw({ after: START, limit: 500 });
    expect(items).toHaveLength(10);
    expect(delivered).toBe(100);
    for (const { event } of items) {
      const index = Number(event.uuid.slice(2));
      tookPart[index] = (tookPart[index] ?? 0) + 1;
    }
  }
  // 40 are expected of each; the first, the middle and the last tenth must not differ much.
  const sum = (from: number) => tookPart.slice(from, from + 10).reduce((a, b) => a + b, 0);
  for (const from of [0, 45, 90]) {
    expect(sum(from)).toBeGreaterThan(280);
    expect(sum(from)).toBeLessThan(520);
  }
});

test('stays within its bytes, and says since when it remembers', () => {
  const sample = sampleFrom({ maxBytes: 1_000 });
  const long = { properties: { text: 'x'.repeat(300) } };
  for (let i = 0; i < 5; i++) sample.add([eventJson(`u-${i}`, long)], START + i * MINUTE);
  const { items, since } = sample.draw({ after: 0, limit: 10 });
  expect(items.map(({ event }) => event.uuid)).toEqual(['u-4', 'u-3']);
  expect(since).toBe(START + 3 * MINUTE);
});

test('forgets a person', () => {
  const sample = sampleFrom();
  sample.add([eventJson('u-1', { email: 'ada@example.com' }), eventJson('u-2')], START);
  expect(sample.forget({ field: 'email', value: 'ADA@example.com' })).toBe(1);
  expect(sample.find('u-1')).toBeUndefined();
  expect(sample.find('u-2')).toBeDefined();
});
