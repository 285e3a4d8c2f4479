import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { integrity } from '@hubrelay/browser/bundle';
import { demoCredentials } from '@hubrelay/fake-hubspot';
import { expect, type Page, test } from 'playwright/test';
import { type Runtime, type Stage, setVisitor, startStage, UTK } from './stage.ts';

/** The page of the README: the script tag, and a call that may be made before the script has loaded. */
const pageWith = (src: string, code = '', attributes = '') => `<!doctype html><title>Shop</title>
<script async src="${src}" ${attributes}></script>
<script>window.hubrelay = window.hubrelay || []; ${code}</script>
<button onclick="hubrelay.push(['track', 'added_to_cart', { quantity: 2 }])">Add to cart</button>`;

for (const runtime of ['node', 'workerd'] as const satisfies Runtime[]) {
  test.describe(`a relay on ${runtime}`, () => {
    let stage: Stage;
    test.beforeAll(async () => {
      stage = await startStage(runtime);
    });
    test.afterAll(() => stage?.close());
    test.beforeEach(() => {
      stage.hubspot.clear();
      stage.csp = '';
    });

    test('a click arrives at HubSpot with all that was said', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.html = pageWith(`${stage.relay}/hubrelay.js`);
      const before = Date.now();
      await page.goto(stage.site);
      await page.getByRole('button').click();
      const [event] = await stage.hubspot.waitFor(1);
      expect(event?.eventName).toBe(`pe${demoCredentials.hubId}_added_to_cart`);
      expect(event?.properties).toMatchObject({ quantity: '2' });
      expect(event?.utk).toBe(UTK);
      expect(event?.uuid).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      const occurredAt = new Date(event?.occurredAt ?? 0).getTime();
      expect(occurredAt).toBeGreaterThanOrEqual(before);
      expect(occurredAt).toBeLessThanOrEqual(Date.now());
    });

    test('a call made before the script has loaded is kept', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.html = pageWith(
        `${stage.relay}/hubrelay.js`,
        "hubrelay.push(['track', 'product_viewed'])",
      );
      await page.goto(stage.site);
      expect((await stage.hubspot.waitFor(1))[0]?.eventName).toContain('_product_viewed');
    });

    test('a relay mounted on the page’s own origin needs no CORS', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.html = pageWith('/hubrelay.js');
      await page.goto(stage.site);
      await page.getByRole('button').click();
      expect((await stage.hubspot.waitFor(1))[0]?.utk).toBe(UTK);
    });

    test('the visitor is the one of the moment: a withdrawn cookie is not remembered', async ({
      page,
      context,
    }) => {
      const other = 'f'.repeat(32);
      await setVisitor(context, stage.site);
      stage.html = pageWith(`${stage.relay}/hubrelay.js`);
      await page.goto(stage.site);
      await page.getByRole('button').click();
      await stage.hubspot.waitFor(1);

      await context.clearCookies();
      await page.getByRole('button').click();
      await setVisitor(context, stage.site, other);
      await page.getByRole('button').click();
      const visitors = (await stage.hubspot.waitFor(3)).map((event) => event.utk);
      expect(visitors).toStrictEqual([UTK, other, other]);
    });

    test('without a visitor nothing is sent that HubSpot would refuse', async ({
      page,
      context,
    }) => {
      stage.html = pageWith(`${stage.relay}/hubrelay.js`);
      await page.goto(stage.site);
      await page.getByRole('button').click();
      await setVisitor(context, stage.site);
      await page.getByRole('button').click();
      const visitors = (await stage.hubspot.waitFor(2)).map((event) => event.utk);
      expect(visitors).toStrictEqual([UTK, UTK]);
      expect(stage.hubspot.requests().filter((request) => request.status >= 400)).toStrictEqual([]);
    });

    test('an event of a page that closes at once arrives', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.html = pageWith(`${stage.relay}/hubrelay.js`);
      await page.goto(stage.site);
      await page.waitForFunction(
        () => 'track' in (window as never as { hubrelay: object }).hubrelay,
      );
      await page.evaluate(() => {
        (window as never as { hubrelay: unknown[] }).hubrelay.push(['track', 'checkout_started']);
      });
      await page.close();
      expect((await stage.hubspot.waitFor(1))[0]?.eventName).toContain('_checkout_started');
    });

    test('a script that is pinned by its hash runs from another origin', async ({
      page,
      context,
    }) => {
      await setVisitor(context, stage.site);
      const { headers } = await fetch(`${stage.relay}/hubrelay.js`);
      const pinned = new URL(headers.get('content-location') ?? '', stage.relay).href;
      const attributes = `integrity="${integrity}" crossorigin="anonymous"`;
      stage.html = pageWith(pinned, '', attributes);
      await page.goto(stage.site);
      await page.getByRole('button').click();
      expect((await stage.hubspot.waitFor(1))[0]?.utk).toBe(UTK);
    });

    test('a strict Content-Security-Policy is enough', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.csp = `default-src 'none'; script-src 'self' ${stage.relay}; connect-src ${stage.relay}`;
      stage.html = `<!doctype html><title>Strict</title><script async src="${stage.relay}/hubrelay.js"></script>`;
      const violations = watchViolations(page);
      await page.goto(stage.site);
      await page.waitForFunction(
        () => 'track' in ((window as never as { hubrelay?: object }).hubrelay ?? {}),
      );
      await page.evaluate(() => {
        (window as never as { hubrelay: unknown[] }).hubrelay.push(['track', 'product_viewed']);
      });
      await stage.hubspot.waitFor(1);
      expect(violations).toStrictEqual([]);
    });

    test('the credential is nowhere in the browser’s traffic', async ({ page, context }) => {
      await setVisitor(context, stage.site);
      stage.html = pageWith(`${stage.relay}/hubrelay.js`);
      const traffic = recordTraffic(page);
      await page.goto(stage.site);
      const answer = page.waitForResponse('**/v1/events');
      await page.getByRole('button').click();
      await answer;
      const text = (await Promise.all(traffic)).join('\n');
      expect(text).toContain('added_to_cart');
      expect(text).not.toContain(demoCredentials.accessToken);
    });
  });
}

// Not on workerd: `wrangler dev` stands between and compresses in its own way. What workerd sends is in the host contract.
test('the script costs a visitor the bytes that the README names', async ({ page }) => {
  const stage = await startStage('node');
  try {
    stage.html = pageWith(`${stage.relay}/hubrelay.js`);
    const loaded = page.waitForEvent('requestfinished', (one) => one.url().endsWith('relay.js'));
    await page.goto(stage.site);
    const { responseBodySize } = await (await loaded).sizes();
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    expect(readme).toContain(`<!-- size -->${(responseBodySize / 1000).toFixed(1)} KB<!--`);
  } finally {
    await stage.close();
  }
});

function watchViolations(page: Page): string[] {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
  });
  return violations;
}

/** Everything that goes in and out of a page, headers and bodies. */
function recordTraffic(page: Page): Promise<string>[] {
  const traffic: Promise<string>[] = [];
  page.on('request', (request) => {
    traffic.push(
      Promise.resolve(
        `${request.url()} ${JSON.stringify(request.headers())} ${request.postData()}`,
      ),
    );
  });
  page.on('response', (response) => {
    traffic.push(
      Promise.all([response.allHeaders(), response.text().catch(() => '')]).then(
        ([headers, body]) => `${JSON.stringify(headers)} ${body}`,
      ),
    );
  });
  return traffic;
}
