import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { startWorkerHost } from '../support/start-worker-host.ts';
import { aliveBatch, postTo, rawGet, testHost } from './host-contract.ts';

testHost('the Cloudflare host in workerd', startWorkerHost);

test('a script that the Worker has edited goes out compressed, with its own hash', async () => {
  const host = await startWorkerHost({
    ALLOWED_ORIGINS: 'https://shop.example',
    EVENTS: '*',
    HUBSPOT_ACCESS_TOKEN: 'token',
    HUBSPOT_HUB_ID: '1234567',
    EVENTS_PATH: '/elsewhere',
  });
  onTestFinished(() => host.stop());
  const { headers, body } = await rawGet(`${host.url}/hubrelay.js`, 'gzip');
  expect(headers['content-encoding']).toBe('gzip');
  const source = gunzipSync(body).toString();
  expect(source).toContain('elsewhere');
  const hash = createHash('sha384').update(source).digest('base64');
  expect(headers.etag).toContain(`sha384-${hash}`);
});

test('a Worker without its variables tells its owner why, and the public nothing', async () => {
  const host = await startWorkerHost({ ALLOWED_ORIGINS: 'shop.example' });
  onTestFinished(() => host.stop());
  const answer = await postTo(host, aliveBatch());
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('HUBSPOT');
  await expect.poll(host.output).toContain('HUBSPOT_ACCESS_TOKEN is not set');
  expect(host.output()).toContain('ALLOWED_ORIGINS has an entry');
});

test('a Worker names a variable that looks misspelt', async () => {
  const host = await startWorkerHost({ ALOWED_ORIGINS: 'https://shop.example' });
  onTestFinished(() => host.stop());
  await postTo(host, aliveBatch());
  await expect.poll(host.output).toContain('did you mean ALLOWED_ORIGINS?');
  expect(host.output().match(/is not a setting/g)).toHaveLength(1);
});
