import { expect, test } from 'vitest';
import { acceptedCoding, CODINGS } from './accepted-coding.ts';

test.each([
  [null, undefined],
  ['', undefined],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['GZIP', 'gzip'],
  ['deflate, zstd', undefined],
  ['identity', undefined],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['*, br;q=0', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0,gzip;q=0.0', undefined],
  ['br;q=0.1, gzip;q=0.9', 'gzip'],
  ['br; q=1.0', 'br'],
  ['br;q=nonsense, gzip', 'gzip'],
  ['identity;q=1, br;q=0.5', undefined],
  ['brotli, x-gzip', undefined],
])('Accept-Encoding: %s gets %s', (header, coding) => {
  expect(acceptedCoding(header, CODINGS)).toBe(coding);
});

test('what is not at hand is not chosen', () => {
  expect(acceptedCoding('br, gzip', ['gzip'])).toBe('gzip');
  expect(acceptedCoding('br, gzip', [])).toBeUndefined();
});
