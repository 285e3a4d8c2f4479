import { expect, test } from 'vitest';
import { call, signup } from '../test/call.ts';
import { chaosEffects } from './chaos.ts';
import { createFakeHubSpot } from './index.ts';

const rates = { 429: 0.1, 500: 0.05, reset: 0.05, 'drop-reply': 0.05, slow: 0.1 };

function draws(seed: number, times: number): string[] {
  const draw = chaosEffects({ seed, rates });
  return Array.from({ length: times }, () => {
    const effect = draw();
    return String(effect?.status ?? effect?.kind ?? (effect ? 'slow' : 'none'));
  });
}

test('hits the given shares of requests', () => {
  const course = draws(1, 20_000);
  for (const [fault, rate] of Object.entries(rates)) {
    const share = course.filter((one) => one === fault).length / course.length;
    expect(Math.abs(share - rate), fault).toBeLessThan(0.01);
  }
});

test('runs the same course for the same seed', () => {
  expect(draws(7, 100)).toEqual(draws(7, 100));
  expect(draws(7, 100)).not.toEqual(draws(8, 100));
});

test('slows down by no more than it was told', () => {
  const draw = chaosEffects({ seed: 1, rates: { slow: 1 }, latencyMs: 50 });
  const waits = Array.from({ length: 200 }, () => draw()?.latencyMs as number);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(50);
  expect(new Set(waits).size).toBeGreaterThan(20);
});

test('refuses rates of more than everything', () => {
  const rates = { 500: 0.9, reset: 0.2 };
  expect(() => createFakeHubSpot().chaos({ seed: 1, rates })).toThrow(RangeError);
});

test('applies exactly what was answered well or lost on its way back, until undone', async () => {
  const hubspot = createFakeHubSpot();
  const undo = hubspot.chaos({ seed: 3, rates: { 503: 0.3, reset: 0.2, 'drop-reply': 0.2 } });
  for (let i = 0; i < 60; i++) await call(hubspot, signup()).catch(() => {});
  const faults = hubspot.requests().map(({ fault }) => fault);
  expect(new Set(faults)).toEqual(new Set([undefined, '503', 'reset', 'drop-reply']));
  const applied = faults.filter((fault) => fault === undefined || fault === 'drop-reply');
  expect(hubspot.received()).toHaveLength(applied.length);

  undo();
  for (let i = 0; i < 10; i++) expect((await call(hubspot, signup())).status).toBe(204);
});
