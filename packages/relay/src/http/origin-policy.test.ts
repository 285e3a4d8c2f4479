import { expect, test } from 'vitest';
import { originProblem } from './origin-entry.ts';
import { createOriginPolicy } from './origin-policy.ts';

const allows = (entry: string, origin: string) =>
  createOriginPolicy([entry]).allow(
    new Request('https://relay.example.com/v1/events', { headers: { origin } }),
  ) === origin;

test.each([
  ['http://localhost:*', 'http://localhost:5173', true],
  ['http://[::1]:*', 'http://[::1]:8080', true],
  ['http://localhost:*', 'http://localhost', false],
  ['http://localhost:*', 'https://localhost:5173', false],
  ['http://localhost:*', 'http://localhost:1.example.com', false],
  ['http://localhost:*', 'http://localhost.example.com:1', false],
  ['https://*.example.com', 'https://www.example.com', true],
  ['https://*.example.com', 'https://example.com', false],
  ['https://*.example.com', 'https://evil.test/.example.com', false],
  ['https://*.example.com', 'https://evil.test#.example.com', false],
])('%s lets in %s: %s', (entry, origin, isAllowed) => {
  expect(originProblem(entry)).toBeUndefined();
  expect(allows(entry, origin)).toBe(isAllowed);
});

test.each(['https://www.example.com:*', 'http://10.0.0.1:*', 'http://localhost:80*'])(
  'any port of %s is refused: only this machine is surely one owner’s',
  (entry) => {
    expect(originProblem(entry)).toMatch(/is not an origin|would let in websites/);
  },
);
