import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import * as script from '@hubrelay/browser/bundle';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

/** A relay that runs in its real runtime. */
export interface RunningHost {
  readonly url: string;
  /** Everything the runtime has written so far. */
  output(): string;
  stop(): Promise<void>;
}

export type StartHost = (variables: Record<string, string>) => Promise<RunningHost>;

const SHOP = 'https://shop.example';
const UTK = '0123456789abcdef0123456789abcdef';

export function aliveBatch(eventName = 'product_viewed', uuid: string = randomUUID()) {
  return {
    sentAt: Date.now(),
    utk: UTK,
    events: [{ uuid, eventName, properties: {}, occurredAt: Date.now() - 1_000 }],
  };
}

export function postTo(host: { url: string }, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${host.url}/v1/events`, {
    method: 'POST',
    headers: { origin: SHOP, 'content-type': 'text/plain', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export function variablesFor(hubspot: { url: string }): Record<string, string> {
  return {
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: SHOP,
    EVENTS: '*',
  };
}

/** The body as it came over the wire: `fetch` would decompress it. */
export async function rawGet(url: string, acceptEncoding: string) {
  const [answer] = (await once(
    get(url, { headers: { 'accept-encoding': acceptEncoding } }),
    'response',
  )) as [IncomingMessage];
  return { headers: answer.headers, body: await buffer(answer) };
}

export interface HostOptions {
  /** The platform compresses answers, not the relay. @default false */
  readonly isCompressedByPlatform?: boolean;
}

/** What every host must do, in its real runtime, against a strict HubSpot. */
export function testHost(name: string, start: StartHost, options: HostOptions = {}): void {
  describe(name, () => {
    let hubspot: RunningFakeHubSpot;
    let host: RunningHost;

    beforeAll(async () => {
      hubspot = await startFakeHubSpot();
      host = await start(variablesFor(hubspot));
    });
    afterEach(() => hubspot.clear());
    afterAll(async () => {
      await host?.stop();
      await hubspot?.close();
    });

    test('one event arrives at HubSpot as it was tracked', async () => {
      const batch = aliveBatch();
      const answer = await postTo(host, batch);
      expect(answer.status).toBe(204);
      expect(await answer.text()).toBe('');
      const [event] = await hubspot.waitFor(1);
      expect(event).toMatchObject({
        uuid: batch.events[0]?.uuid,
        eventName: `pe${demoCredentials.hubId}_product_viewed`,
        utk: UTK,
      });
      expect(new Date(event?.occurredAt ?? 0).getTime()).toBe(batch.events[0]?.occurredAt);
    });

    test('several events go in one call', async () => {
      const batch = aliveBatch();
      await postTo(host, { ...batch, events: [...batch.events, ...aliveBatch().events] });
      await hubspot.waitFor(2);
      expect(hubspot.requests().map((request) => request.path)).toEqual(['/events/v3/send/batch']);
    });

    test('the visitor is the one of the cookie', async () => {
      const utk = 'f'.repeat(32);
      await postTo(host, aliveBatch(), { cookie: `hubspotutk=${utk}` });
      expect((await hubspot.waitFor(1))[0]?.utk).toBe(utk);
    });

    test('an event HubSpot does not know is named in the answer', async () => {
      const answer = await postTo(host, aliveBatch('never_defined'));
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        accepted: 0,
        rejected: [{ code: 'refused_by_hubspot' }],
      });
    });

    test('a passing fault is overcome without the page noticing', async () => {
      hubspot.fail({ status: 503, times: 1 });
      expect((await postTo(host, aliveBatch())).status).toBe(204);
      expect(hubspot.received()).toHaveLength(1);
    });

    test('an outage makes the page keep its events; sent again, they count once', async () => {
      const undo = hubspot.fail({ status: 503 });
      const batch = aliveBatch();
      const answer = await postTo(host, batch);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
      undo();
      await expect.poll(async () => (await postTo(host, batch)).status).toBe(204);
      expect(hubspot.received().map((event) => event.uuid)).toEqual([batch.events[0]?.uuid]);
    });

    test('another website is refused', async () => {
      const evil = { origin: 'https://evil.example' };
      expect((await postTo(host, aliveBatch(), evil)).status).toBe(403);
      const later = aliveBatch();
      await postTo(host, later);
      expect((await hubspot.waitFor(1)).map(({ uuid }) => uuid)).toEqual([later.events[0]?.uuid]);
    });

    test('a body over the cap is refused', async () => {
      const answer = await postTo(host, JSON.stringify({ pad: 'x'.repeat(70_000) }));
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ code: 'body_too_large' });
    });

    test('the browser bundle is served', async () => {
      const answer = await fetch(`${host.url}/hubrelay.js`);
      expect(answer.headers.get('content-type')).toContain('text/javascript');
      expect(await answer.text()).toContain('hubspotutk');
    });

    const codings = [
      ['br, gzip', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
    ] as const;
    test.each(options.isCompressedByPlatform ? [] : codings)(
      'to Accept-Encoding: %s the bundle goes out as small as it was built',
      async (accepted, coding, decode) => {
        const { headers, body } = await rawGet(`${host.url}/hubrelay.js`, accepted);
        expect(headers).toMatchObject({ 'content-encoding': coding, vary: 'Accept-Encoding' });
        expect(body.length).toBe(Buffer.from(script.encoded[coding], 'base64').length);
        expect(decode(body).toString()).toBe(script.source);
      },
    );

    test('liveness and readiness are told', async () => {
      expect((await fetch(`${host.url}/livez`)).status).toBe(200);
      expect(await (await fetch(`${host.url}/readyz`)).json()).toMatchObject({ ready: true });
    });

    test('the log says what an acknowledgement rests on, and how long events are kept', async () => {
      await postTo(host, aliveBatch());
      const told = /durability\W+none\W.{1,20}keepsEventsFor\W+not at all: acknowledged only when/;
      await expect.poll(host.output).toMatch(told);
    });

    test('the token reaches HubSpot alone', async () => {
      const answer = await postTo(host, aliveBatch());
      await hubspot.waitFor(1);
      const told = JSON.stringify([...answer.headers]) + (await answer.text()) + host.output();
      expect(told).not.toContain(demoCredentials.accessToken);
    });

    // The last: for some seconds after it a direct relay asks HubSpot nothing.
    test('a wrong token is in the log, with what HubSpot said, and makes the relay not ready', async () => {
      hubspot.fail({ status: 401 });
      expect((await postTo(host, aliveBatch())).status).toBe(503);
      await expect.poll(host.output).toMatch(/unauthorized.{1,200}401.{1,400}hubspot call/s);
      // One event is no witness: it may itself be at fault.
      const afterAnother = async () => {
        await postTo(host, aliveBatch());
        return (await fetch(`${host.url}/readyz`)).json();
      };
      await expect.poll(afterAnother, { interval: 500 }).toMatchObject({
        ready: false,
        lane: { state: 'paused', cause: 'unauthorized' },
      });
    });
  });
}
