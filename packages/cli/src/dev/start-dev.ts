import { originProblem } from '@hubrelay/relay';
import { Hono } from 'hono';
import { CommandError } from '../cli-command.ts';
import { showHubSpot } from '../demo/hubspot/show-hubspot.ts';
import { createInspector } from '../demo/inspector/inspector.ts';
import { listenNear } from '../demo/listen-near.ts';
import { startObservedRelay } from '../demo/start-observed-relay.ts';
import { type Account, type Forward, openAccount } from './account.ts';
import { devPage } from './dev-page.ts';

export interface DevOptions {
  /** The inspector's port; the relay takes the next one, the fake HubSpot the one after. 0 takes free ports. @default 4320 */
  readonly port?: number;
  /** Origins that may send events beside every port of this machine. @default [] */
  readonly origins?: readonly string[];
  /** An events.lock.json, read again when it changes. @default none: every well-formed event is let through */
  readonly lockPath?: string | undefined;
  /** Sends events to a real account. @default a fake HubSpot on this machine */
  readonly forward?: Forward | undefined;
  /** Is told what changes while it runs. @default console.log */
  readonly say?: (line: string) => void;
}

/** A relay for a site under development. */
export interface Dev {
  readonly inspectorUrl: string;
  readonly relayUrl: string;
  /** The fake's address, which shows what it has; with `forward` that of HubSpot's API. */
  readonly hubspotUrl: string;
  /** The script tag for the site. It makes a visitor where HubSpot's script makes none. */
  readonly snippet: string;
  close(): Promise<void>;
}

const OWN_MACHINE = ['localhost', '127.0.0.1', '[::1]'].flatMap((host) =>
  ['http', 'https'].flatMap((scheme) => [`${scheme}://${host}`, `${scheme}://${host}:*`]),
);

/**
 * Starts a relay with an inspector and, unless events are forwarded, a fake HubSpot: all on the loopback interface, in this
 * process. The outbox is a temporary file.
 * @throws CommandError when the lock cannot be read
 */
export async function startDev(options: DevOptions = {}): Promise<Dev> {
  const { port = 4320, origins = [], lockPath, forward, say = console.log } = options;
  const next = (offset: number) => (port === 0 ? 0 : port + offset);
  refuseWrong(origins);
  const account = await openAccount({ port: next(2), lockPath, forward, say });
  try {
    return await startBeside(account, { port, relayPort: next(1), origins });
  } catch (error) {
    await account.close();
    throw error;
  }
}

/** @throws CommandError before anything is opened */
function refuseWrong(origins: readonly string[]): void {
  const [problem] = origins.flatMap((origin) => originProblem(origin) ?? []);
  if (problem !== undefined) throw new CommandError(`--origin: ${problem}.`);
}

interface Beside {
  readonly port: number;
  readonly relayPort: number;
  readonly origins: readonly string[];
}

async function startBeside(account: Account, { port, relayPort, origins }: Beside): Promise<Dev> {
  const inspector = createInspector(account.fake);
  const { hubId, url, client, policy } = account;
  const relay = await startObservedRelay({
    port: relayPort,
    allowedOrigins: [...OWN_MACHINE, ...origins],
    hubspot: { hubId, url },
    ...(client && { client }),
    policy,
    inspector,
  });
  const relayUrl = onLocalhost(relay.url);
  const hubspotUrl = onLocalhost(url);
  const snippet = `<script async src="${relayUrl}/hubrelay.js" data-hubrelay-mint-visitor></script>`;
  const site = new Hono();
  const server = await listenNear(port, site.fetch);
  const siteUrl = onLocalhost(server.url);
  const addresses = { shop: siteUrl, relay: relayUrl, hubspot: hubspotUrl };
  showAccount(account, siteUrl);
  site
    .get('/', (c) => c.html(devPage({ snippet, hubspotUrl, isForwarded: client !== undefined })))
    .get('/inspector', (c) => c.redirect('/inspector/'))
    .route('/inspector/', inspector.pages({ relay, addresses }));

  return {
    inspectorUrl: `${siteUrl}/inspector/`,
    relayUrl,
    hubspotUrl,
    snippet,
    async close() {
      inspector.close();
      await Promise.all([server.close(), relay.close()]);
      await account.close();
    },
  };
}

function showAccount({ client, fake }: Account, siteUrl: string): void {
  if (client === undefined) showHubSpot(fake, siteUrl);
}

/** `localhost` is what people type; cookies do not look at the port, so site and relay are one site there. */
function onLocalhost(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
