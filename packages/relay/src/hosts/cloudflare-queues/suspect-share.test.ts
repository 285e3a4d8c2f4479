import { expect, test } from 'vitest';
import { createSuspectShare } from './suspect-share.ts';

const isOpen = false;
const isShut = true;

test('suspects rest four times as long as the last of them took', () => {
  const share = createSuspectShare();
  expect(share.startsAt(1000, isOpen)).toBeLessThanOrEqual(1000);
  const end = share.begin(1000);
  expect(share.startsAt(1500, isOpen)).toBeGreaterThan(1500);
  end(4000);
  expect(share.startsAt(4001, isOpen)).toBe(4000 + 4 * 3000);
});

test('the one event that decides about all is a fresh one, as long as there are any', () => {
  const share = createSuspectShare();
  share.sawFresh(1000);
  expect(share.startsAt(2000, isShut)).toBe(31_000);
  expect(share.startsAt(2000, isOpen)).toBeLessThanOrEqual(2000);
  expect(share.startsAt(31_000, isShut)).toBeLessThanOrEqual(31_000);
});
