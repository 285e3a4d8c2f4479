import { randomUUID } from 'node:crypto';
import { isRefused, isTaken, type Question } from './finding.ts';
import type { ProbeAccount } from './probe-account.ts';
import { short } from './send-questions.ts';

export interface ReadOptions {
  /** How long an event is waited for, milliseconds. */
  readonly waitMs: number;
  /** Whether the account's ten-second limit may be used up. */
  readonly spendsLimit: boolean;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
  /** Nothing is waited for after it. */
  readonly signal: AbortSignal;
}

interface Listed {
  readonly id: string;
  readonly properties: Readonly<Record<string, string>>;
}

const LOOK_MS = 10_000;
/** More than any account is known to have in ten seconds. */
const MOST_CALLS = 260;

/** Questions that need the event occurrences API, and the limits that its answers tell. */
export function readQuestions(account: ProbeAccount, options: ReadOptions): readonly Question[] {
  const { event, send, sendBatch, identity } = account;
  const { waitMs, spendsLimit } = options;
  const isReadable = 'email' in identity;
  const marker = randomUUID();
  const uuid = randomUUID();

  return [
    {
      decides: 'readBackDelayMs',
      question: 'How long until an event can be read back',
      async ask() {
        if (!isReadable) return { seen: NO_CONTACT };
        await send('an event to read back', event({ uuid, properties: { text: marker } }));
        const found = await waitFor(account, marker, options);
        return found
          ? { value: found.afterMs, seen: `after ${Math.round(found.afterMs / 1000)} s at most` }
          : { seen: `not within ${Math.round(waitMs / 1000)} s` };
      },
    },
    {
      decides: 'occurrenceId',
      question: 'Whether an event that is read back has its uuid as id',
      async ask({ readBackDelayMs }) {
        if (readBackDelayMs === undefined) return { seen: 'nothing was read back' };
        const [found] = await listed(account, marker);
        if (!found) return { seen: 'it is not listed any more' };
        const isUuid = found.id.toLowerCase() === uuid;
        return { value: isUuid ? 'uuid' : 'other', seen: isUuid ? 'it has' : `no: ${found.id}` };
      },
    },
    {
      decides: 'badItem',
      question: 'A batch of one good and one bad event',
      async ask({ duplicateUuid, readBackDelayMs }) {
        const text = randomUUID();
        const good = event({ properties: { text } });
        const bad = event({ email: 'not an address', utk: undefined });
        const answer = await sendBatch('a good and a bad event', [good, bad]);
        const seen = short(answer);
        if (!isRefused(answer.status)) return { seen: `${seen}; the batch was not refused` };
        if (duplicateUuid !== undefined && duplicateUuid !== 204) {
          const again = await send('the good event again, alone', good);
          const isThere = again.status === duplicateUuid;
          if (isThere) return { value: 'partial', seen: `${seen}; the good event was taken` };
          if (isTaken(again.status)) return { value: 'atomic', seen: `${seen}; nothing was taken` };
          return { seen: `${seen}; again: ${short(again)}` };
        }
        if (readBackDelayMs === undefined) return { seen: `${seen}; ${NO_WITNESS}` };
        const found = await waitFor(account, text, options);
        return found
          ? { value: 'partial', seen: `${seen}; the good event was taken` }
          : { value: 'atomic', seen: `${seen}; the good event is not listed` };
      },
    },
    {
      decides: 'maxCallsPerTenSeconds',
      question: 'The limit on ordinary calls, as headers tell it',
      async ask() {
        const { headers } = await look(account);
        const max = Number(headers['x-hubspot-ratelimit-max']);
        const told = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        const seen = told.join(', ') || 'no header tells it';
        const isTenSeconds = headers['x-hubspot-ratelimit-interval-milliseconds'] === '10000';
        return max > 0 && isTenSeconds ? { value: max, seen } : { seen };
      },
    },
    {
      decides: 'rateLimitBody',
      question: 'The shape of a 429',
      async ask() {
        if (!spendsLimit)
          return { seen: 'not asked: --rate-limit uses up ten seconds of the limit' };
        for (let calls = 0; calls < MOST_CALLS; calls += 20) {
          const answers = await Promise.all(Array.from({ length: 20 }, () => look(account)));
          const limited = answers.find(({ status }) => status === 429);
          if (limited) return { ...shapeOf(limited.body), seen: limited.said };
        }
        return { seen: `no 429 in ${MOST_CALLS} calls` };
      },
    },
  ];
}

const NO_CONTACT =
  'not asked: --email names no contact, and only events of contacts can be read back';
const NO_WITNESS =
  'duplicates are taken in silence and nothing can be read back, so it is not known whether the good event was taken';

function shapeOf(body: unknown): { readonly value?: string } {
  const fields = (body ?? {}) as Record<string, unknown>;
  if (fields.category === 'RATE_LIMITS') return { value: 'category' };
  if ('groupName' in fields) return { value: 'recorded' };
  return 'errorType' in fields ? { value: 'documented' } : {};
}

function look({ call, version }: ProbeAccount) {
  return call({
    what: 'a look at the limits',
    method: 'GET',
    path: `${occurrencesPath(version)}/event-types`,
  });
}

async function waitFor(
  account: ProbeAccount,
  text: string,
  { waitMs, sleep, now, signal }: ReadOptions,
): Promise<{ readonly afterMs: number } | undefined> {
  const start = now();
  for (;;) {
    const found = await listed(account, text);
    if (found.length > 0) return { afterMs: now() - start };
    if (signal.aborted || now() - start >= waitMs) return undefined;
    await sleep(LOOK_MS);
  }
}

async function listed(
  { call, version, contactEvent }: ProbeAccount,
  text: string,
): Promise<readonly Listed[]> {
  const query = new URLSearchParams({ eventType: contactEvent, limit: '100' });
  const answer = await call({
    what: 'reading back',
    method: 'GET',
    path: `${occurrencesPath(version)}?${query}`,
  });
  const { results } = (answer.body ?? {}) as { results?: unknown };
  const all = Array.isArray(results) ? (results as Listed[]) : [];
  return all.filter((one) => one.properties?.text === text);
}

function occurrencesPath(version: string): string {
  return version === 'v3' ? '/events/v3/events' : `/events/event-occurrences/${version}`;
}
