import { demoDefinitions } from './demo-definitions.ts';
import type { EventDefinition } from './event-definition.ts';
import { defaultSwitches, type Switches } from './switches.ts';

/** May send events. */
export const SEND_SCOPE = 'analytics.behavioral_events.send';
/** May read and write event definitions. */
export const DEFINITIONS_SCOPE = 'behavioral_events.event_definitions.read_write';

/** May read contacts. */
export const CONTACTS_SCOPE = 'crm.objects.contacts.read';
/** May read back events, as the specification has it. */
export const READ_BACK_SCOPE = 'oauth';

/** What the fake takes when it is given nothing else. */
export const demoCredentials = {
  hubId: '1234567',
  /** Has the send scope only. */
  accessToken: 'fake-send-token',
  /** Has the send and the definitions scope. */
  definitionsToken: 'fake-definitions-token',
  /** Reads back events, and the records that they belong to. */
  readBackToken: 'fake-read-back-token',
  clientId: 'fake-client-id',
  clientSecret: 'fake-client-secret',
  refreshToken: 'fake-refresh-token',
} as const;

/** A private-app or service-key token. A bare string stands for a token with the send scope. */
export interface AccessToken {
  readonly token: string;
  /** @default [SEND_SCOPE] */
  readonly scopes?: readonly string[];
  /** Epoch milliseconds by the fake's clock. @default never */
  readonly expiresAt?: number;
}

/** An OAuth app that is installed in the hub. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** @default [] */
  readonly refreshTokens?: readonly string[];
  /** Authorization codes not yet exchanged; each works once. @default [] */
  readonly codes?: readonly string[];
  /** Of the access tokens it gets. @default [SEND_SCOPE, 'oauth'] */
  readonly scopes?: readonly string[];
}

/** A person in the hub's CRM, to whom events can be attached. */
export interface Contact {
  readonly id: string;
  readonly email?: string;
  /** @default [] */
  readonly utks?: readonly string[];
}

/** A record in the hub's CRM that is no contact. */
export interface CrmRecord {
  /** `COMPANY`, `DEAL`, `TICKET`. */
  readonly objectType: string;
  readonly id: string;
}

/** Every field is optional; {@link Switches} are given at the same level. */
export interface FakeHubSpotOptions extends Partial<Switches> {
  /** @default '1234567' */
  readonly hubId?: string | number;
  /** @default a send-only token and one that may also manage definitions, see `demoCredentials` */
  readonly accessTokens?: readonly (string | AccessToken)[];
  /** @default one client, see `demoCredentials` */
  readonly oauthClients?: readonly OAuthClient[];
  /** Lifetime of an OAuth access token. @default 1_800 */
  readonly accessTokenTtlSeconds?: number;
  /** Whether a refresh answers with a new refresh token and forgets the old one. @default false */
  readonly rotateRefreshTokens?: boolean;
  /** `?hapikey=`; HubSpot answers 401 to all of them since 2022-11-30. @default [] */
  readonly hapikeys?: readonly string[];
  /** Values of the `private-app-legacy` header. @default [] */
  readonly privateAppLegacyTokens?: readonly string[];
  /** @default the events of a demo shop */
  readonly definitions?: readonly EventDefinition[];
  /** @default [] */
  readonly contacts?: readonly Contact[];
  /** Records that are no contacts. @default [] */
  readonly records?: readonly CrmRecord[];
  /** Paths that HubSpot has switched off: 404. `/oauth/v1/token` will be one from 2027-02-16. @default [] */
  readonly retiredPaths?: readonly string[];
  /** How many events, duplicates and requests are remembered, each; the oldest go first. 0 keeps none. @default 100_000 */
  readonly journalLimit?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Waits for a fault's `latencyMs`. @default setTimeout */
  readonly sleep?: (ms: number) => Promise<void>;
  /** @default crypto.randomUUID */
  readonly randomUuid?: () => string;
}

/** The options with every default filled in. */
export interface FakeHubSpotConfig {
  readonly hubId: string;
  readonly accessTokens: readonly Required<AccessToken>[];
  readonly oauthClients: readonly Required<OAuthClient>[];
  readonly accessTokenTtlSeconds: number;
  readonly rotateRefreshTokens: boolean;
  readonly hapikeys: readonly string[];
  readonly privateAppLegacyTokens: readonly string[];
  readonly definitions: readonly EventDefinition[];
  readonly contacts: readonly Contact[];
  readonly records: readonly CrmRecord[];
  readonly retiredPaths: readonly string[];
  readonly journalLimit: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly randomUuid: () => string;
  /** Mutable: the fake can be switched while it runs. */
  readonly switches: Switches;
}

export function resolveOptions(options: FakeHubSpotOptions): FakeHubSpotConfig {
  const {
    hubId = demoCredentials.hubId,
    accessTokens = demoTokens,
    oauthClients = demoClients,
  } = options;
  return {
    hubId: String(hubId),
    accessTokens: accessTokens.map(fullToken),
    oauthClients: oauthClients.map(fullClient),
    accessTokenTtlSeconds: options.accessTokenTtlSeconds ?? 1_800,
    rotateRefreshTokens: options.rotateRefreshTokens ?? false,
    hapikeys: options.hapikeys ?? [],
    privateAppLegacyTokens: options.privateAppLegacyTokens ?? [],
    definitions: options.definitions ?? demoDefinitions,
    contacts: options.contacts ?? [],
    records: options.records ?? [],
    retiredPaths: options.retiredPaths ?? [],
    journalLimit: options.journalLimit ?? 100_000,
    now: options.now ?? Date.now,
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    randomUuid: options.randomUuid ?? (() => crypto.randomUUID()),
    switches: resolveSwitches(options),
  };
}

const demoTokens: readonly AccessToken[] = [
  { token: demoCredentials.accessToken },
  { token: demoCredentials.definitionsToken, scopes: [SEND_SCOPE, DEFINITIONS_SCOPE] },
  {
    token: demoCredentials.readBackToken,
    scopes: [
      READ_BACK_SCOPE,
      CONTACTS_SCOPE,
      ...['companies', 'deals', 'tickets'].map((type) => `crm.objects.${type}.read`),
    ],
  },
];

const demoClients: readonly OAuthClient[] = [
  {
    clientId: demoCredentials.clientId,
    clientSecret: demoCredentials.clientSecret,
    refreshTokens: [demoCredentials.refreshToken],
  },
];

function fullToken(given: string | AccessToken): Required<AccessToken> {
  const token = typeof given === 'string' ? { token: given } : given;
  return { scopes: [SEND_SCOPE], expiresAt: Number.POSITIVE_INFINITY, ...token };
}

function fullClient(client: OAuthClient): Required<OAuthClient> {
  return { refreshTokens: [], codes: [], scopes: [SEND_SCOPE, 'oauth'], ...client };
}

function resolveSwitches(options: Partial<Switches>): Switches {
  const given = Object.entries(options).filter(
    ([name, value]) => name in defaultSwitches && value !== undefined,
  );
  return { ...defaultSwitches, ...Object.fromEntries(given) };
}
