import * as script from '@hubrelay/browser/bundle';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { accessToken } from '@hubrelay/relay';
import { startNodeRelay } from '@hubrelay/relay/node';
import { startSite } from './site.ts';
import { expect, test } from './test.ts';
import { utk } from './tracked-site.ts';

test('with paths of its own, a relay serves a script that finds it, by its pinned path and hash, too', async ({
  page,
}) => {
  const hubspot = await startFakeHubSpot();
  const site = await startSite({});
  const relay = await startNodeRelay({
    allowedOrigins: [site.origin],
    hubId: demoCredentials.hubId,
    hubspot: { credential: accessToken(demoCredentials.accessToken), baseUrl: hubspot.url },
    script,
    scriptPath: '/static/t.js',
    eventsPath: '/in',
    port: 0,
    shutdownTimeoutMs: 0,
  });
  try {
    const { headers } = await fetch(`${relay.url}/static/t.js`, {
      headers: { 'accept-encoding': 'identity' },
    });
    const pinned = `${relay.url}${headers.get('content-location')}`;
    const integrity = headers.get('etag')?.replaceAll('"', '');
    for (const tag of [
      `src="${relay.url}/static/t.js"`,
      `src="${pinned}" integrity="${integrity}" crossorigin="anonymous"`,
    ]) {
      site.files['/'] = `<!doctype html><title>Shop</title><script ${tag}></script>`;
      await page.context().addCookies([{ name: 'hubspotutk', value: utk, url: site.origin }]);
      await page.goto(site.origin);
      expect(await page.evaluate(() => window.hubrelay.track('signup'))).toBe('accepted');
    }
  } finally {
    await relay.close();
    await site.close();
    await hubspot.close();
  }
});
