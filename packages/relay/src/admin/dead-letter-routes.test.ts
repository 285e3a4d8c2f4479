import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { silentLogger } from '../observe/log.ts';
import { OutboxUnavailableError } from '../outbox/outbox.ts';
import { answerAdminErrors } from './answer-admin-errors.ts';
import { addDeadLetterRoutes } from './dead-letter-routes.ts';
import { addPendingRoutes } from './pending-routes.ts';

let admin: Hono;

beforeEach(() => {
  admin = new Hono();
  const outbox = createMemoryOutbox({ clock: Date.now });
  addDeadLetterRoutes(admin, outbox, { onReplay: () => {} });
  addPendingRoutes(admin, outbox, { onBury: () => {} });
});

async function refusal(path: string, body?: unknown) {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await admin.request(path, init);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const { status, code, detail } = (await answer.json()) as Record<string, string>;
  expect([answer.status, status, code]).toEqual([400, 400, 'invalid_order']);
  return detail;
}

const ASKED = 'give uuids, reason, eventName, after, before, limit, cursor';

test.each([
  ['cursor=abc', '"cursor" must be the "next" of the page before.'],
  ['cursor=', '"cursor" must be the "next" of the page before.'],
  ['limit=0', '"limit" must be a whole number from 1 to 500.'],
  ['limit=ten', '"limit" must be a whole number from 1 to 500.'],
  ['after=yesterday', '"after" must be a time by ISO 8601, such as 2026-05-01T00:00:00Z.'],
  [
    'reason=old',
    '"reason" must be one of refused_by_hubspot, expired, rejected_by_policy, buried_by_operator.',
  ],
  ['uuid=a', `"uuid" is not known here: ${ASKED}.`],
  ['all=true', `"all" is not known here: ${ASKED}.`],
])('GET /dead?%s says what is allowed', async (query, detail) => {
  expect(await refusal(`/dead?${query}`)).toBe(detail);
});

const WHICH =
  'Say which dead letters: a JSON object with uuids, reason, eventName, after or before, or { "all": true }.';

test.each([
  [{}, WHICH],
  [[], WHICH],
  ['all', WHICH],
  [{ all: 'yes' }, '"all" must be true.'],
  [{ uuids: [] }, '"uuids" must be a list of 1 to 1,000 uuids.'],
  [{ uuids: 'a' }, '"uuids" must be a list of 1 to 1,000 uuids.'],
  [
    { eventName: 5 },
    '"eventName" must be the name of an event, such as signup or pe1234567_signup.',
  ],
  [{ limit: '5' }, '"limit" is not known here: give uuids, reason, eventName, after, before, all.'],
])('an order %j is answered with what is allowed', async (order, detail) => {
  expect(await refusal('/dead/purge', order)).toBe(detail);
  expect(await refusal('/dead/replay', order)).toBe(detail);
});

test.each([
  ['cursor=1.2', '"cursor" must be the "next" of the page before.'],
  ['lastStatus=7', '"lastStatus" must be the HTTP status of the last try, such as 500, or none.'],
  ['lastStatus=', '"lastStatus" must be the HTTP status of the last try, such as 500, or none.'],
  ['minAttempts=-1', '"minAttempts" must be a whole number.'],
  [
    'reason=expired',
    '"reason" is not known here: give uuids, eventName, minAttempts, maxAttempts, lastStatus, after, before, limit, cursor.',
  ],
])('GET /pending?%s says what is allowed', async (query, detail) => {
  expect(await refusal(`/pending?${query}`)).toBe(detail);
});

test.each([{}, [], 'all'])('an order about pending events wants more than %j', async (order) => {
  expect(await refusal('/pending/bury', order)).toContain('Say which pending events');
  expect(await refusal('/pending/purge', order)).toContain('Say which pending events');
});

test('an erasure that names no person is answered with what is allowed', async () => {
  expect(await refusal('/forget', {})).toContain('give utk, email or objectId');
});

test('storage that does not answer is told as a problem, too', async () => {
  const broken = new Hono();
  answerAdminErrors(broken, silentLogger);
  const fail = () => Promise.reject(new OutboxUnavailableError('secret/path'));
  const store = { listDead: fail, replay: fail, purge: fail, forget: fail };
  addDeadLetterRoutes(broken, store, { onReplay: () => {} });
  const answer = await broken.request('/dead');
  expect(answer.status).toBe(503);
  const problem = await answer.json();
  expect(problem).toMatchObject({ code: 'overloaded' });
  expect(JSON.stringify(problem)).not.toContain('secret');
});

test('a short event name stands for the event of the relay\u2019s account', async () => {
  const outbox = createMemoryOutbox({ clock: Date.now });
  const named = new Hono();
  addDeadLetterRoutes(named, outbox, { hubId: '123', onReplay: () => {} });
  addPendingRoutes(named, outbox, { hubId: '123', onBury: () => {} });
  await outbox.enqueue([event(1), event(2, { eventName: 'pe123_free_signup' })]);
  const uuidsOf = async (path: string) => {
    const { items } = (await (await named.request(path)).json()) as {
      items: { event: { uuid: string } }[];
    };
    return items.map((item) => item.event.uuid);
  };
  expect(await uuidsOf('/pending?eventName=signup')).toEqual([event(1).uuid]);
  expect(await uuidsOf('/pending?eventName=pe123_signup')).toEqual([event(1).uuid]);
  const body = JSON.stringify({ eventName: 'signup' });
  const buried = await named.request('/pending/bury', { method: 'POST', body });
  expect(await buried.json()).toEqual({ buried: 1 });
  expect(await uuidsOf('/dead?eventName=signup')).toEqual([event(1).uuid]);
  const purged = await named.request('/dead/purge', { method: 'POST', body });
  expect(await purged.json()).toEqual({ purged: 1 });
});

test('a relay that knows no Hub ID asks for the full name', async () => {
  expect(await refusal('/dead?eventName=signup')).toMatch(/HUBSPOT_HUB_ID/);
  expect(await refusal('/pending?eventName=signup')).toMatch(/HUBSPOT_HUB_ID/);
});

test('an event is shown also when many pages have to be looked at for it', async () => {
  const outbox = createMemoryOutbox({ clock: Date.now });
  await outbox.enqueue([event(1)]);
  const { items } = await outbox.listPending({ limit: 1 });
  const pages = new Map([
    [undefined, { items: [], next: '1' }],
    ['1', { items: [], next: '2' }],
    ['2', { items }],
  ]);
  const listPending: typeof outbox.listPending = async ({ cursor }) =>
    pages.get(cursor) ?? { items: [] };
  const patient = new Hono();
  addPendingRoutes(patient, { ...outbox, listPending }, { onBury: () => {} });
  expect(await (await patient.request(`/pending/${event(1).uuid}`)).json()).toEqual(items[0]);
});
