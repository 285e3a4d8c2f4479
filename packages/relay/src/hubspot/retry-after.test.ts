import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('2026-11-23T12:00:00Z');

test.each([
  ['3', 3000],
  [' 0 ', 0],
  ['1.5', 1500],
  ['Mon, 23 Nov 2026 12:00:10 GMT', 10_000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ['99999999999', 86_400_000],
  ['Mon, 23 Nov 2099 12:00:00 GMT', 86_400_000],
])('%s means %i ms', (value, ms) => {
  expect(parseRetryAfter(value, now)).toBe(ms);
});

test.each([null, '', '-5', 'soon', '2027-01-01', 'NaN', 'Infinity'])(
  '%s is unreadable',
  (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  },
);
