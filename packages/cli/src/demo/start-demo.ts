import { startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { Hono } from 'hono';
import { showHubSpot } from './hubspot/show-hubspot.ts';
import { createInspector } from './inspector/inspector.ts';
import { listenNear, withFreePort } from './listen-near.ts';
import { SHOP_DEFINITIONS } from './shop/definitions.ts';
import { createShop } from './shop/shop.ts';
import { startObservedRelay } from './start-observed-relay.ts';

export interface DemoOptions {
  /** The shop's port; the relay takes the next one, the fake the one after. 0 takes free ports. */
  readonly port: number;
}

/** A demo that is running. */
export interface Demo {
  readonly shopUrl: string;
  readonly inspectorUrl: string;
  readonly hubspotUrl: string;
  close(): Promise<void>;
}

/** Starts a fake HubSpot, a relay and a shop with an inspector in this process, on three ports of the loopback interface. */
export async function startDemo({ port }: DemoOptions): Promise<Demo> {
  const next = (offset: number) => (port === 0 ? 0 : port + offset);
  // The shop has to know the relay's address and the relay the shop's: requests wait until both are known.
  const site = Promise.withResolvers<Hono>();
  const siteServer = await listenNear(port, async (request, env) =>
    (await site.promise).fetch(request, env),
  );
  const shopUrl = onLocalhost(siteServer.url);
  const hubspot = await withFreePort(next(2), (free) =>
    startFakeHubSpot({ port: free, definitions: SHOP_DEFINITIONS }),
  );
  showHubSpot(hubspot, shopUrl);
  const inspector = createInspector(hubspot);
  const relay = await startObservedRelay({
    port: next(1),
    allowedOrigins: [shopUrl, siteServer.url],
    hubspot,
    inspector,
  });
  const relayUrl = onLocalhost(relay.url);
  const hubspotUrl = onLocalhost(hubspot.url);
  const addresses = { shop: shopUrl, relay: relayUrl, hubspot: hubspotUrl };
  const shop = createShop({
    relayUrl,
    hubId: hubspot.hubId,
    inspectorUrl: '/inspector/',
    observe: inspector.observe,
  });
  site.resolve(
    new Hono()
      .get('/inspector', (c) => c.redirect('/inspector/'))
      .route('/inspector/', inspector.pages({ relay, addresses }))
      .route('/', shop),
  );

  return {
    shopUrl,
    inspectorUrl: `${shopUrl}/inspector/`,
    hubspotUrl,
    async close() {
      inspector.close();
      await Promise.all([siteServer.close(), relay.close()]);
      await hubspot.close();
    },
  };
}

/** `localhost` is what people type; cookies do not look at the port, so shop and relay are one site there. */
function onLocalhost(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
