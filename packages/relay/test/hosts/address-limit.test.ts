import { request } from 'node:http';
import { startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { expect, onTestFinished, test } from 'vitest';
import { startNodeHost } from '../support/start-node-host.ts';
import { aliveBatch, postTo, variablesFor } from './host-contract.ts';

async function startLimited(variables: Record<string, string>) {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const host = await startNodeHost({
    ...variablesFor(hubspot),
    RATE_LIMIT_PER_ADDRESS: '2',
    ...variables,
  });
  onTestFinished(() => host.stop());
  return host;
}

test('behind one trusted proxy each client has its own limit, and cannot lie itself out of it', async () => {
  const host = await startLimited({ TRUSTED_PROXIES: '1' });
  const post = async (forwardedFor: string) =>
    (await postTo(host, aliveBatch(), { 'x-forwarded-for': forwardedFor })).status;
  expect(await post('8.8.8.8')).toBe(204);
  expect(await post('1.1.1.1, 8.8.8.8')).toBe(204);
  expect(await post('9.9.9.9, 8.8.8.8')).toBe(429);
  expect(await post('8.8.4.4')).toBe(204);
});

test('one network of IPv6 is one client', async () => {
  const host = await startLimited({ TRUSTED_PROXIES: '1' });
  const post = async (forwardedFor: string) =>
    (await postTo(host, aliveBatch(), { 'x-forwarded-for': forwardedFor })).status;
  await post('2606:4700:1:2::1');
  await post('2606:4700:1:2::2');
  expect(await post('2606:4700:1:2:ffff::3')).toBe(429);
  expect(await post('2606:4700:1:3::1')).toBe(204);
});

test('a proxy that was not declared is pointed out, and does not lock its visitors out', async () => {
  const host = await startLimited({});
  for (let n = 0; n < 4; n += 1) {
    const answer = await postTo(host, aliveBatch(), { 'x-forwarded-for': '8.8.8.8' });
    expect(answer.status).toBe(204);
  }
  await host.stop();
  expect(host.output().match(/set TRUSTED_PROXIES/g)).toHaveLength(1);
});

test('a client that sends its headers slowly is cut off', async () => {
  const host = await startLimited({});
  const { hostname, port } = new URL(host.url);
  const slow = request({ hostname, port, method: 'POST', path: '/v1/events' });
  slow.setHeader('content-length', '100');
  slow.setHeader('content-type', 'text/plain');
  slow.setHeader('origin', 'https://shop.example');
  slow.write('{');
  const startedAt = performance.now();
  const status = await new Promise((resolve) => {
    slow.on('response', (answer) => resolve(answer.statusCode));
    slow.on('error', () => resolve('cut'));
  });
  expect([408, 'cut']).toContain(status);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
