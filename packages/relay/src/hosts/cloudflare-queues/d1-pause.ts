import type { Acceptor } from '../../accept/acceptor.ts';
import type { D1Tables } from './d1-tables.ts';

/** An operator's pause: a row in D1 that the consumer asks for with every batch. */
export interface D1Pause {
  /** Undefined when there is none. */
  since(): Promise<number | undefined>;
  begin(): Promise<void>;
  end(): Promise<void>;
}

export function d1Pause(tables: D1Tables, now: () => number): D1Pause {
  return {
    async since() {
      const [row] = await tables.query<{ since: number }>('SELECT since FROM pause');
      return row?.since;
    },
    async begin() {
      await tables.change('INSERT INTO pause VALUES (1, ?) ON CONFLICT DO NOTHING', now());
    },
    async end() {
      await tables.change('DELETE FROM pause');
    },
  };
}

const RETRY_AFTER_MS = 300_000;

/** What delivers at once has nowhere to keep events: in a pause their senders keep them. */
export function unlessPaused(acceptor: Acceptor, pause: D1Pause): Acceptor {
  return {
    async accept(events) {
      if ((await pause.since()) === undefined) return acceptor.accept(events);
      return { kind: 'not_now', reason: 'hubspot_unavailable', retryAfterMs: RETRY_AFTER_MS };
    },
  };
}
