import { expect, test } from 'vitest';
import { durationOf } from './duration.ts';

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
])('%s is %i ms', (text, ms) => {
  expect(durationOf('last', text)).toBe(ms);
});

test.each(['', '1', 'h', '0m', '-1m', '1.5h', '1w'])('"%s" is refused', (text) => {
  expect(() => durationOf('last', text)).toThrow(/^--last .* is not a duration/);
});
