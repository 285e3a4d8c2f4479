import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Observation } from '../inspector/observation.ts';
import { pageEvents, parsedRecord } from '../inspector/page-events.ts';
import { readStatic } from '../static-files.ts';
import { HUBSPOT_SCRIPT } from './hubspot-script.ts';
import { layout, type Page, type ShopOptions } from './layout.ts';
import { basketPage, carePage, listPage, productPage, thanksPage } from './pages.ts';
import { PRODUCTS } from './products.ts';

/** The cookie by which the shop's own switch plays a visitor whose browser blocks HubSpot's script. */
const BLOCK_COOKIE = 'demo_block_hubspot';

const HUBSPOT_COOKIES = ['hubspotutk', '__hstc', '__hssc', '__hssrc'];

/** A small shop that uses hubrelay as any site would. */
export function createShop(options: ShopOptions): Hono {
  const app = new Hono();
  const blocked = (c: Context) => getCookie(c, BLOCK_COOKIE) === '1';
  const show = (c: Context, page: Page) =>
    c.html(layout(page, { ...options, hubspotBlocked: blocked(c) }));

  app.use(async (c, next) => {
    await next();
    c.header('Content-Security-Policy', contentSecurityPolicy(options.relayUrl));
    c.header('Referrer-Policy', 'strict-origin-when-cross-origin');
    c.header('X-Content-Type-Options', 'nosniff');
  });

  app.get('/', (c) => show(c, listPage()));
  app.get('/p/:slug', (c) => {
    const product = PRODUCTS.find(({ slug }) => slug === c.req.param('slug'));
    return product ? show(c, productPage(product)) : c.notFound();
  });
  app.get('/basket', (c) => show(c, basketPage()));
  app.get('/thanks', (c) => show(c, thanksPage()));
  app.get('/care', (c) => show(c, carePage()));
  app.get('/static/shop/:file', (c) => readStatic('shop', c.req.param('file')));

  app.get(`/hubspot/${options.hubId}.js`, (c) => {
    c.header('Cache-Control', 'no-store');
    if (blocked(c)) return c.body(null, 403);
    return c.body(HUBSPOT_SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
  });
  app.post('/kept', async (c) => {
    options.observe(keptBy(parsedRecord(await c.req.text())));
    return c.body(null, 204);
  });
  app.post('/block-hubspot', (c) => {
    setCookie(c, BLOCK_COOKIE, blocked(c) ? '0' : '1', { sameSite: 'Lax', maxAge: 86_400 });
    // A visitor who always blocked the script never had its cookies.
    for (const name of HUBSPOT_COOKIES) deleteCookie(c, name);
    return c.redirect('/', 303);
  });
  return app;
}

/** What the shop's script tells of the events that wait in its page. */
function keptBy(body: Record<string, unknown>): Observation {
  return {
    kind: 'kept',
    at: Date.now(),
    events: pageEvents(body),
    waitsFor: body.waitsFor === 'relay' ? 'relay' : 'visitor',
  };
}

/** All that a page needs to use hubrelay: the relay as a source of scripts and as a place to connect to. The shop's own is for the inspector. */
export function contentSecurityPolicy(relayUrl: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${relayUrl}`,
    `connect-src 'self' ${relayUrl}`,
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
