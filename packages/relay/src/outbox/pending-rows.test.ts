import { expect, test } from 'vitest';
import { pageOfPending, sumOverPending } from './pending-rows.ts';

const row = (seq: number) => ({
  seq,
  event: JSON.stringify({ uuid: String(seq) }),
  attempts: 0,
  suspicion: 0,
  may_have_arrived: 0,
  enqueued_at: 0,
  due_at: 0,
  error: null,
  is_claimed: 0,
});

test('a page that finds nothing among many events ends, and says where to go on', async () => {
  let looks = 0;
  const page = await pageOfPending({ limit: 10 }, async (after) => {
    looks += 1;
    return { found: [], last: after + 5_000 };
  });
  expect(page).toEqual({ items: [], next: '100000' });
  expect(looks).toBe(20);
});

test('what it has found until then is in it', async () => {
  const found = new Map([[5_000, [row(5_007)]]]);
  const look = async (after: number) => ({ found: found.get(after) ?? [], last: after + 5_000 });
  const page = await pageOfPending({ limit: 10 }, look);
  expect(page.items.map(({ event }) => event.uuid)).toEqual(['5007']);
  expect(page.next).toBe('100000');
});

test('a full page goes on behind its last event, and the last one nowhere', async () => {
  const rows = [1, 2, 3].map(row);
  const look = async (after: number, limit: number) => {
    const found = rows.filter(({ seq }) => seq > after).slice(0, limit);
    return { found, last: found.length < limit ? null : (found.at(-1)?.seq ?? null) };
  };
  expect(await pageOfPending({ limit: 2 }, look)).toMatchObject({ next: '2' });
  const last = await pageOfPending({ limit: 2, cursor: '2' }, look);
  expect(last.items).toHaveLength(1);
  expect(last.next).toBeUndefined();
});

test('an order ends though events go on coming as fast as it looks', async () => {
  const done = await sumOverPending(12_000, async (after) => ({ found: 1, last: after + 5_000 }));
  expect(done).toBe(3);
});
