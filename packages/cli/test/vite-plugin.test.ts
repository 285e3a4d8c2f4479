import { join } from 'node:path';
import { createLogger, createServer } from 'vite';
import { expect, test } from 'vitest';
import { hubrelayDev } from '../src/dev/vite.ts';
import { snapshotOf } from './dev-feed.ts';

const root = join(import.meta.dirname, '../../../examples/vite-spa');

test('a Vite site under development sends its events through a relay of its own', async () => {
  const said: string[] = [];
  const customLogger = { ...createLogger(), info: (line: string) => void said.push(line) };
  // In tests the plugin stays out of the way.
  const { apply: _, ...plugin } = hubrelayDev({ port: 0, scriptTag: true });
  const server = await createServer({
    root,
    configFile: false,
    customLogger,
    plugins: [plugin],
    server: { port: 0, host: '127.0.0.1' },
  });
  try {
    await server.listen();
    const site = String(server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0]);
    const page = await (await fetch(site, { headers: { accept: 'text/html' } })).text();
    expect(page).toContain("document.cookie = 'hubspotutk='");
    expect(page).toMatch(/<script async(="")? src="\/hubrelay\.js">/);
    expect((await fetch(new URL('/hubrelay.js', site))).status).toBe(200);

    const uuid = crypto.randomUUID();
    const event = { uuid, eventName: 'signup', properties: {}, occurredAt: Date.now() };
    const answer = await fetch(new URL('/v1/events', site), {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: site.replace(/\/$/, '') },
      body: JSON.stringify({ sentAt: Date.now(), utk: 'a'.repeat(32), events: [event] }),
    });
    expect(answer.status).toBe(202);
    const [, inspector = ''] = /hubrelay inspector: (\S+)/.exec(said.join('\n')) ?? [];
    await expect
      .poll(async () => (await snapshotOf(inspector)).rows)
      .toMatchObject([{ uuid, state: 'delivered' }]);
    await server.close();
    await expect(fetch(inspector)).rejects.toThrow();
  } finally {
    await server.close();
  }
});

test.each([
  [{ command: 'build' }, false],
  [{ command: 'serve', isPreview: true }, false],
  // Vitest serves, too.
  [{ command: 'serve' }, false],
])('with %j it is used: %s', (env, isUsed) => {
  expect(hubrelayDev().apply({}, env)).toBe(isUsed);
});
