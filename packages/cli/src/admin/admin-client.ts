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
  StepHistory,
  TailPage,
} from '@hubrelay/relay';
import { beginningOf, MOST_CHARS } from '../beginning-of.ts';
import { CommandError } from '../cli-command.ts';
import { oneLine } from '../one-line.ts';
import { parseObject } from '../parse-object.ts';
import { reasonOf } from '../reason-of.ts';

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
  /** What happened to an event, as far as this relay remembers. */
  history(uuid: string): Promise<StepHistory>;
  /** What happened to events after a cursor. */
  tail(query: Readonly<Record<string, string>>): Promise<TailPage>;
  stats(): Promise<RelayStats>;
  /** Stops delivery until `resume`. */
  pause(): Promise<RelayStats>;
  resume(): Promise<RelayStats>;
  /** Deletes what waits and what is dead of a person. @returns how many */
  forget(person: Readonly<Record<string, string>>): Promise<number>;
}

/** Not known where a queue of the platform is the outbox: on Cloudflare Workers. */
type Counted = 'accepted' | 'claimed' | 'delivered' | 'removed';

/** The answer of `GET /admin/v1/stats`. A Worker tells of its outbox only. */
export interface RelayStats {
  readonly outbox: Omit<OutboxStats, Counted> & Partial<Pick<OutboxStats, Counted>>;
  readonly delivery?: DelivererStatus;
  /** HubSpot refused the key when the relay asked last, and no event was delivered since. */
  readonly key?: 'refused';
  /** Requests of websites that are not allowed, by origin. */
  readonly refusedOrigins?: Readonly<Record<string, number>>;
  /** What pages told of events that wait in them or never arrive, since the relay started. */
  readonly pages?: readonly PageTotals[];
}

export function createAdminClient(options: AdminClientOptions): AdminClient {
  /** @param field that the answer has when it is a relay's */
  const get = <Field extends string>(path: string, field: Field) =>
    call(options, 'GET', path, field);
  const post = <Field extends string>(path: string, field: Field, body?: unknown) =>
    call(options, 'POST', path, field, body);
  const count = async <Field extends string>(path: string, field: Field, body: unknown) =>
    Number((await post(path, field, body))[field]);
  const one = (list: string, uuid: string) => get(`/${list}/${encodeURIComponent(uuid)}`, 'event');
  const page = (list: string, query: Readonly<Record<string, string>>) =>
    get(`/${list}?${new URLSearchParams(query)}`, 'items');
  return {
    listDead: async (query) => (await page('dead', query)) as unknown as DeadPage,
    showDead: async (uuid) => (await one('dead', uuid)) as unknown as DeadLetter,
    replay: (which) => count('/dead/replay', 'replayed', which),
    purge: (which) => count('/dead/purge', 'purged', which),
    listPending: async (query) => (await page('pending', query)) as unknown as PendingPage,
    showPending: async (uuid) => (await one('pending', uuid)) as unknown as PendingEvent,
    buryPending: (which) => count('/pending/bury', 'buried', which),
    purgePending: (which) => count('/pending/purge', 'purged', which),
    listDelivered: async (query) => (await page('delivered', query)) as unknown as SamplePage,
    showDelivered: async (uuid) => (await one('delivered', uuid)) as unknown as DeliveredEvent,
    history: async (uuid) =>
      (await get(`/history/${encodeURIComponent(uuid)}`, 'items')) as unknown as StepHistory,
    tail: async (query) => (await page('tail', query)) as unknown as TailPage,
    stats: async () => (await get('/stats', 'outbox')) as unknown as RelayStats,
    pause: async () => (await post('/pause', 'outbox')) as unknown as RelayStats,
    resume: async () => (await post('/resume', 'outbox')) as unknown as RelayStats,
    forget: (person) => count('/forget', 'forgotten', person),
  };
}

/** A long replay or purge is one call. */
const TIMEOUT_MS = 600_000;

async function call<Field extends string>(
  { url, token, fetch }: AdminClientOptions,
  method: string,
  path: string,
  field: Field,
  body?: unknown,
): Promise<Readonly<Record<Field, unknown>>> {
  const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' };
  const request: RequestInit = {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  const silent = (error: unknown) => {
    throw new CommandError(`No relay answers at ${url} (${reasonOf(error)}): set RELAY_URL.`);
  };
  const response = await fetch(`${url.replace(/\/+$/, '')}/admin/v1${path}`, request).catch(silent);
  const text = await beginningOf(response).catch(silent);
  if (text.length >= MOST_CHARS)
    throw new CommandError(
      `What answers at ${url} is not a relay: its answer has no end. Set RELAY_URL.`,
    );
  // What is not a relay may quote what it was sent.
  const answer = parseObject(text.replaceAll(token.reveal(), '[redacted]'));
  if (response.ok) {
    if (Object.hasOwn(answer, field)) return answer as Readonly<Record<Field, unknown>>;
    throw new CommandError(`What answers at ${url} is not a relay: set RELAY_URL.`);
  }
  const problem = explain(response.status, answer, url);
  throw answer.code === 'not_found' && !isMissing(answer)
    ? new NotFoundError(problem)
    : new CommandError(problem);
}

type Answer = Readonly<Record<string, unknown>>;

function explain(status: number, answer: Answer, url: string): string {
  const { detail } = answer;
  if (status === 401) {
    return `The relay at ${url} does not take this ADMIN_TOKEN: it must be the one the relay was started with.`;
  }
  if (status === 404 && isMissing(answer)) {
    return `The relay at ${url} has no admin API: start it with ADMIN_TOKEN and with a storage for events.`;
  }
  return typeof detail === 'string' ? oneLine(detail) : `The relay at ${url} answered ${status}.`;
}

/** The relay answers so where there is no such route. */
function isMissing({ detail }: Answer): boolean {
  return typeof detail === 'string' && detail.includes('/admin/v1');
}
