import { expect, test } from 'vitest';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { Redacted } from '../core/redacted.ts';
import type { Deliverer } from '../delivery/deliverer.ts';
import { createRefusedOrigins } from '../http/refused-origins.ts';
import { silentLogger } from '../observe/log.ts';
import { createAdmin } from './create-admin.ts';

const TOKEN = 'an-admin-token-of-the-tests';

function setUp() {
  const woken: string[] = [];
  const wake = () => void woken.push('woken');
  const deliverer = { wake, status: () => ({ lane: 'open' }) } as unknown as Deliverer;
  const refusedOrigins = createRefusedOrigins();
  const outbox = createMemoryOutbox({ clock: Date.now });
  const token = new Redacted(TOKEN);
  const log = silentLogger;
  const admin = createAdmin({ outbox, deliverer, refusedOrigins, token, log });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await admin.request(path, { headers, ...init })).json();
  };
  return { ask, woken, refusedOrigins };
}

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
