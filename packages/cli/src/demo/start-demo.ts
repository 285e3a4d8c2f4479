import * as script from '@hubrelay/browser/bundle';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import {
  accessToken,
  createHubSpotClient,
  createRelay,
  directAcceptor,
  logCall,
} from '@hubrelay/relay';
import { Hono } from 'hono';
import { hubspotPage } from './hubspot-page.ts';
import { createInspector } from './inspector/inspector.ts';
import { observeClient, observeJudgement } from './inspector/observe-hubspot.ts';
import { observeRelay } from './inspector/observe-relay.ts';
import { listenNear, withFreePort } from './listen-near.ts';
import { SHOP_DEFINITIONS } from './shop/definitions.ts';
import { createShop } from './shop/shop.ts';

export interface DemoOptions {
  /** The shop's port; the relay takes the next one, the fake the one after. 0 takes free ports. */
  readonly port: number;
}

/** A demo that is running. */
export interface Demo {
  readonly shopUrl: string;
  readonly inspectorUrl: string;
  readonly relayUrl: string;
  readonly hubspotUrl: string;
  close(): Promise<void>;
}

/** Starts a fake HubSpot, a relay and a shop with an inspector in this process, on three ports of the loopback interface. */
export async function startDemo({ port }: DemoOptions): Promise<Demo> {
  const next = (offset: number) => (port === 0 ? 0 : port + offset);
  const hubspot = await withFreePort(next(2), (free) =>
    startFakeHubSpot({ port: free, definitions: SHOP_DEFINITIONS }),
  );
  hubspot.app.get('/', (c) =>
    c.req.header('accept') === 'application/json'
      ? c.json(hubspot.received())
      : c.html(hubspotPage(hubspot)),
  );

  // The shop has to know the relay's address and the relay the shop's: requests wait until both are known.
  const site = Promise.withResolvers<Hono>();
  const siteServer = await listenNear(port, async (request, env) =>
    (await site.promise).fetch(request, env),
  );
  const shopUrl = onLocalhost(siteServer.url);
  const addresses = { shop: shopUrl, relay: '', hubspot: onLocalhost(hubspot.url) };

  const inspector = createInspector(hubspot, () => addresses);
  const client = createHubSpotClient({
    credential: accessToken(demoCredentials.accessToken),
    baseUrl: hubspot.url,
  });
  const judge = observeJudgement(inspector.observe);
  const writeLog = logCall(inspector.log);
  const relay = createRelay({
    allowedOrigins: [shopUrl, siteServer.url],
    hubId: hubspot.hubId,
    log: inspector.log,
    script,
    acceptor: directAcceptor(observeClient(client, inspector.observe), {
      onCall: (report) => {
        judge(report);
        writeLog(report);
      },
    }),
  });
  const relayServer = await listenNear(next(1), observeRelay(relay.fetch, inspector.observe));
  addresses.relay = onLocalhost(relayServer.url);

  const shop = createShop({
    relayUrl: addresses.relay,
    hubId: hubspot.hubId,
    inspectorUrl: '/inspector/',
  });
  site.resolve(
    new Hono()
      .get('/inspector', (c) => c.redirect('/inspector/'))
      .route('/inspector/', inspector.app)
      .route('/', shop),
  );

  return {
    shopUrl,
    inspectorUrl: `${shopUrl}/inspector/`,
    relayUrl: addresses.relay,
    hubspotUrl: addresses.hubspot,
    async close() {
      inspector.close();
      await Promise.all([siteServer.close(), relayServer.close(), hubspot.close()]);
    },
  };
}

/** `localhost` is what people type; cookies do not look at the port, so shop and relay are one site there. */
function onLocalhost(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
