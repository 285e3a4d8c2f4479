import type { Context, Hono } from 'hono';
import { problem } from '../http/problem.ts';
import type { ErasureKey } from '../outbox/erasure.ts';
import type { DeadLetterStore } from '../outbox/outbox.ts';
import { MOST_OF_A_UUID, oneOf, uuidsOf, withFullName } from './conditions.ts';
import { parseOrder, parseQuery } from './dead-filter.ts';
import { parseErasure } from './parse-erasure.ts';
import { readJson } from './read-json.ts';

export interface DeadLetterRoutesOptions {
  /** For short event names. */
  readonly hubId?: string | undefined;
  /** Is told how many. */
  readonly onReplay: (events: number) => void;
  /** Events of this person are remembered elsewhere, too. */
  readonly onForget?: (key: ErasureKey) => void;
}

/** The routes that need nothing but the dead letters, so that hosts without an outbox of ours have them too. */
export function addDeadLetterRoutes(
  admin: Hono,
  deadLetters: DeadLetterStore,
  { hubId, onReplay, onForget }: DeadLetterRoutesOptions,
): void {
  const readOrder = async (c: Context) => withFullName(parseOrder(await readJson(c)), hubId);

  admin.get('/dead', async (c) => {
    const query = withFullName(parseQuery(c.req.query()), hubId);
    return query.ok ? c.json(await deadLetters.listDead(query.value)) : refuse(query.problem);
  });
  admin.get('/dead/:uuid', async (c) => {
    const uuid = c.req.param('uuid');
    const { items } = await deadLetters.listDead({ uuids: uuidsOf(uuid), limit: MOST_OF_A_UUID });
    const letter = oneOf(items, uuid);
    return letter ? c.json(letter) : problem('not_found', 'No dead letter has this uuid.');
  });
  admin.post('/dead/replay', async (c) => {
    const order = await readOrder(c);
    if (!order.ok) return refuse(order.problem);
    const replayed = await deadLetters.replay(order.value);
    onReplay(replayed);
    return c.json({ replayed });
  });
  admin.post('/dead/purge', async (c) => {
    const order = await readOrder(c);
    return order.ok
      ? c.json({ purged: await deadLetters.purge(order.value) })
      : refuse(order.problem);
  });

  admin.post('/forget', async (c) => {
    const keys = parseErasure(await readJson(c));
    if (!keys.ok) return refuse(keys.problem);
    let forgotten = 0;
    for (const key of keys.value) {
      onForget?.(key);
      forgotten += await deadLetters.forget(key);
    }
    return c.json({ forgotten });
  });
}

const refuse = (detail: string) => problem('invalid_order', detail);
