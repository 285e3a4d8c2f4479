import { html } from 'hono/html';

/** Where a developer lands who opens the first address: what to put into the site. */
export function devPage(shown: {
  readonly snippet: string;
  readonly hubspotUrl: string;
  readonly isForwarded: boolean;
}) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>hubrelay dev</title>
</head>
<body>
  <h1>hubrelay dev</h1>
  <p>Put this into the head of your site, on any port of this machine:</p>
  <pre><code>${shown.snippet}</code></pre>
  <p>Then send an event from its console: <code>hubrelay.track('signup', { plan: 'pro' })</code></p>
  <ul>
    <li><a href="/inspector/">Inspector</a>: each event on its way</li>
    <li>${shown.isForwarded ? html`Events go to the real account, at ${shown.hubspotUrl}` : html`<a href="${shown.hubspotUrl}/">Fake HubSpot</a>: what arrived`}</li>
  </ul>
</body>
</html>`;
}
