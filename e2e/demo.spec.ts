import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { demoCredentials, type ReceivedEvent } from '@hubrelay/fake-hubspot';
import { expect, type Page, test } from 'playwright/test';

/** What `npm start` runs, on free ports. */
let demo: ChildProcess;
let shop: string;
let inspectorUrl: string;
let hubspot: string;

test.beforeAll(async () => {
  demo = spawn('node', ['--conditions=hubrelay-source', 'scripts/start.ts', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const urls: string[] = [];
  for await (const line of createInterface({ input: demo.stdout as NodeJS.ReadableStream })) {
    urls.push(...(line.match(/http:\S+/) ?? []));
    if (urls.length === 3) break;
  }
  [shop, inspectorUrl, hubspot] = urls as [string, string, string];
});

test.afterAll(async () => {
  if (demo.exitCode === null && demo.kill('SIGTERM')) await once(demo, 'exit');
});

async function received(): Promise<ReceivedEvent[]> {
  const answer = await fetch(hubspot, { headers: { accept: 'application/json' } });
  return answer.json() as Promise<ReceivedEvent[]>;
}

async function openInspector(page: Page): Promise<Page> {
  const inspector = await page.context().newPage();
  await inspector.goto(inspectorUrl);
  await expect(inspector.getByText('Live', { exact: true })).toBeVisible();
  await inspector.getByRole('button', { name: 'Clear' }).click();
  await expect(inspector.getByText('No event yet')).toBeVisible();
  return inspector;
}

/** The newest event of the inspector with this name. */
const row = (inspector: Page, name: string) =>
  inspector
    .getByRole('listitem')
    .filter({ has: inspector.getByRole('heading', { name, exact: true }) })
    .first();

/** Opens a page of the shop as a visitor whom HubSpot's script knows already. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(shop);
  await expect
    .poll(async () => (await page.context().cookies()).map(({ name }) => name))
    .toContain('hubspotutk');
  await page.goto(shop + path);
}

async function addToBasket(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add to basket' }).click();
}

test('the relay’s log shows its newest line first, with times as times', async ({ page }) => {
  const inspector = await openInspector(page);
  const lines = inspector.getByRole('list', { name: 'Relay log' }).getByRole('listitem');
  await visit(page, '/p/harbour-teapot');
  await expect(lines.first()).toContainText(/\d\d:\d\d:\d\d\.\d{3} UTC/);
  const timesOf = () =>
    lines
      .getByRole('time')
      .evaluateAll((times) => times.map((time) => time.getAttribute('datetime') ?? ''));
  await expect.poll(async () => (await timesOf()).length).toBeGreaterThan(2);
  const shown = await timesOf();
  expect(shown).toStrictEqual(shown.toSorted().toReversed());

  await inspector.getByRole('button', { name: '401', exact: true }).click();
  await addToBasket(page);
  await expect(inspector.getByText('HubSpot does not take the key')).toBeVisible();
  await expect(
    lines.filter({ hasText: /probeAt=\d\d:\d\d:\d\d\.\d{3} UTC/ }).first(),
  ).toBeVisible();
  await inspector.getByRole('button', { name: '401', exact: true }).click();
  await inspector.getByRole('button', { name: 'Try now' }).click();
  await expect(inspector.getByText('HubSpot does not take the key')).toBeHidden();
});

test('a click in the shop arrives at HubSpot, and the token is nowhere in the browser', async ({
  page,
}) => {
  const traffic = recordTraffic(page);
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  const startedAt = Date.now();
  // A first visit: HubSpot's script has yet to set the cookie.
  await page.goto(`${shop}/p/harbour-teapot`);
  await page.getByText('Moss').click();
  await page.getByLabel('Quantity').fill('2');
  await addToBasket(page);

  const utk = async () =>
    (await page.context().cookies()).find(({ name }) => name === 'hubspotutk')?.value;
  await expect.poll(utk).toMatch(/^[0-9a-f]{32}$/);
  // The demo is one for all tests; its visitors are not.
  const visitor = await utk();
  const ours = async () => (await received()).filter((event) => event.utk === visitor);
  await expect
    .poll(async () => (await ours()).map((event) => event.eventName))
    .toStrictEqual(['pe1234567_product_viewed', 'pe1234567_added_to_cart']);
  const event = (await ours())[1] as ReceivedEvent;
  expect(event.properties).toMatchObject({
    product: 'harbour_teapot',
    glaze: 'moss',
    price: '96',
    quantity: '2',
  });
  expect(event.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(event.uuidFrom).toBe('sender');
  expect(Date.parse(event.occurredAt)).toBeGreaterThanOrEqual(startedAt);
  expect(Date.parse(event.occurredAt)).toBeLessThanOrEqual(Date.now());

  const inspector = await page.context().newPage();
  await inspector.goto(inspectorUrl);
  await expect(row(inspector, 'added_to_cart')).toContainText('Delivered');
  const seen = [...(await traffic()), await page.content(), await inspector.content()];
  const placesOf = (text: string) =>
    seen.filter((part) => part.includes(text)).map((part) => part.slice(0, 100));
  expect(placesOf(event.uuid)).not.toStrictEqual([]);
  expect(placesOf('Bearer [redacted]')).not.toStrictEqual([]);
  expect(placesOf(demoCredentials.accessToken)).toStrictEqual([]);
  expect(violations).toStrictEqual([]);
});

/** Everything that goes between the browser and its servers: addresses, headers and bodies, both ways. */
function recordTraffic(page: Page): () => Promise<string[]> {
  const parts: Promise<string>[] = [];
  page.context().on('response', (response) => {
    const request = response.request();
    const sent = [request.url(), request.allHeaders(), request.postData(), response.allHeaders()];
    // The feed has no end to wait for; what it says is on the inspector's page.
    const body = request.url().endsWith('/feed') ? '' : response.text().catch(() => '');
    parts.push(Promise.all([...sent, body]).then((all) => JSON.stringify(all)));
  });
  return () => Promise.all(parts);
}

test('the inspector shows a 503 being retried, then delivered', async ({ page }) => {
  const inspector = await openInspector(page);
  await visit(page, '/p/dune-mug');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');

  const hiccup = inspector.getByRole('button', { name: '503 once', exact: true });
  await hiccup.focus();
  await inspector.keyboard.press('Space');
  await expect(hiccup).toHaveAttribute('aria-pressed', 'true');
  await addToBasket(page);

  const event = row(inspector, 'added_to_cart');
  await expect(event).toContainText('503');
  await expect(inspector.getByText('No event yet')).toBeHidden();
  await picture(inspector, 'inspector-retry');
  await expect(event).toContainText('Delivered on try 2');
  await expect(hiccup).toHaveAttribute('aria-pressed', 'false');

  await event.getByText('Details').click();
  await expect(event).toContainText('Try 1: 503 Service Unavailable');
  await expect(event).toContainText('Try 2: 204 No Content');
  await expect(event).toContainText('Bearer [redacted]');
  await expect(inspector.locator('[data-counter=delivered] dd')).toHaveText('2');
});

test('a lost reply is not counted twice', async ({ page }) => {
  const inspector = await openInspector(page);
  await visit(page, '/p/fen-vase');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');
  await inspector.getByRole('button', { name: 'Lost reply' }).click();
  await addToBasket(page);

  const event = row(inspector, 'added_to_cart');
  await expect(event).toContainText('Delivered on try 2');
  await event.getByText('Details').click();
  await expect(event).toContainText('HubSpot took it; its reply was lost');
  await expect(event).toContainText('not counted twice');
  const uuid = await event.getAttribute('data-uuid');
  expect((await received()).filter((one) => one.uuid === uuid)).toHaveLength(1);
});

test('an event that HubSpot refuses is dead, with the reason, until it is replayed', async ({
  page,
}) => {
  const inspector = await openInspector(page);
  await visit(page, '/p/ember-bowl');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');
  await inspector.getByRole('button', { name: 'Refuse the next event' }).click();
  await addToBasket(page);
  const event = row(inspector, 'added_to_cart');
  await expect(event).toContainText('Refused by HubSpot: Property "glaze" does not take');
  await expect(inspector.locator('[data-counter=dead] dd')).toHaveText('1');

  await event.getByRole('button', { name: 'Replay' }).click();
  await expect(event).toContainText('Delivered on try 2');
  await expect(inspector.locator('[data-counter=dead] dd')).toHaveText('0');
});

test('a revoked key stops the sending and loses nothing', async ({ page }) => {
  const inspector = await openInspector(page);
  await visit(page, '/p/tide-carafe');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');
  const revoked = inspector.getByRole('button', { name: '401', exact: true });
  await revoked.click();
  await addToBasket(page);
  await expect(inspector.getByText('HubSpot does not take the key')).toBeVisible();
  await revoked.click();
  await inspector.getByRole('button', { name: 'Try now' }).click();
  // One event alone is tried some times before the relay says that it may be the key.
  await expect(row(inspector, 'added_to_cart')).toContainText(/Delivered on try \d/);
  await expect(inspector.getByText('HubSpot does not take the key')).toBeHidden();
});

test('without HubSpot’s script an event waits in the page until it has a visitor', async ({
  page,
}) => {
  const inspector = await openInspector(page);
  await page.goto(shop);
  const block = page.getByRole('button', { name: 'Block HubSpot’s script' });
  await block.click();
  await expect(block).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('link', { name: 'Tide carafe' }).click();
  await expect(page.getByText('1 event waits here for HubSpot’s cookie')).toBeVisible();
  const waiting = row(inspector, 'product_viewed');
  await expect(waiting).toContainText('Waits in the page for HubSpot’s cookie');
  await expect(inspector.locator('[data-counter=inPage] dd')).toHaveText('1');
  await expect(inspector.locator('[data-counter=received] dd')).toHaveText('0');
  await picture(inspector, 'inspector-in-page');
  expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('hubspotutk');

  // An event without a visitor is kept until there is one: the script is let through, and sets the cookie.
  await block.click();
  await visit(page, '/p/dune-mug');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');
  await expect
    .poll(async () => (await received()).map(({ properties }) => properties.product))
    .toContain('tide_carafe');
  for (const event of await received()) expect(event.utk).toMatch(/^[0-9a-f]{32}$/);
});

test('a form that only carries attributes sends its event', async ({ page }) => {
  await page.goto(shop);
  await page.getByLabel('E-mail').fill('somebody@example.com');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect
    .poll(async () => (await received()).find((event) => event.eventName.endsWith('_subscribed')))
    .toMatchObject({ properties: { topic: 'kiln_letters' } });
  expect(JSON.stringify(await received())).not.toContain('somebody@example.com');
});

test('an order arrives although its page is left in the same moment', async ({ page }) => {
  await visit(page, '/p/loam-plates');
  await addToBasket(page);
  await page.getByRole('link', { name: 'Go to the basket' }).click();
  await page.getByRole('button', { name: 'Place the order' }).click();
  await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible();
  await expect
    .poll(async () => (await received()).find((event) => event.eventName.endsWith('order_placed')))
    .toMatchObject({ properties: { total: '72', item_count: '1' } });
});

test('the fake HubSpot shows each visitor’s timeline, as it comes, and what it absorbed', async ({
  page,
}) => {
  const account = await page.context().newPage();
  await account.goto(hubspot);
  await expect(account.getByText('Live', { exact: true })).toBeVisible();
  const before = await account.getByRole('listitem').count();
  await visit(page, '/p/fen-vase');
  const event = row(account, 'pe1234567_product_viewed').filter({ hasText: 'fen_vase' });
  await event.getByText('Details').click();
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === 'hubspotutk');
  await expect(event).toContainText(`${cookie?.value}`);

  await addToBasket(page);
  const visitor = account.getByRole('region', { name: `visitor ${cookie?.value}` });
  await expect(visitor.getByRole('listitem').filter({ has: account.locator('h3') })).toHaveCount(2);
  const added = row(account, 'pe1234567_added_to_cart');
  await expect(added).toContainText('fen_vase');
  await expect(added).toContainText('counted once');
  // What somebody has opened stays open while others come.
  await expect(event.getByText('hs_page_url')).toBeVisible();
  expect(await account.getByRole('listitem').count()).toBeGreaterThan(before);

  const inspector = await openInspector(page);
  await inspector.getByRole('button', { name: 'Lost reply' }).click();
  await addToBasket(page);
  await expect(row(inspector, 'added_to_cart')).toContainText('Delivered on try 2');
  await expect(row(account, 'pe1234567_added_to_cart')).toContainText(
    'came 2 times, counted once, 1 duplicate absorbed',
  );
  await pictures(account, 'hubspot');
});

const LOOKS = [
  { look: 'light', colorScheme: 'light', width: 1280, height: 900 },
  { look: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
  { look: 'phone', colorScheme: 'light', width: 390, height: 844 },
] as const;

/** Takes a picture in each look, and holds the page to the width of the window. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const { look, colorScheme, width, height } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await picture(page, `${name}-${look}`);
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    // Both are rounded, each its own way.
    expect(overflow, `${name} in ${look} scrolls sideways`).toBeLessThanOrEqual(1);
  }
}

test('shop and inspector fit light, dark and a phone, empty and in an outage', async ({ page }) => {
  const inspector = await openInspector(page);
  await pictures(inspector, 'inspector-empty');
  await visit(page, '/p/harbour-teapot');
  await pictures(page, 'product');
  await expect(row(inspector, 'product_viewed')).toContainText('Delivered');

  const outage = inspector.getByRole('button', { name: '503 for 10 s' });
  await outage.click();
  await addToBasket(page);
  const event = row(inspector, 'added_to_cart');
  await expect(event).toContainText('waiting');
  await pictures(inspector, 'inspector-outage');
  // The last look is a phone's: what the page is about is on its first screen.
  await expect(event).toBeInViewport({ ratio: 0.5 });
  await expect(outage).toHaveAttribute('aria-pressed', 'false', { timeout: 15_000 });
  // The more tries have failed, the longer the next wait may be.
  test.setTimeout(150_000);
  await expect(event).toContainText('Delivered on try', { timeout: 90_000 });
  await event.getByText('Details').click();
  await pictures(inspector, 'inspector-details');

  await page.goto(shop);
  await pictures(page, 'shop');
});

function picture(page: Page, name: string): Promise<Buffer> {
  return page.screenshot({ path: `test-results/demo/${name}.png`, animations: 'disabled' });
}

test('Ctrl-C stops everything', async () => {
  demo.kill('SIGINT');
  const [code] = await once(demo, 'exit');
  expect(code).toBe(0);
  await expect(fetch(shop)).rejects.toThrow();
});
