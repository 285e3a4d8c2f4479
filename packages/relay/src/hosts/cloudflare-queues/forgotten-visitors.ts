import type { HubSpotEvent } from '../../hubspot/event.ts';
import type { D1Tables } from './d1-tables.ts';
import { MAX_WAIT_MS } from './put-off.ts';

/** An event on its way, and since when. */
export interface OnItsWay {
  readonly event: HubSpotEvent;
  readonly since: number;
}

/**
 * Visitors whose erasure was asked for. Nobody can reach into a queue, so whoever takes events out of one asks here which of
 * them must go no further: those that were on their way already. What a visitor does later is new.
 */
export interface ForgottenVisitors {
  add(utk: string): Promise<void>;
  /** Finds out in one query for all of them. */
  find(items: readonly OnItsWay[]): Promise<(item: OnItsWay) => boolean>;
  /** Deletes what no queue can hold an event of any more. */
  purge(): Promise<void>;
}

/** No event waits longer in a queue, however long it is put off each time. */
const KEPT_MS = MAX_WAIT_MS + 86_400_000;

export function forgottenVisitors(tables: D1Tables, now: () => number): ForgottenVisitors {
  return {
    async add(utk) {
      await tables.change(
        'INSERT INTO forgotten (visitor, at) VALUES (?, ?) ON CONFLICT (visitor) DO UPDATE SET at = excluded.at',
        await hashOf(utk),
        now(),
      );
    },

    async find(items) {
      const utks = new Set(items.flatMap(({ event }) => event.utk ?? []));
      const hashes = new Map<string, string>();
      for (const utk of utks) hashes.set(await hashOf(utk), utk);
      const rows = await tables.query<{ visitor: string; at: number }>(
        'SELECT visitor, at FROM forgotten WHERE visitor IN (SELECT value FROM json_each(?))',
        JSON.stringify([...hashes.keys()]),
      );
      const forgottenAt = new Map(rows.map(({ visitor, at }) => [hashes.get(visitor), at]));
      return ({ event, since }) => since <= (forgottenAt.get(event.utk) ?? -1);
    },

    purge: async () =>
      void (await tables.change('DELETE FROM forgotten WHERE at < ?', now() - KEPT_MS)),
  };
}

/** The list must not itself remember whom it is about. */
async function hashOf(utk: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(utk));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
