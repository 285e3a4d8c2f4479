import * as script from '@hubrelay/browser/bundle';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { accessToken, jwtVerifier, Redacted } from '@hubrelay/relay';
import { signIdentity } from '@hubrelay/relay/identity';
import { type NodeRelay, startNodeRelay } from '@hubrelay/relay/node';
import { expect, test } from 'playwright/test';
import { type Site, startSite } from './site.ts';
import { setVisitor } from './stage.ts';

const AUDIENCE = 'shop';
const SECRET = 'a secret of the shop’s backend alone';

let hubspot: RunningFakeHubSpot;
let shop: Site;
let foreign: Site;
let relay: NodeRelay;

test.beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  shop = await startSite({});
  foreign = await startSite({ '/': '<!doctype html><title>Foreign</title>' });
  relay = await startNodeRelay({
    allowedOrigins: [shop.origin, 'null'],
    identity: jwtVerifier({
      audience: AUDIENCE,
      keys: { kind: 'secrets', secrets: [{ secret: new Redacted(SECRET) }] },
    }),
    hubId: demoCredentials.hubId,
    hubspot: { credential: accessToken(demoCredentials.accessToken), baseUrl: hubspot.url },
    script,
    port: 0,
    shutdownTimeoutMs: 0,
  });
});
test.beforeEach(() => hubspot.clear());
test.afterAll(async () => {
  await relay?.close();
  await Promise.all([shop?.close(), foreign?.close(), hubspot?.close()]);
});

const tag = (attributes = '') => `<script src="${relay.url}/hubrelay.js" ${attributes}></script>`;
const track = `<script>window.hubrelay = [['track', 'product_viewed']];</script>`;

test('a page that is not on the list can read why, and gains nothing else by it', async ({
  page,
}) => {
  await page.goto(foreign.origin);
  const post = (init: { headers?: Record<string, string>; credentials?: 'include' }) =>
    page.evaluate(
      async ([url, more]) => {
        const body = JSON.stringify({ sentAt: Date.now(), events: [] });
        try {
          const answer = await fetch(url, { method: 'POST', body, ...more });
          return { status: answer.status, ...(await answer.json()) };
        } catch (error) {
          return String(error);
        }
      },
      [`${relay.url}/v1/events`, init] as const,
    );
  const refusal = {
    status: 403,
    code: 'origin_not_allowed',
    detail: expect.stringContaining(foreign.origin),
  };
  expect(await post({})).toMatchObject(refusal);
  expect(await post({ headers: { traceparent: '00-1-2-01' } })).toMatchObject(refusal);
  // With the cookies of the relay's site it may not even read that.
  expect(await post({ credentials: 'include' })).toContain('Failed to fetch');
  expect(hubspot.requests()).toStrictEqual([]);
});

test('a page whose tracing adds headers to every request sends its events', async ({
  page,
  context,
}) => {
  await setVisitor(context, shop.origin);
  shop.files['/traced'] = `<!doctype html><title>Traced</title><script>
    const plain = window.fetch;
    window.fetch = (url, init) => plain(url, { ...init, headers: {
      ...init?.headers, traceparent: '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01', tracestate: 'a=b', baggage: 'c=d',
      'sentry-trace': '1', 'x-datadog-trace-id': '1', 'Request-Id': '1' } });
  </script>${track}${tag()}`;
  await page.goto(`${shop.origin}/traced`);
  expect((await hubspot.waitFor(1))[0]?.eventName).toContain('_product_viewed');
});

test('a sandboxed frame sends what has an identity, where "null" is on the list', async ({
  page,
}) => {
  const jwt = await signIdentity(
    { email: 'jane@shop.example' },
    { audience: AUDIENCE, key: SECRET },
  );
  const inner = `${track}${tag(`data-identity="${jwt}"`)}`.replaceAll('"', '&quot;');
  shop.files['/framed'] =
    `<!doctype html><title>Framed</title><iframe sandbox="allow-scripts" srcdoc="${inner}"></iframe>`;
  await page.goto(`${shop.origin}/framed`);
  expect((await hubspot.waitFor(1))[0]).toMatchObject({ email: 'jane@shop.example' });
});
