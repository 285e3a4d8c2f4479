import * as script from '@hubrelay/browser/bundle';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { accessToken } from '@hubrelay/relay';
import { listen, startNodeRelay } from '@hubrelay/relay/node';
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import type { BrowserContext } from 'playwright/test';
import { createTestHarness } from 'wrangler';
import './quiet-wrangler.ts';

export const UTK = '0123456789abcdef0123456789abcdef';

/** A whole journey, all of it real but HubSpot: a website, a relay in its runtime, a strict HubSpot. */
export interface Stage {
  /** The website, on `localhost`; its pages are set by {@link Stage.html}. */
  readonly site: string;
  /** The relay, on `127.0.0.1`: another site than the website. */
  readonly relay: string;
  readonly hubspot: RunningFakeHubSpot;
  /** What the website answers with, for every path that is none of `scripts`. */
  html: string;
  /** JavaScript by path. */
  scripts: Readonly<Record<string, string>>;
  /** The website's Content-Security-Policy. */
  csp: string;
  close(): Promise<void>;
}

export type Runtime = 'node' | 'workerd';

export async function startStage(runtime: Runtime): Promise<Stage> {
  const hubspot = await startFakeHubSpot();
  let relayUrl = '';
  const site = new Hono();
  // As a site's own web server mounts the relay on its origin.
  site.get('/hubrelay.js', () => proxy(`${relayUrl}/hubrelay.js`));
  site.post('/v1/events', (c) => proxy(`${relayUrl}/v1/events`, c.req));
  site.get('/assets/*', (c) =>
    c.body(stage.scripts[c.req.path] ?? '', 200, { 'content-type': 'text/javascript' }),
  );
  site.get('*', (c) =>
    c.html(stage.html, 200, stage.csp ? { 'content-security-policy': stage.csp } : {}),
  );
  const server = await listen({
    fetch: site.fetch,
    port: 0,
    hostname: '127.0.0.1',
    shutdownTimeoutMs: 0,
  });
  const siteUrl = `http://localhost:${server.port}`;

  const relay = await (runtime === 'node' ? startOnNode : startOnWorkerd)(siteUrl, hubspot.url);
  relayUrl = relay.url;
  const stage: Stage = {
    site: siteUrl,
    relay: relay.url,
    hubspot,
    html: '',
    scripts: {},
    csp: '',
    async close() {
      await Promise.all([relay.close(), server.close()]);
      await hubspot.close();
    },
  };
  return stage;
}

interface RunningRelay {
  readonly url: string;
  close(): Promise<void>;
}

function startOnNode(allowedOrigin: string, hubspotUrl: string): Promise<RunningRelay> {
  return startNodeRelay({
    allowedOrigins: [allowedOrigin],
    hubId: demoCredentials.hubId,
    hubspot: { credential: accessToken(demoCredentials.accessToken), baseUrl: hubspotUrl },
    script,
    port: 0,
    shutdownTimeoutMs: 0,
  });
}

async function startOnWorkerd(allowedOrigin: string, hubspotUrl: string): Promise<RunningRelay> {
  const harness = createTestHarness({
    workers: [
      {
        configPath: new URL('../examples/cloudflare/wrangler.toml', import.meta.url),
        vars: {
          ALLOWED_ORIGINS: allowedOrigin,
          EVENTS: '*',
          HUBSPOT_HUB_ID: demoCredentials.hubId,
          HUBSPOT_BASE_URL: hubspotUrl,
        },
        secrets: { HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken },
      },
    ],
  });
  const { url } = await harness.listen();
  return { url: url.origin, close: () => harness.close() };
}

/** What HubSpot's own script leaves in the visitor's browser. */
export function setVisitor(context: BrowserContext, site: string, utk = UTK): Promise<void> {
  return context.addCookies([{ name: 'hubspotutk', value: utk, url: site, sameSite: 'Lax' }]);
}
