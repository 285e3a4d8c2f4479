import { type AcceptedUuids, createAcceptedUuids } from './accepted-uuids.ts';
import type { Answer } from './answer.ts';
import type { RateLimitPolicy } from './errors.ts';
import { type EventDefinition, type KnownEvent, knownEvent } from './event-definition.ts';
import { createFaults, type Faults } from './faults.ts';
import { createJournal, type Journal } from './journal.ts';
import { createOAuthApps, type OAuthApp } from './oauth-apps.ts';
import type { FakeHubSpotConfig } from './options.ts';
import { outage } from './outage.ts';
import { createRateLimit, type RateLimit } from './rate-limit.ts';
import { createTokenStore, type TokenStore } from './token-store.ts';
import type { Rules } from './validate-event.ts';

/** Everything one fake account knows. */
export interface Hub {
  readonly config: FakeHubSpotConfig;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly tokens: TokenStore;
  /** By client id. */
  readonly oauthApps: Map<string, OAuthApp>;
  readonly uuids: AcceptedUuids;
  /** Acknowledged, and never seen again. */
  readonly lost: Set<string>;
  /** By fully qualified name. */
  readonly events: ReadonlyMap<string, KnownEvent>;
  readonly sendLimit: RateLimit;
  readonly callLimit: RateLimit;
  /** Adds a definition, or replaces the one of this name. */
  define(definition: EventDefinition): KnownEvent;
  rules(now: number): Rules;
  outage(status: number, correlationId: string, policyName?: RateLimitPolicy): Answer;
}

export function createHub(config: FakeHubSpotConfig): Hub {
  const { hubId, switches, contacts } = config;
  const events = new Map<string, KnownEvent>();
  const define: Hub['define'] = (definition) => {
    const createdAt = new Date(config.now()).toISOString();
    const event = knownEvent(definition, { hubId, id: String(1_001 + events.size), createdAt });
    events.set(event.fullyQualifiedName, event);
    return event;
  };
  for (const definition of config.definitions) define(definition);
  const utks = new Set(contacts.flatMap((contact) => contact.utks ?? []));
  const isKnownUtk = (utk: string) => utks.has(utk.toLowerCase());
  return {
    config,
    events,
    define,
    journal: createJournal(config.journalLimit),
    faults: createFaults(),
    tokens: createTokenStore(config.accessTokens),
    oauthApps: createOAuthApps(config.oauthClients),
    uuids: createAcceptedUuids(),
    lost: new Set(),
    sendLimit: createRateLimit(1_000, () => switches.maxSendsPerSecond),
    callLimit: createRateLimit(10_000, () => switches.maxCallsPerTenSeconds),
    rules: (now) => ({ hubId, switches, events, isKnownUtk, now }),
    outage: (status, correlationId, policyName) =>
      outage(status, correlationId, switches.rateLimitBody, policyName),
  };
}
