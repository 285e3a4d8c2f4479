import { accept, refuse, repeatedUuids } from './collector.ts';
import { expect, inPage, type Page, test } from './test.ts';
import type { TrackedSite } from './tracked-site.ts';

/** A page that notes what its tracker drops. */
async function openReporting(page: Page, tracked: TrackedSite): Promise<void> {
  const options = `{ onDrop: (events, reason, detail) =>
    (window.drops ||= []).push({ count: events.length, reason, detail }) }`;
  await page.goto(tracked.page('/drops', { options }));
}

/** One event, until the relay has been asked to take it. */
async function trackOnce(page: Page, { collector, url }: TrackedSite): Promise<void> {
  await page.goto(url());
  await inPage.track(page, 'signup');
  await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
}

test('what the relay can never accept is reported, the rest of its batch is accepted, neither is sent again', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = { kind: 'partial', rejects: (event) => event.eventName === 'bad' };
  await openReporting(page, tracked);
  const outcomes = await page.evaluate(() =>
    Promise.all(['good', 'bad', 'better'].map((name) => window.hubrelay.track(name))),
  );
  expect(outcomes).toStrictEqual(['accepted', 'rejected', 'accepted']);
  expect(await page.evaluate(() => window.drops)).toStrictEqual([
    { count: 1, reason: 'rejected', detail: 'Refused by the test.' },
  ]);
  await inPage.flush(page);
  expect(await inPage.stored(page)).toStrictEqual([]);
  expect(collector.requests).toHaveLength(1);
});

test('a 401, 403 or 422 is for good: reported, not sent again', async ({ page, tracked }) => {
  const { collector } = tracked;
  await openReporting(page, tracked);
  for (const status of [401, 403, 422]) {
    collector.answer = refuse(status);
    expect(await inPage.outcome(page, `status_${status}`)).toBe('rejected');
  }
  expect(await inPage.stored(page)).toStrictEqual([]);
  expect(await page.evaluate(() => window.drops?.length)).toBe(3);
  collector.answer = accept;
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  expect(collector.requests).toHaveLength(4);
});

test('events of a page that is missing from the relay’s list wait until it is on it', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  const refusal = {
    type: 'https://hubrelay.example/troubleshooting.md#code',
    status: 403,
    code: 'origin_not_allowed',
    detail: 'Add it.',
  };
  collector.answer = { kind: 'status', status: 403, body: JSON.stringify(refusal) };
  await openReporting(page, tracked);
  await inPage.track(page, 'signup');
  await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
  collector.answer = accept;
  expect((await collector.waitFor(1)).map(({ eventName }) => eventName)).toStrictEqual(['signup']);
  expect(await page.evaluate(() => window.drops)).toBeUndefined();
});

test('a 408, 425, 429 or 5xx is temporary: the same uuid is sent again', async ({
  context,
  tracked,
}) => {
  const { collector } = tracked;
  const statuses = [408, 425, 429, 500, 502, 503, 504];
  const seen = new Set<string>();
  collector.answer = ({ body }) => {
    const [event] = JSON.parse(body).events;
    if (seen.has(event.uuid)) return accept;
    seen.add(event.uuid);
    return refuse(Number(event.eventName.split('_')[1]));
  };
  for (const status of statuses) {
    const page = await context.newPage();
    await page.goto(tracked.url());
    await inPage.track(page, `status_${status}`);
  }
  const arrived = await collector.waitFor(statuses.length);
  expect(arrived.map(({ eventName }) => eventName).sort()).toStrictEqual(
    statuses.map((status) => `status_${status}`),
  );
  expect(seen.size).toBe(statuses.length);
});

test('a Retry-After that is a date is waited for', async ({ page, tracked }) => {
  const { collector } = tracked;
  let due = 0;
  collector.answer = () => {
    // Whole seconds only: the header has no more.
    due ||= Math.ceil(Date.now() / 1_000) * 1_000 + 3_000;
    return Date.now() < due ? refuse(503, new Date(due).toUTCString()) : accept;
  };
  await trackOnce(page, tracked);
  await inPage.track(page, 'another');
  await inPage.flush(page);
  await collector.waitFor(2);
  expect(collector.requests.filter(({ answer }) => answer !== accept)).toHaveLength(1);
});

test('a connection cut in the middle is tried again', async ({ page, tracked }) => {
  const { collector } = tracked;
  collector.answer = { kind: 'reset' };
  await trackOnce(page, tracked);
  collector.answer = accept;
  await collector.waitFor(1);
});

test('a relay that never answers keeps nothing from the next page', async ({ page, tracked }) => {
  const { collector } = tracked;
  collector.answer = { kind: 'hang' };
  await trackOnce(page, tracked);
  collector.answer = accept;
  await page.goto(tracked.url('/next'));
  await collector.waitFor(1);
});

test('a relay that does not answer is asked again after half a minute', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = { kind: 'hang' };
  await trackOnce(page, tracked);
  collector.answer = accept;
  await collector.waitFor(1, 45_000);
});

test('a page of a captive portal with status 200 is no answer of the relay', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  const html = { 'content-type': 'text/html' };
  collector.answer = { kind: 'status', status: 200, headers: html, body: '<h1>Log in</h1>' };
  await trackOnce(page, tracked);
  collector.answer = accept;
  await collector.waitUntil(
    () => collector.requests.some(({ answer }) => answer === accept),
    'another try, of the relay itself',
  );
});

test('a batch that the relay finds too large is sent in halves', async ({ page, tracked }) => {
  const { collector } = tracked;
  collector.answer = ({ body }) => (JSON.parse(body).events.length > 5 ? refuse(413) : accept);
  await page.goto(tracked.url());
  await inPage.trackMany(page, 40);
  expect(await inPage.outcome(page, 'last')).toBe('accepted');
  await collector.waitFor(41);
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
});

test('a single event that the relay finds too large is reported, and the others go on', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = ({ body }) => (body.includes('huge') ? refuse(413) : accept);
  await openReporting(page, tracked);
  const outcomes = await page.evaluate(() =>
    Promise.all(['small', 'huge', 'tiny'].map((name) => window.hubrelay.track(name))),
  );
  expect(outcomes).toStrictEqual(['accepted', 'too_large', 'accepted']);
  expect(await page.evaluate(() => window.drops?.map(({ reason }) => reason))).toStrictEqual([
    'too_large',
  ]);
});

test('answers with a body do not use up the page’s keepalive quota', async ({ page, tracked }) => {
  const { collector } = tracked;
  // An answer like this, not read, keeps its request's bytes counted in Chromium: after 65 of 1,000 bytes all fail.
  collector.answer = {
    kind: 'status',
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: '{"accepted":1,"rejected":[]}',
  };
  await page.goto(tracked.url());
  await page.evaluate(async () => {
    const text = 'x'.repeat(1_000);
    for (let index = 0; index < 80; index++) {
      window.hubrelay.track('signup', { text });
      await window.hubrelay.flush();
    }
  });
  await collector.waitFor(80);
  expect(collector.requests).toHaveLength(80);
});

test('a page whose keepalive quota is used up by other scripts still sends', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = ({ url }) => (url === '/others' ? { kind: 'hang' } : accept);
  const before = `fetch('${collector.origin}/others', {
    method: 'POST', keepalive: true, body: 'x'.repeat(65_536) }).catch(() => {});`;
  await page.goto(tracked.page('/busy', { before }));
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
});
