import type { FakeHubSpot } from '@hubrelay/fake-hubspot';
import { createFeed } from '../feed.ts';
import { INSPECTOR_CSP } from '../inspector/pages.ts';
import { readStatic } from '../static-files.ts';
import { isSend } from './contacts.ts';
import { hubspotPage } from './hubspot-page.ts';

/** Lets the fake's address also answer a browser, with what the account holds and with what comes. */
export function showHubSpot(hubspot: FakeHubSpot, shopUrl: string): void {
  const { app } = hubspot;
  const feed = createFeed();
  // A call that fails and a duplicate change what is shown, too; that somebody looks at this page does not.
  hubspot.subscribe((activity) => {
    if (activity.type !== 'request' || isSend(activity.request)) feed.send('event', {});
  });

  app.get('/', (c) => {
    if (c.req.header('accept') === 'application/json') return c.json(hubspot.received());
    c.header('Content-Security-Policy', INSPECTOR_CSP);
    return c.html(hubspotPage(hubspot, shopUrl));
  });
  app.get('/feed', (c) => feed.open(c, () => ({ event: 'event', data: {} })));
  app.get('/static/inspector/:file', (c) => readStatic('inspector', c.req.param('file')));
  app.get('/static/hubspot/:file', (c) => readStatic('hubspot', c.req.param('file')));
}
