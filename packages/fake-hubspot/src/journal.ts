import { createBoundedLog } from './bounded-log.ts';
import type { DuplicateEvent, ReceivedEvent, ReceivedRequest } from './received.ts';

/** Something that just happened at the fake. */
export type Activity =
  | { readonly type: 'request'; readonly request: ReceivedRequest }
  | { readonly type: 'event'; readonly event: ReceivedEvent }
  | { readonly type: 'duplicate'; readonly event: DuplicateEvent };

/** Totals since the start or the last `clear()`. Exact also when the journal is bounded. */
export interface Counts {
  readonly requests: number;
  /** Events applied. */
  readonly events: number;
  readonly duplicates: number;
  /** Requests to the OAuth token endpoint. */
  readonly tokenRequests: number;
}

type EventsPredicate = (events: ReceivedEvent[]) => boolean;

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

/** Remembers what came, and tells those who wait for it. */
export interface Journal {
  addRequest(request: ReceivedRequest): void;
  addEvent(event: ReceivedEvent): void;
  addDuplicate(event: DuplicateEvent): void;
  countTokenRequest(): void;
  /** Lets waiters look again; called once per request, not per event. */
  settle(): void;
  received(filter?: (event: ReceivedEvent) => boolean): ReceivedEvent[];
  duplicates(): DuplicateEvent[];
  requests(): ReceivedRequest[];
  count(): Counts;
  waitFor(
    goal: number | EventsPredicate,
    options?: { timeoutMs?: number },
  ): Promise<ReceivedEvent[]>;
  subscribe(listener: (activity: Activity) => void): () => void;
  clear(): void;
}

const DEFAULT_WAIT_MS = 60_000;

export function createJournal(limit: number): Journal {
  const events = createBoundedLog<ReceivedEvent>(limit);
  const duplicates = createBoundedLog<DuplicateEvent>(limit);
  const requests = createBoundedLog<ReceivedRequest>(limit);
  const listeners = new Set<(activity: Activity) => void>();
  const waiters = new Set<Waiter>();
  let counts = { requests: 0, events: 0, duplicates: 0, tokenRequests: 0 };

  const tell = (activity: Activity) => {
    for (const listener of listeners) listener(activity);
  };

  const received: Journal['received'] = (filter) =>
    filter ? events.entries().filter(filter) : events.entries();

  return {
    addRequest(request) {
      counts.requests++;
      requests.push(request);
      tell({ type: 'request', request });
    },
    addEvent(event) {
      counts.events++;
      events.push(event);
      if (listeners.size > 0) tell({ type: 'event', event });
    },
    addDuplicate(event) {
      counts.duplicates++;
      duplicates.push(event);
      tell({ type: 'duplicate', event });
    },
    countTokenRequest() {
      counts.tokenRequests++;
    },
    settle() {
      for (const waiter of waiters) if (waiter.isDone()) waiter.resolve();
    },
    received,
    duplicates: () => duplicates.entries(),
    requests: () => requests.entries(),
    count: () => ({ ...counts }),
    waitFor(goal, { timeoutMs = DEFAULT_WAIT_MS } = {}) {
      const isDone = () => (typeof goal === 'number' ? counts.events >= goal : goal(received()));
      if (isDone()) return Promise.resolve(received());
      return new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
        };
        const waiter: Waiter = {
          isDone,
          resolve: () => {
            stop();
            resolve(received());
          },
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(notArrived(goal, timeoutMs, counts, requests.entries())));
        }, timeoutMs);
        waiters.add(waiter);
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear() {
      counts = { requests: 0, events: 0, duplicates: 0, tokenRequests: 0 };
      for (const log of [events, duplicates, requests]) log.clear();
    },
  };
}

function notArrived(
  goal: number | EventsPredicate,
  timeoutMs: number,
  counts: Counts,
  requests: readonly ReceivedRequest[],
): string {
  const wanted = typeof goal === 'number' ? `${goal} events` : 'the events waited for';
  const calls = requests
    .slice(-10)
    .map(
      ({ method, path, status, notes }) => `  ${method} ${path} → ${status} ${notes.join('; ')}`,
    );
  return [
    `HubSpot did not get ${wanted} within ${timeoutMs} ms: ${counts.events} applied, ${counts.duplicates} duplicates.`,
    calls.length > 0 ? `The last of ${counts.requests} requests:` : 'There was no request at all.',
    ...calls,
  ].join('\n');
}
