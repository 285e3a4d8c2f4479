import { backoffMs, parseRetryAfter, type Redacted } from '@hubrelay/relay';
import { beginningOf } from '../beginning-of.ts';
import { reasonOf } from '../reason-of.ts';
import { type Definition, parsePage } from './definition.ts';
import { explainRefusal } from './explain-refusal.ts';

export interface FetchDefinitionsOptions {
  /** Needs the scope `behavioral_events.event_definitions.read_write`. */
  readonly token: Redacted;
  readonly baseUrl: string;
  /** `v3`, `2026-03` or `2026-09`. */
  readonly apiVersion: string;
  /** Definitions in one answer; HubSpot gives at most 100. */
  readonly pageSize: number;
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  /** Hears how many definitions have come so far. */
  readonly onPage?: (definitions: number) => void;
  /** Hears how long it waits before it asks again, milliseconds. */
  readonly onWait?: (ms: number) => void;
}

export type FetchedDefinitions =
  | { readonly ok: true; readonly definitions: readonly Definition[] }
  | { readonly ok: false; readonly problem: string };

const MAX_TRIES = 5;
const TIMEOUT_MS = 30_000;
/** A person waits at the terminal, so HubSpot's longer waits are told instead of slept through. */
const MAX_WAIT_MS = 60_000;
const BACKOFF = { baseMs: 1_000, maxMs: 15_000 };

/** Reads all event definitions of the account, with their properties, page by page. */
export async function fetchDefinitions(
  options: FetchDefinitionsOptions,
): Promise<FetchedDefinitions> {
  const definitions: Definition[] = [];
  const seen = new Set<string>();
  for (let after = ''; ; ) {
    const got = await getWithRetry(pageUrl(options, after), options);
    if (!got.ok) return got;
    const page = parsePage(got.body);
    if (!page.ok) return failed(`HubSpot's answer is not a list of definitions. ${page.problem}`);
    definitions.push(...page.definitions);
    options.onPage?.(definitions.length);
    if (page.after === undefined) return { ok: true, definitions };
    if (seen.has(page.after)) return failed(`HubSpot gave the page "${page.after}" twice.`);
    after = page.after;
    seen.add(after);
  }
}

function pageUrl({ baseUrl, apiVersion, pageSize }: FetchDefinitionsOptions, after: string) {
  const query = new URLSearchParams({ includeProperties: 'true', limit: String(pageSize) });
  if (after) query.set('after', after);
  return `${baseUrl.replace(/\/+$/, '')}/events/${apiVersion}/event-definitions?${query}`;
}

type Got = { readonly ok: true; readonly body: unknown } | Failed;
type Failed = { readonly ok: false; readonly problem: string };

async function getWithRetry(url: string, options: FetchDefinitionsOptions): Promise<Got> {
  for (let tries = 1; ; tries += 1) {
    const result = await get(url, options);
    if (result.kind === 'body') return { ok: true, body: result.body };
    const waitMs = backoffMs(tries - 1, result.notBeforeMs, options.random, BACKOFF);
    if (!result.retry || tries === MAX_TRIES || waitMs > MAX_WAIT_MS) return failed(result.problem);
    options.onWait?.(waitMs);
    await options.sleep(waitMs);
  }
}

interface Refusal {
  readonly kind: 'refusal';
  readonly problem: string;
  readonly retry: boolean;
  readonly notBeforeMs: number;
}

async function get(
  url: string,
  { token, fetch }: FetchDefinitionsOptions,
): Promise<Refusal | { readonly kind: 'body'; readonly body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
      // A redirect would carry the token to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await beginningOf(response);
    // HubSpot quotes a token that it refuses, and what this command prints may end in the log of a CI.
    const body = parseJson(response.ok ? text : text.replaceAll(token.reveal(), '[redacted]'));
    if (response.ok) return { kind: 'body', body };
    return {
      kind: 'refusal',
      problem: explainRefusal(response.status, body),
      retry: response.status === 429 || response.status === 423 || response.status >= 500,
      notBeforeMs: parseRetryAfter(response.headers.get('retry-after'), Date.now()) ?? 0,
    };
  } catch (error) {
    const problem = `HubSpot cannot be reached at ${new URL(url).origin}: ${reasonOf(error)}.`;
    return { kind: 'refusal', problem, retry: true, notBeforeMs: 0 };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(problem: string): Failed {
  return { ok: false, problem };
}
