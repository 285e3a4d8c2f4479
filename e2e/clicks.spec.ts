import type { Page } from 'playwright/test';
import type { Arrival } from './collector.ts';
import { expect, inPage, test } from './test.ts';

const body = `
<a id="plain" href="#here" data-hubrelay-event="cta_clicked" data-hubrelay-plan="pro" data-hubrelay-list-price="49">Buy</a>
<button id="nested" data-hubrelay-event="nested"><span><b>deep inside</b></span></button>
<svg id="svg" width="80" height="80" data-hubrelay-event="drawing"><g><circle id="dot" cx="40" cy="40" r="30"/></g></svg>
<div data-hubrelay-event="outer"><button id="inner" data-hubrelay-event="inner">inner</button></div>
<a id="leave" href="/other" data-hubrelay-event="left">leave</a>
<a id="new-tab" href="/other" target="_blank" data-hubrelay-event="new_tab">new tab</a>
<form id="form" action="/other" data-hubrelay-event="form_sent" data-hubrelay-kind="trial">
  <input name="mail"><button id="send">Send</button></form>
<div id="host"></div>
<button id="unmarked">nothing</button>
<script>
  document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML =
    '<button id="shadow" data-hubrelay-event="in_shadow">shadow</button>'
    + '<form id="shadow-form" data-hubrelay-event="shadow_form" onsubmit="event.preventDefault()"><button id="shadow-send">send</button></form>';
</script>`;

/** Names and own properties of the events, in the order they were tracked. */
function said(arrivals: readonly Arrival[]): [string, object][] {
  return arrivals.map(({ eventName, properties = {} }) => [
    eventName,
    Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith('hs_'))),
  ]);
}

async function flushed(page: Page): Promise<void> {
  expect(await inPage.outcome(page, 'end')).toBe('accepted');
}

test('marked elements are tracked with their properties: plain, nested, SVG, in a shadow root, added later', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/clicks', { body }));
  for (const selector of ['#plain', '#nested b', '#dot', '#inner', '#shadow', '#unmarked']) {
    await page.locator(selector).click();
  }
  await page.evaluate(() => {
    document.body.insertAdjacentHTML(
      'beforeend',
      '<button id="late" data-hubrelay-event="late">late</button>',
    );
  });
  await page.locator('#late').click();
  await flushed(page);
  const arrived = await tracked.collector.waitFor(7);
  expect(said(arrived).sort()).toStrictEqual([
    ['cta_clicked', { plan: 'pro', list_price: '49' }],
    ['drawing', {}],
    ['end', {}],
    ['in_shadow', {}],
    ['inner', {}],
    ['late', {}],
    ['nested', {}],
  ]);
});

test('a click that leaves the page is tracked, and the page is left', async ({ page, tracked }) => {
  await page.goto(tracked.page('/clicks', { body }));
  await page.locator('#leave').click();
  await page.waitForURL('**/other');
  expect(said(await tracked.collector.waitFor(1))).toStrictEqual([['left', {}]]);
});

test('a middle click that opens a tab is tracked, a right click is not', async ({
  page,
  context,
  tracked,
}) => {
  await page.goto(tracked.page('/clicks', { body }));
  const opened = context.waitForEvent('page');
  await page.locator('#leave').click({ button: 'middle' });
  await opened;
  await page.locator('#plain').click({ button: 'right' });
  await flushed(page);
  const names = (await tracked.collector.waitFor(2)).map(({ eventName }) => eventName);
  expect(names.sort()).toStrictEqual(['end', 'left']);
});

test('a form that is submitted is tracked once, by mouse, by key and in a shadow root; clicking into it is not', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/clicks', { body }));
  await page.locator('#shadow-send').click();
  await page.locator('#form input').click();
  await flushed(page);
  await page.locator('#form input').press('Enter');
  await page.waitForURL('**/other*');
  const arrived = await tracked.collector.waitFor(3);
  const names = new Set(arrived.map(({ uuid, eventName }) => `${eventName} ${uuid}`));
  expect([...names].map((name) => name.split(' ')[0]).sort()).toStrictEqual([
    'end',
    'form_sent',
    'shadow_form',
  ]);
});

test('a form whose fields are called like properties of forms is tracked like any other', async ({
  page,
  tracked,
}) => {
  const fields = ['attributes', 'tagName', 'nodeName', 'dataset', 'children'];
  const form = `<form id="odd" action="/other" data-hubrelay-event="odd_form" data-hubrelay-kind="trial">
    ${fields.map((name) => `<input name="${name}">`).join('')}<button id="send-odd">Send</button></form>`;
  await page.goto(tracked.page('/odd', { body: form }));
  await page.locator('#send-odd').click();
  await page.waitForURL('**/other*');
  expect(said(await tracked.collector.waitFor(1))).toStrictEqual([['odd_form', { kind: 'trial' }]]);
});

test('no click is held up: nothing is prevented, and a new tab opens as a new tab', async ({
  page,
  context,
  tracked,
}) => {
  await page.goto(tracked.page('/clicks', { body }));
  await page.evaluate(() => {
    addEventListener('click', (event) => {
      (window as unknown as { prevented: boolean[] }).prevented ??= [];
      (window as unknown as { prevented: boolean[] }).prevented.push(event.defaultPrevented);
    });
  });
  const opened = context.waitForEvent('page');
  await page.locator('#new-tab').click();
  expect((await opened).url()).toContain('/other');
  await page.locator('#plain').click();
  await expect(page).toHaveURL(/#here$/);
  expect(
    await page.evaluate(() => (window as unknown as { prevented: boolean[] }).prevented),
  ).toStrictEqual([false, false]);
});

test('clicks can be turned off', async ({ page, tracked }) => {
  await page.goto(tracked.page('/clicks', { body, attributes: 'data-clicks="false"' }));
  await page.locator('#plain').click();
  await flushed(page);
  expect(said(tracked.collector.arrivals)).toStrictEqual([['end', {}]]);
});
