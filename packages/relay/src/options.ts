import { MAX_BODY_BYTES } from '@hubrelay/protocol';
import type { Acceptor } from './accept/acceptor.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Logger, silentLogger } from './log.ts';
import { anyEventPolicy } from './policy/any-event.ts';
import type { Policy } from './policy/policy.ts';
import { createOriginPolicy, type OriginPolicy, originProblem } from './receive/origin-policy.ts';

/** What a relay needs to know. Only `allowedOrigins` and `acceptor` have no default. */
export interface RelayOptions {
  /** Web origins that may send events: `https://www.example.com`, or `https://*.example.com` for all subdomains. */
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
   * Whether events can be taken and delivered, for `GET /readyz`.
   * @default always ready
   */
  readonly readiness?: () => Promise<Readiness>;

  /**
   * Structured log.
   * @default silent
   */
  readonly log?: Logger;

  /** @default the runtime's */
  readonly clock?: Clock;
}

export interface RelayScript {
  /** JavaScript, minified. */
  readonly source: string;
  /** Subresource Integrity of `source`: `sha384-…`. */
  readonly integrity: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** Shown by `/readyz`; holds no secret. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The options with every default filled in; nothing after this is undefined without meaning it. */
export interface ResolvedRelayOptions {
  readonly origins: OriginPolicy;
  readonly acceptor: Acceptor;
  readonly policy: Policy;
  readonly eventsPath: string;
  readonly script: RelayScript | undefined;
  readonly scriptPath: string;
  readonly maxBodyBytes: number;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Options that cannot work. Names every problem at once. */
export class InvalidOptionsError extends Error {
  override readonly name = 'InvalidOptionsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The relay cannot start:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** @throws InvalidOptionsError */
export function resolveRelayOptions(options: RelayOptions): ResolvedRelayOptions {
  const problems = optionProblems(options);
  if (problems.length > 0) throw new InvalidOptionsError(problems);

  return {
    origins: createOriginPolicy(options.allowedOrigins),
    acceptor: options.acceptor,
    policy: options.policy ?? anyEventPolicy(options.hubId),
    eventsPath: options.eventsPath ?? '/v1/events',
    script: options.script,
    scriptPath: options.scriptPath ?? '/hubrelay.js',
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    readiness: options.readiness ?? (async () => ({ ready: true, details: {} })),
    log: options.log ?? silentLogger,
    clock: options.clock ?? systemClock,
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
      `hubId "${options.hubId}" is no Hub ID: digits only, as HubSpot shows it in the account menu`,
    );
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
