import { Hono } from 'hono';
import { asFetch } from './as-fetch.ts';
import { type Chaos, chaosEffects } from './chaos.ts';
import type { EventDefinition } from './event-definition.ts';
import type { Fault } from './faults.ts';
import { createHub, type Hub } from './hub.ts';
import type { Activity, Counts, Journal } from './journal.ts';
import { type FakeHubSpotOptions, resolveOptions } from './options.ts';
import type { DuplicateEvent, ReceivedEvent, ReceivedRequest } from './received.ts';
import { routes } from './routes.ts';
import { type FakeEnv, runExchange } from './run-exchange.ts';
import type { Switches } from './switches.ts';
import type { StoredToken } from './token-store.ts';

/** A HubSpot account for tests and development, without a network. */
export interface FakeHubSpot {
  readonly hubId: string;
  /** The API itself. A connection fault shows as status 599 here; `fetch` and `startFakeHubSpot` really break. */
  readonly app: Hono<FakeEnv>;
  /** As the global `fetch`, with this account on the other end of every address. */
  readonly fetch: typeof fetch;
  /** The events that were applied, oldest first. */
  received(filter?: (event: ReceivedEvent) => boolean): ReceivedEvent[];
  /**
   * Waits until `n` events were applied since the start or the last `clear()`, or until the predicate holds for them.
   * Rejects after `timeoutMs` (default 60,000) with what had come until then.
   */
  waitFor: Journal['waitFor'];
  /** The events that came again under an accepted uuid. They were not applied. */
  duplicates(): DuplicateEvent[];
  /** Every call, also the refused ones. */
  requests(): ReceivedRequest[];
  /** Totals, which are exact also when the journal is bounded. */
  count(): Counts;
  /** Tokens that the OAuth endpoint issued, and how often each was used. */
  issuedTokens(): StoredToken[];
  /** Lets all of them expire now. */
  expireIssuedTokens(): void;
  /** Makes requests fail. Several faults may be active; each call gives its own undo. */
  fail(fault: Fault): () => void;
  /** Makes a seeded share of the send requests fail; gives its undo. */
  chaos(chaos: Chaos): () => void;
  /** Adds a definition, or replaces the one of this name. */
  define(definition: EventDefinition): void;
  /**
   * Events with these uuids, also those already applied, can never be read back: what happens when HubSpot acknowledges an event
   * and drops it later. `received()` has them.
   */
  lose(...uuids: readonly string[]): void;
  /** What the documentation leaves open, as it is switched now. */
  readonly switches: Readonly<Switches>;
  /** Changes what the documentation leaves open, from now on. */
  change(switches: Partial<Switches>): void;
  /** Hears of every request, event and duplicate as it comes; gives its undo. */
  subscribe(listener: (activity: Activity) => void): () => void;
  /** Forgets events, requests, accepted uuids and faults. Definitions, credentials and switches stay. */
  clear(): void;
}

/** Creates an account that speaks HubSpot's events API as far as it is documented, and no further. */
export function createFakeHubSpot(options: FakeHubSpotOptions = {}): FakeHubSpot {
  const config = resolveOptions(options);
  const hub = createHub(config);
  const { journal, faults, tokens } = hub;
  const app = new Hono<FakeEnv>();
  app.use(runExchange(hub));
  routes(app, hub);

  return {
    hubId: config.hubId,
    app,
    fetch: asFetch(app),
    received: journal.received,
    waitFor: journal.waitFor,
    duplicates: journal.duplicates,
    requests: journal.requests,
    count: journal.count,
    issuedTokens: tokens.issued,
    expireIssuedTokens: () => tokens.expireIssued(config.now()),
    fail: faults.fail,
    chaos: (chaos) => faults.draw(chaosEffects(chaos), chaos.match),
    define: (definition) => void hub.define(definition),
    lose(...uuids) {
      for (const uuid of uuids) hub.lost.add(uuid.toLowerCase());
    },
    switches: config.switches,
    change: (switches) => void Object.assign(config.switches, switches),
    subscribe: journal.subscribe,
    clear: () => clear(hub),
  };
}

function clear({ journal, faults, uuids, lost, sendLimit, callLimit }: Hub): void {
  for (const part of [journal, faults, uuids, lost, sendLimit, callLimit]) part.clear();
}
