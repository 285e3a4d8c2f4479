import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as script from '@hubrelay/browser/bundle';
import { demoCredentials } from '@hubrelay/fake-hubspot';
import {
  accessToken,
  createDeliverer,
  createHubSpotClient,
  createMetrics,
  createRelay,
  type HubSpotClient,
  lockPolicy,
  outboxAcceptor,
  type Policy,
  Redacted,
} from '@hubrelay/relay';
import { openSqliteOutbox } from '@hubrelay/relay/outbox/sqlite';
import { fetchDefinitions } from '../pull/fetch-definitions.ts';
import { lockOf } from '../pull/lock-of.ts';
import type { Inspector } from './inspector/inspector.ts';
import { observeClient, observeJudgement } from './inspector/observe-hubspot.ts';
import { observeRelay } from './inspector/observe-relay.ts';
import { listenNear } from './listen-near.ts';
import type { ObservedRelay } from './observed-relay.ts';

export interface ObservedRelayOptions {
  readonly port: number;
  readonly allowedOrigins: readonly string[];
  readonly hubspot: { readonly url: string; readonly hubId: string };
  /** @default to the fake, with its token */
  readonly client?: HubSpotClient;
  /** @default what the fake’s definitions allow, as they are at the start */
  readonly policy?: Policy;
  readonly inspector: Pick<Inspector, 'observe' | 'log'>;
}

const DRAIN_MS = 500;

/** A relay with a durable outbox, as one runs it on one machine, watched at every place where an event passes. */
export async function startObservedRelay(options: ObservedRelayOptions): Promise<ObservedRelay> {
  const { hubspot, inspector, allowedOrigins, port } = options;
  const { observe, log } = inspector;
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-demo-'));
  const outbox = await openSqliteOutbox({ path: join(folder, 'outbox.db') });
  const { client = fakeClient(hubspot.url), policy = await pulledPolicy(hubspot.url) } = options;
  const judged = observeJudgement(observe);
  const metrics = createMetrics();
  const deliverer = createDeliverer({
    outbox,
    log,
    client: observeClient(client, observe),
    metrics: {
      ...metrics,
      called(report) {
        metrics.called(report);
        judged(report);
      },
    },
  });
  const relay = createRelay({
    allowedOrigins,
    hubId: hubspot.hubId,
    policy,
    script,
    log,
    acceptor: outboxAcceptor(outbox, { log, wake: deliverer.wake }),
  });
  const server = await listenNear(port, observeRelay(relay.fetch, observe));
  deliverer.start();

  return {
    url: server.url,
    deliverer,
    async replay(uuid) {
      await outbox.replay({ uuids: [uuid] });
      deliverer.wake();
    },
    async close() {
      await server.close();
      await deliverer.stop({ drainMs: DRAIN_MS });
      await outbox.close();
      await rm(folder, { recursive: true });
    },
  };
}

const fakeClient = (baseUrl: string) =>
  createHubSpotClient({ credential: accessToken(demoCredentials.accessToken), baseUrl });

/** What `hubrelay pull` and `EVENTS_LOCK` do on a real site: only what HubSpot defines is let through. */
async function pulledPolicy(hubspotUrl: string): Promise<Policy> {
  const fetched = await fetchDefinitions({
    token: new Redacted(demoCredentials.definitionsToken),
    baseUrl: hubspotUrl,
    apiVersion: 'v3',
    pageSize: 100,
    fetch,
    sleep: (ms) => sleep(ms),
    random: Math.random,
  });
  const made = fetched.ok ? lockOf(fetched.definitions) : fetched;
  if (!made.ok) throw new Error(made.problem);
  return lockPolicy(made.lock);
}
