import { expect, test } from 'vitest';
import { silentLogger } from '../../observe/log.ts';
import { nodePeer } from './node-peer.ts';

/** What is logged about these requests. */
function warningsOf(
  trustedProxies: number,
  socketAddress: string,
  requests: Record<string, string>[],
) {
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (_: unknown, message: string) => warnings.push(message) };
  const peer = nodePeer(trustedProxies, log);
  const env = { incoming: { socket: { remoteAddress: socketAddress } } };
  for (const headers of requests) peer(new Request('https://relay.example', { headers }), env);
  return warnings;
}

test.each([
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-proto',
  'cf-connecting-ip',
  'via',
])('a proxy of the private network that sends %s is pointed out once', (name) => {
  const requests = [{ [name]: '8.8.8.8' }, { [name]: '8.8.4.4' }];
  expect(warningsOf(0, '10.0.0.2', requests)).toEqual([
    expect.stringMatching(/there is no limit per address: set TRUSTED_PROXIES to the number/),
  ]);
});

test('a proxy with an address of the internet is pointed out, too', () => {
  expect(warningsOf(0, '203.0.113.5', [{ 'x-forwarded-for': '8.8.8.8' }])).toEqual([
    expect.stringMatching(/share one limit per address until you set TRUSTED_PROXIES/),
  ]);
});

test('a declared proxy that does not name its clients is pointed out', () => {
  expect(warningsOf(1, '10.0.0.2', [{ 'x-real-ip': '8.8.8.8' }])).toEqual([
    expect.stringMatching(/no X-Forwarded-For.*let the proxy set the header/),
  ]);
});

test.each([
  ['unknown', /not an IP address, so there is no limit per address/],
  ['_hidden', /not an IP address/],
])('a declared proxy that writes "%s" for its client is pointed out', (hops, problem) => {
  expect(warningsOf(1, '10.0.0.2', [{ 'x-forwarded-for': hops }])).toEqual([
    expect.stringMatching(problem),
  ]);
});

test('a request with fewer proxies than declared is pointed out', () => {
  expect(warningsOf(2, '10.0.0.2', [{ 'x-forwarded-for': '8.8.8.8' }])).toEqual([
    expect.stringMatching(/TRUSTED_PROXIES is 2, but X-Forwarded-For has fewer entries/),
  ]);
});

test('what is right is not pointed out', () => {
  expect(warningsOf(1, '10.0.0.2', [{ 'x-forwarded-for': '8.8.8.8' }])).toEqual([]);
  expect(warningsOf(0, '8.8.8.8', [{}])).toEqual([]);
  expect(warningsOf(0, '127.0.0.1', [{}])).toEqual([]);
});
