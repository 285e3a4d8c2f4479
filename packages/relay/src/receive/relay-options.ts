import { MAX_BODY_BYTES } from '@hubrelay/protocol';
import type { Acceptor } from '../accept/acceptor.ts';
import type { Challenge } from '../challenge/challenge.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { InvalidOptionsError } from '../core/invalid-options-error.ts';
import { NULL_ORIGIN, originProblem } from '../http/origin-entry.ts';
import { createOriginPolicy, type OriginPolicy } from '../http/origin-policy.ts';
import { type ReadPeer, unknownPeer } from '../http/peer.ts';
import type { Readiness } from '../http/readiness.ts';
import { createRefusedOrigins, type RefusedOrigins } from '../http/refused-origins.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import type { RelayKey } from '../identity/relay-key.ts';
import type { Limiter } from '../limit/limiter.ts';
import { type Logger, silentLogger } from '../observe/log.ts';
import { scrubbingLogger } from '../observe/scrub.ts';
import type { RejectedEvent } from '../outbox/outbox.ts';
import { anyEventPolicy } from '../policy/any-event.ts';
import type { Policy } from '../policy/policy.ts';
import type { RelayScript } from '../script/relay-script.ts';
import type { Enrichment } from './enrich.ts';
import { createRefusalLog, type NoteRefusal } from './note-refusal.ts';
import { createPageReports, type PageReports } from './page-reports.ts';
import { meterTally, type Tally } from './tally.ts';

/** What a relay needs to know. Only `allowedOrigins` and `acceptor` have no default. */
export interface RelayOptions {
  /**
   * Web origins that may send events: `https://www.example.com`, or `https://*.example.com` for all subdomains, or
   * `http://localhost:*` for any port of the developer's machine, or `null` for
   * frames without an origin, whose events need an identity.
   */
  readonly allowedOrigins: readonly string[];

  /** Who takes responsibility for events: `directAcceptor(…)`, `outboxAcceptor(…)` or a host's own. */
  readonly acceptor: Acceptor;

  /**
   * The HubSpot account, digits. Short event names are qualified with it.
   * @default none: only fully qualified names are accepted
   */
  readonly hubId?: string;

  /**
   * Which events and properties are let through.
   * @default every well-formed event
   */
  readonly policy?: Policy;

  /**
   * What the host knows of a request: the client's address and place. Limits by address need it.
   * @default nothing is known
   */
  readonly peer?: ReadPeer;

  /**
   * What is added to a page's events from its request: `place` (`hs_city`, `hs_region`, `hs_country`, where the platform
   * tells it) and `user_agent` (`hs_user_agent`).
   * @default nothing
   */
  readonly enrich?: readonly Enrichment[];

  /**
   * Proves who a visitor is by what your backend signed: `jwtVerifier(…)`.
   * @default none: visitors are known by their utk alone
   */
  readonly identity?: IdentityVerifier;

  /**
   * Takes events only with a valid identity.
   * @default false: without one they are the visitor's
   */
  readonly requireIdentity?: boolean;

  /**
   * How much an address (in requests) and a visitor (in events) may send.
   * @default no limits
   */
  readonly limits?: RelayLimits;

  /**
   * Asks for proof of a person, for chosen events.
   * @default none
   */
  readonly challenge?: Challenge;

  /**
   * Refuses clients that say they are bots.
   * @default false
   */
  readonly refuseBots?: boolean;

  /**
   * Where events are posted.
   * @default '/v1/events'
   */
  readonly eventsPath?: string;

  /**
   * The browser bundle to serve, from `@hubrelay/browser/bundle`.
   * @default none: nothing is served
   */
  readonly script?: RelayScript;

  /**
   * Where the bundle is served. Ad-block lists go by well-known file names; the name is yours to choose.
   * @default '/hubrelay.js'
   */
  readonly scriptPath?: string;

  /**
   * Largest request body, bytes.
   * @default 65,536: the most a browser sends with keepalive
   */
  readonly maxBodyBytes?: number;

  /**
   * Servers that may send events by HubSpot's own API, `POST /events/v3/send[/batch]`, through this relay.
   * @default none: those paths are not there
   */
  readonly relayKeys?: readonly RelayKey[] | (() => readonly RelayKey[]);

  /**
   * Largest body of such a call, bytes.
   * @default 10_485_760 (10 MiB): HubSpot's 500 events, with room
   */
  readonly maxSenderBodyBytes?: number;

  /**
   * Whether events can be taken and delivered, for `GET /readyz`.
   * @default always ready
   */
  readonly readiness?: () => Promise<Readiness>;

  /**
   * Gets events that the policy refused, so that they can be sent after the policy has been corrected. Must not reject. Where the
   * runtime stops with the answer it returns a promise, which the answer then waits for.
   * @default they are forgotten
   */
  readonly keepRejected?: KeepRejected;

  /**
   * Counts what is received, accepted, refused and left out.
   * @default counters of the global OpenTelemetry meter
   */
  readonly tally?: Tally;

  /**
   * Counts the origins that are not on the list.
   * @default a counter without readers
   */
  readonly refusedOrigins?: RefusedOrigins;

  /**
   * Adds up what pages tell of events that wait in them.
   * @default counters of the global OpenTelemetry meter
   */
  readonly pageReports?: PageReports;

  /**
   * Structured log.
   * @default silent
   */
  readonly log?: Logger;

  /** @default the runtime's */
  readonly clock?: Clock;
}

export type KeepRejected = (events: readonly RejectedEvent[]) => void | Promise<void>;

export interface RelayLimits {
  /** Points are requests. */
  readonly address?: Limiter;
  /** Points are events. */
  readonly visitor?: Limiter;
}

/** The options with every default filled in; nothing after this is undefined without meaning it. */
export interface ResolvedRelayOptions {
  readonly origins: OriginPolicy;
  readonly acceptor: Acceptor;
  readonly policy: Policy;
  readonly peer: ReadPeer;
  readonly enrich: readonly Enrichment[];
  readonly identity: IdentityVerifier | undefined;
  readonly requireIdentity: boolean;
  readonly limits: RelayLimits;
  readonly challenge: Challenge | undefined;
  readonly refuseBots: boolean;
  readonly eventsPath: string;
  readonly script: RelayScript | undefined;
  readonly scriptPath: string;
  readonly maxBodyBytes: number;
  /** Undefined where no server may send. */
  readonly keys: (() => readonly RelayKey[]) | undefined;
  readonly maxSenderBodyBytes: number;
  readonly readiness: () => Promise<Readiness>;
  readonly keepRejected: KeepRejected | undefined;
  readonly anyEvent: Policy;
  readonly tally: Tally;
  readonly refusedOrigins: RefusedOrigins;
  readonly pageReports: PageReports;
  readonly log: Logger;
  readonly noteRefusal: NoteRefusal;
  readonly clock: Clock;
}

/** @throws InvalidOptionsError */
export function resolveRelayOptions(options: RelayOptions): ResolvedRelayOptions {
  const problems = optionProblems(options);
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  const log = scrubbingLogger(options.log ?? silentLogger);
  const clock = options.clock ?? systemClock;

  return {
    origins: createOriginPolicy(options.allowedOrigins),
    acceptor: options.acceptor,
    policy: options.policy ?? anyEventPolicy(options.hubId),
    peer: options.peer ?? unknownPeer,
    enrich: options.enrich ?? [],
    identity: options.identity,
    requireIdentity: options.requireIdentity ?? false,
    limits: options.limits ?? {},
    challenge: options.challenge,
    refuseBots: options.refuseBots ?? false,
    eventsPath: options.eventsPath ?? '/v1/events',
    script: options.script,
    scriptPath: options.scriptPath ?? '/hubrelay.js',
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    keys: keysOf(options.relayKeys ?? []),
    maxSenderBodyBytes: options.maxSenderBodyBytes ?? 10 * 2 ** 20,
    readiness: options.readiness ?? (async () => ({ ready: true, details: {} })),
    keepRejected: options.keepRejected,
    anyEvent: anyEventPolicy(options.hubId, options.policy?.serverOnly),
    tally: options.tally ?? meterTally(),
    refusedOrigins: options.refusedOrigins ?? createRefusedOrigins(),
    pageReports: options.pageReports ?? createPageReports(options.allowedOrigins),
    log,
    noteRefusal: createRefusalLog(log, clock),
    clock,
  };
}

function optionProblems(options: RelayOptions): string[] {
  const problems = options.allowedOrigins.flatMap((origin) => originProblem(origin) ?? []);
  if (options.allowedOrigins.length === 0) {
    problems.push(
      'allowedOrigins is empty: name the websites that may send events, such as https://www.example.com',
    );
  }
  if (options.hubId !== undefined && !/^\d{1,20}$/.test(options.hubId)) {
    problems.push(
      `hubId "${options.hubId}" is not a Hub ID: digits only, as HubSpot shows it in the account menu`,
    );
  }
  if (options.allowedOrigins.includes(NULL_ORIGIN) && !options.identity) {
    problems.push('allowedOrigins has "null", which any website can send: it needs identity');
  }
  if (options.requireIdentity && !options.identity) {
    problems.push('requireIdentity needs identity: without keys no identity can be verified');
  }
  for (const [name, path] of Object.entries({
    eventsPath: options.eventsPath,
    scriptPath: options.scriptPath,
  })) {
    if (path !== undefined && !path.startsWith('/'))
      problems.push(`${name} "${path}" must start with "/"`);
  }
  return problems;
}

function keysOf(keys: readonly RelayKey[] | (() => readonly RelayKey[])) {
  if (typeof keys === 'function') return keys;
  return keys.length > 0 ? () => keys : undefined;
}
