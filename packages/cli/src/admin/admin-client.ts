import type {
  DeadLetter,
  DeadPage,
  DeliveredEvent,
  DelivererStatus,
  OutboxStats,
  PageTotals,
  PendingEvent,
  PendingPage,
  Redacted,
  SamplePage,
} from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';

export interface AdminClientOptions {
  /** Of the relay, `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly token: Redacted;
  readonly fetch: typeof fetch;
}

/** Conditions that dead letters must meet, as the relay's admin API takes them. Times are ISO 8601. */
export interface DeadConditions {
  readonly uuids?: readonly string[];
  readonly reason?: string;
  readonly eventName?: string;
  readonly after?: string;
  readonly before?: string;
  readonly all?: true;
}

/** Conditions that pending events must meet. Times are ISO 8601. */
export interface PendingConditions {
  readonly uuids?: readonly string[];
  readonly eventName?: string;
  readonly minAttempts?: number;
  readonly maxAttempts?: number;
  readonly lastStatus?: number | 'none';
  readonly after?: string;
  readonly before?: string;
  readonly all?: true;
}

/** The relay has no event with this uuid where it was asked. */
export class NotFoundError extends CommandError {}

/** The relay's admin API. Every method throws a CommandError that says what to do. */
export interface AdminClient {
  listDead(query: Readonly<Record<string, string>>): Promise<DeadPage>;
  showDead(uuid: string): Promise<DeadLetter>;
  /** @returns how many */
  replay(which: DeadConditions): Promise<number>;
  /** @returns how many */
  purge(which: DeadConditions): Promise<number>;
  listPending(query: Readonly<Record<string, string>>): Promise<PendingPage>;
  showPending(uuid: string): Promise<PendingEvent>;
  /** @returns how many */
  buryPending(which: PendingConditions): Promise<number>;
  /** @returns how many */
  purgePending(which: PendingConditions): Promise<number>;
  /** A random sample of what HubSpot has acknowledged. */
  listDelivered(query: Readonly<Record<string, string>>): Promise<SamplePage>;
  showDelivered(uuid: string): Promise<DeliveredEvent>;
  stats(): Promise<RelayStats>;
  /** Stops delivery until `resume`. */
  pause(): Promise<RelayStats>;
  resume(): Promise<RelayStats>;
  /** Deletes what waits and what is dead of a person. @returns how many */
  forget(person: Readonly<Record<string, string>>): Promise<number>;
}

/** The answer of `GET /admin/v1/stats`. */
export interface RelayStats {
  readonly outbox: OutboxStats;
  readonly delivery: DelivererStatus;
  /** Requests of websites that are not allowed, by origin. */
  readonly refusedOrigins: Readonly<Record<string, number>>;
  /** What pages told of events that wait in them or never arrive, since the relay started. */
  readonly pages: readonly PageTotals[];
}

export function createAdminClient(options: AdminClientOptions): AdminClient {
  const get = (path: string) => call(options, 'GET', path);
  const post = (path: string, body: unknown) => call(options, 'POST', path, body);
  return {
    listDead: async (query) => (await get(`/dead?${new URLSearchParams(query)}`)) as DeadPage,
    showDead: async (uuid) => (await get(`/dead/${encodeURIComponent(uuid)}`)) as DeadLetter,
    replay: async (which) => ((await post('/dead/replay', which)) as { replayed: number }).replayed,
    purge: async (which) => ((await post('/dead/purge', which)) as { purged: number }).purged,
    listPending: async (query) =>
      (await get(`/pending?${new URLSearchParams(query)}`)) as PendingPage,
    showPending: async (uuid) =>
      (await get(`/pending/${encodeURIComponent(uuid)}`)) as PendingEvent,
    buryPending: async (which) =>
      ((await post('/pending/bury', which)) as { buried: number }).buried,
    purgePending: async (which) =>
      ((await post('/pending/purge', which)) as { purged: number }).purged,
    listDelivered: async (query) =>
      (await get(`/delivered?${new URLSearchParams(query)}`)) as SamplePage,
    showDelivered: async (uuid) =>
      (await get(`/delivered/${encodeURIComponent(uuid)}`)) as DeliveredEvent,
    stats: async () => (await get('/stats')) as RelayStats,
    pause: async () => (await post('/pause', undefined)) as RelayStats,
    resume: async () => (await post('/resume', undefined)) as RelayStats,
    forget: async (person) => ((await post('/forget', person)) as { forgotten: number }).forgotten,
  };
}

async function call(
  { url, token, fetch }: AdminClientOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' };
  const request: RequestInit = {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error',
  };
  const response = await fetch(`${url.replace(/\/+$/, '')}/admin/v1${path}`, request).catch(
    (error: Error) => {
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      throw new CommandError(`No relay answers at ${url} (${reason}): set RELAY_URL.`);
    },
  );
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const problem = explain(response.status, answer, url);
  throw (answer as { code?: unknown } | undefined)?.code === 'not_found' && !isMissing(answer)
    ? new NotFoundError(problem)
    : new CommandError(problem);
}

function explain(status: number, answer: unknown, url: string): string {
  const detail = (answer as { detail?: unknown } | undefined)?.detail;
  if (status === 401) {
    return `The relay at ${url} does not take this ADMIN_TOKEN: it must be the one the relay was started with.`;
  }
  if (status === 404 && isMissing(answer)) {
    return `The relay at ${url} has no admin API: start it with ADMIN_TOKEN and with a storage for events.`;
  }
  return typeof detail === 'string' ? detail : `The relay at ${url} answered ${status}.`;
}

/** The relay answers so where there is no such route. */
function isMissing(answer: unknown): boolean {
  const detail = (answer as { detail?: unknown } | undefined)?.detail;
  return typeof detail === 'string' && detail.includes('/admin/v1');
}
