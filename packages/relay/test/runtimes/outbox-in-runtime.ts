// Uses a SQLite outbox in whatever runtime this is started with, and writes what it saw. Arguments: the file, `thread` or not.
import process from 'node:process';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';

const [path = '', mode] = process.argv.slice(2);
const open = () => openSqliteOutbox({ path, thread: mode === 'thread' });
const event = (n: number) => ({
  uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  eventName: 'pe1_signup',
  properties: { note: 'grüße 👋 \u0000' },
  occurredAt: '2026-01-01T00:00:00.000Z',
  utk: (n % 2 ? 'a' : 'b').repeat(32),
});
const events = Array.from({ length: 100 }, (_, n) => event(n));
const claimOf = (maxEvents: number) => ({ maxEvents, maxBytes: 1e6, leaseMs: 60_000 });

const first = await open();
const racing = await Promise.all(events.map((_, n) => first.enqueue(events.slice(n / 2))));
const claims = await first.claim(claimOf(10));
await first.ack(claims);
await first.bury(await first.claim(claimOf(10)), 'refused_by_hubspot', { status: 400 });
const refused = await openSqliteOutbox({ path, lockTimeoutMs: 0 }).catch((error) => error.message);
await first.close();

const second = await open();
const resent = await second.enqueue(events);
const replayed = await second.replay({ uuids: [event(10).uuid, event(11).uuid] });
const forgotten = await second.forget({ field: 'utk', value: 'a'.repeat(32) });
const { items } = await second.listDead({ limit: 1 });
const stats = await second.stats();
await second.close();
console.log(
  JSON.stringify({
    stored: racing.reduce((sum, { stored }) => sum + stored, 0),
    same: JSON.stringify(claims[0]?.event) === JSON.stringify(event(0)),
    refused: /Another process has it open/.test(refused),
    resent,
    replayed,
    forgotten,
    deadError: items[0]?.error,
    counts: [stats.accepted, stats.delivered, stats.dead, stats.pending, stats.removed],
  }),
);
