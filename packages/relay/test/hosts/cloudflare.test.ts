import { expect, onTestFinished, test } from 'vitest';
import { startWorkerHost } from '../support/start-worker-host.ts';
import { aliveBatch, postTo, testHost } from './host-contract.ts';

testHost('the Cloudflare host in workerd', startWorkerHost);

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
