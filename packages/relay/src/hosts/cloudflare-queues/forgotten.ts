import type { HubSpotEvent } from '../../hubspot/event.ts';
import { type ErasureKey, erasureKeysOf } from '../../outbox/erasure.ts';
import type { D1Tables } from './d1-tables.ts';
import { MAX_WAIT_MS } from './put-off.ts';

/** An event on its way, and since when. */
export interface OnItsWay {
  readonly event: HubSpotEvent;
  readonly since: number;
}

/**
 * Whose erasure was asked for. A queue cannot be searched, so what takes events out of one asks here which of them must
 * go no further: those that were on their way already. What comes later is new.
 */
export interface Forgotten {
  add(key: ErasureKey): Promise<void>;
  /** Finds out in one query for all of them. */
  find(items: readonly OnItsWay[]): Promise<(item: OnItsWay) => boolean>;
  /** Deletes what no queue can hold an event of any more. */
  purge(): Promise<void>;
}

/** No event waits longer in a queue, however long it is put off each time. */
const KEPT_MS = MAX_WAIT_MS + 86_400_000;

export function forgottenIn(tables: D1Tables, now: () => number): Forgotten {
  return {
    async add(key) {
      await tables.change(
        'INSERT INTO forgotten (visitor, at) VALUES (?, ?) ON CONFLICT (visitor) DO UPDATE SET at = excluded.at',
        await hashOf(nameOf(key)),
        now(),
      );
    },

    async find(items) {
      const names = new Set(items.flatMap(({ event }) => erasureKeysOf(event).map(nameOf)));
      const hashes = new Map<string, string>();
      for (const name of names) hashes.set(await hashOf(name), name);
      const rows = await tables.query<{ visitor: string; at: number }>(
        'SELECT visitor, at FROM forgotten WHERE visitor IN (SELECT value FROM json_each(?))',
        JSON.stringify([...hashes.keys()]),
      );
      const forgottenAt = new Map(rows.map(({ visitor, at }) => [hashes.get(visitor), at]));
      return ({ event, since }) =>
        erasureKeysOf(event).some((key) => since <= (forgottenAt.get(nameOf(key)) ?? -1));
    },

    purge: async () =>
      void (await tables.change('DELETE FROM forgotten WHERE at < ?', now() - KEPT_MS)),
  };
}

/** A utk stands without its field: so it stood before there were others. */
function nameOf({ field, value }: ErasureKey): string {
  if (field === 'utk') return value;
  return `${field}:${field === 'email' ? value.toLowerCase() : value}`;
}

/** The list must not itself remember whom it is about. */
async function hashOf(name: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
