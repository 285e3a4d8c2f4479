import { expect, test } from 'vitest';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { Redacted } from '../core/redacted.ts';
import { createDeliveredSample } from '../delivery/delivered-sample.ts';
import type { Deliverer } from '../delivery/deliverer.ts';
import { createStepLog } from '../delivery/step-log.ts';
import { createRefusedOrigins } from '../http/refused-origins.ts';
import { silentLogger } from '../observe/log.ts';
import { createPageReports } from '../receive/page-reports.ts';
import { createAdmin } from './create-admin.ts';

const TOKEN = 'an-admin-token-of-the-tests';

function setUp() {
  const woken: string[] = [];
  const wake = () => void woken.push('woken');
  const deliverer = { wake, status: () => ({ lane: 'open' }) } as unknown as Deliverer;
  const refusedOrigins = createRefusedOrigins();
  const pageReports = createPageReports(['https://www.example.com']);
  const outbox = createMemoryOutbox({ clock: Date.now });
  const token = new Redacted(TOKEN);
  const lines: object[] = [];
  const warn = (fields: object) => void lines.push(fields);
  const log = { ...silentLogger, warn };
  const delivered = createDeliveredSample({ steps: createStepLog() });
  const admin = createAdmin({
    ...{ outbox, deliverer, delivered, refusedOrigins, pageReports, token, log, hubId: '1' },
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await admin.request(path, { headers, ...init })).json();
  };
  return { admin, ask, lines, woken, refusedOrigins, pageReports, delivered };
}

test('calls without the token are logged, and not one by one', async () => {
  const { admin, lines } = setUp();
  for (const authorization of ['', 'Bearer guess', 'Bearer guess-again', 'Basic x']) {
    const answer = await admin.request('/stats', {
      headers: authorization ? { authorization } : {},
    });
    expect((await answer.json()).code).toBe('admin_token_required');
  }
  expect(lines).toEqual([
    { reason: 'missing', times: 1 },
    { reason: 'wrong', times: 1 },
  ]);
});

test('a replay is delivered at once: the delivery is told of it', async () => {
  const { ask, woken } = setUp();
  expect(await ask('/dead/replay', { all: true })).toEqual({ replayed: 0 });
  expect(woken).toEqual(['woken']);
});

test('the statistics name the origins that were refused', async () => {
  const { ask, refusedOrigins } = setUp();
  refusedOrigins.count('https://forgotten.example');
  expect(await ask('/stats')).toMatchObject({
    refusedOrigins: { 'https://forgotten.example': 1 },
  });
});

test('the statistics tell what waits in pages', async () => {
  const { ask, pageReports } = setUp();
  const origin = 'https://www.example.com';
  pageReports.add(origin, { waiting: { no_visitor: 100 }, dropped: {}, oldestMs: 12_000 });
  pageReports.add(origin, { waiting: {}, dropped: { expired: 3 } });
  expect(await ask('/stats')).toMatchObject({
    pages: [
      { state: 'waiting', reason: 'no_visitor', origin, events: 100, oldestMs: 12_000 },
      { state: 'dropped', reason: 'expired', origin, events: 3 },
    ],
  });
});

const ADA = { uuid: '0199aaaa-0000-7000-8000-000000000001', email: 'ada@example.com' };

test('tells what was delivered, and forgets it with the person', async () => {
  const { ask, delivered } = setUp();
  const event = { ...ADA, eventName: 'pe1_signup', properties: {}, occurredAt: '' };
  delivered.add([JSON.stringify(event)], 1_764_000_000_000);
  expect(await ask('/delivered?after=2020-01-01T00:00:00Z&limit=5')).toMatchObject({
    items: [{ event, deliveredAt: 1_764_000_000_000 }],
    delivered: 1,
  });
  expect(await ask(`/delivered/${ADA.uuid}`)).toMatchObject({ event });
  await ask('/forget', { email: ADA.email });
  expect(await ask(`/delivered/${ADA.uuid}`)).toMatchObject({ code: 'not_found' });
  expect(await ask('/delivered?limit=0')).toMatchObject({ code: 'invalid_order' });
});

test('the way of the last events is told, also by the short name, and orders are steps of it', async () => {
  const { ask, delivered } = setUp();
  const event = { ...ADA, eventName: 'pe1_signup', properties: {}, occurredAt: '' };
  delivered.steps.accepted([event], false);
  expect(await ask(`/history/${ADA.uuid}`)).toMatchObject({
    items: [{ outcome: 'accepted', uuid: ADA.uuid, eventName: 'pe1_signup' }],
    since: expect.any(Number),
    bounds: { events: 10_000, bytes: 8_000_000 },
  });
  const told = await ask('/tail?after=0&eventName=signup&outcome=accepted');
  expect(told).toMatchObject({ items: [{ uuid: ADA.uuid }], hasMore: false, missed: false });
  expect(JSON.stringify(told)).not.toContain(ADA.email);
  expect(await ask(`/tail?after=${told.next}`)).toMatchObject({ items: [] });
  await ask('/forget', { email: ADA.email });
  expect(await ask(`/history/${ADA.uuid}`)).toMatchObject({ items: [] });
});

test.each(['after=yesterday', 'outcome=lost', 'limit=0', 'name=signup'])(
  'tail?%s is refused, and told what is allowed',
  async (query) => {
    const { ask } = setUp();
    const name = query.replace(/=.*/, '');
    expect(await ask(`/tail?${query}`)).toMatchObject({
      code: 'invalid_order',
      detail: expect.stringContaining(`"${name}"`),
    });
  },
);
